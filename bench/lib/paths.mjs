/**
 * Long fat paths, simulated: what one bulk stream reaches with windows that grow, beside fixed ones and an unlimited one (L1), and how long a ping
 * takes beside three (L2). Ours alone: it is our windows that are asked about.
 */
import { createSession } from '@muxado/session'
import { median } from './table.mjs'
import { connectPath, Time } from './virtual.mjs'

const KiB = 1024
const UNLIMITED = 2 ** 31 - 1

/** How windows may be set. `growing` is what a user gets who sets nothing. */
export const WINDOWS = {
  growing: {},
  'growing, maxWindow 1 GiB': { maxWindow: 2 ** 30, memoryBudget: Infinity },
  '64 KiB': { window: 64 * KiB, maxWindow: 64 * KiB },
  '256 KiB': { window: 256 * KiB, maxWindow: 256 * KiB },
  unlimited: { window: UNLIMITED, memoryBudget: Infinity }
}

/** Round trips that growth may take. */
const TRIPS = 10

const PINGS = 11

/** A session over `path`. `bulks` streams write as fast as they may; `took(bytes)` hears what the other end reads. */
function begin (time, path, { wire, windows, bulks, took }) {
  const options = { wire, heartbeat: false, ...WINDOWS[windows] }
  const [a, b] = connectPath(time, path)
  const client = createSession(a, { ...options, role: 'client' })
  const server = createSession(b, { ...options, role: 'server' })
  const buffer = new Uint8Array(65536)
  for (let i = 0; i < bulks; i++) {
    const stream = client.open()
    const fill = () => { while (stream.push(buffer)); }
    stream.consume({ data: (chunk) => chunk.length, end () {}, error () {}, drain: fill })
    fill()
  }
  const serve = async () => {
    for await (const stream of server) {
      let echo
      stream.consume({
        data (chunk) {
          echo ??= chunk[0] === 1
          if (echo) stream.push(chunk)
          else took(chunk.length)
          return chunk.length
        },
        end () {}, error () {}
      })
    }
  }
  void serve()
  return client
}

/** Let `run(time)` happen in virtual time. */
async function inVirtualTime (run) {
  const time = new Time()
  const undo = time.install()
  try {
    return await run(time)
  } finally {
    undo()
  }
}

/**
 * Bytes a second that one stream carries, after ten round trips.
 * @param {{ bitsPerSecond: number, rttMs: number }} path
 * @param {{ wire: 1 | 2, windows: keyof typeof WINDOWS }} how
 */
export function goodput (path, { wire, windows }) {
  return inVirtualTime(async (time) => {
    let bytes = 0
    begin(time, path, { wire, windows, bulks: 1, took: (n) => { bytes += n } })
    await time.play(TRIPS * path.rttMs)
    const before = bytes
    // Long enough for a slow path to move some chunks
    const ms = Math.max(3 * path.rttMs, 2 ** 20 / (path.bitsPerSecond / 8000))
    await time.play(TRIPS * path.rttMs + ms)
    return (bytes - before) / ms * 1000
  })
}

/**
 * Round trips of a small ping, one after the other, beside three bulk streams, after ten round trips; and what the bulk carries meanwhile.
 * @param {{ bitsPerSecond: number, rttMs: number }} path
 * @param {{ wire: 1 | 2, windows: keyof typeof WINDOWS, priority?: number }} how
 */
export function pingBesideBulk (path, { wire, windows, priority = 0 }) {
  return inVirtualTime(async (time) => {
    let bytes = 0
    const client = begin(time, path, { wire, windows, bulks: 3, took: (n) => { bytes += n } })
    await time.play(TRIPS * path.rttMs)
    const trips = []
    const stream = client.open({ priority })
    let sentAt = time.now
    const ping = () => {
      sentAt = time.now
      stream.push(new Uint8Array(64).fill(1))
    }
    stream.consume({
      data (chunk) {
        trips.push(time.now - sentAt)
        ping()
        return chunk.length
      },
      end () {}, error () {}
    })
    ping()
    const before = bytes
    const start = time.now
    while (trips.length < PINGS) await time.play(time.now + path.rttMs)
    return { p50: median(trips), goodput: (bytes - before) / (time.now - start) * 1000 }
  })
}

/** Every path of the grid, from a town's to another continent's, from a bad radio link to a fast fibre. */
const paths = ({ rtts, rates }) => rtts.flatMap((rttMs) => rates.map((bitsPerSecond) => ({ rttMs, bitsPerSecond })))

/** L1: the worst path's goodput with windows that grow, of what unlimited ones give. */
export async function pathGoodput (_mux, p, { params: { wire = 1 } }) {
  const curve = []
  for (const path of paths(p)) {
    const point = { rttMs: path.rttMs, mbit: path.bitsPerSecond / 1e6 }
    for (const windows of Object.keys(WINDOWS)) point[windows] = await goodput(path, { wire, windows }) * 8 / path.bitsPerSecond
    curve.push(point)
  }
  const worst = Math.min(...curve.map((point) => point.growing / point.unlimited))
  const raised = Math.min(...curve.map((point) => point['growing, maxWindow 1 GiB'] / point.unlimited))
  return { units: curve.length, value: worst, extra: { worst, raised }, curve }
}

/** L2: on the worst path, the ping's time with windows that grow, of that with fixed ones that let as much through. */
export async function pathPing (_mux, p, { params: { wire = 1 } }) {
  const curve = []
  for (const path of paths(p)) {
    const point = { rttMs: path.rttMs, mbit: path.bitsPerSecond / 1e6 }
    for (const windows of ['growing', '64 KiB', '256 KiB', 'unlimited']) {
      const { p50, goodput } = await pingBesideBulk(path, { wire, windows })
      point[windows] = p50
      point[`bulk, ${windows}`] = goodput * 8 / path.bitsPerSecond
    }
    point.urgent = (await pingBesideBulk(path, { wire, windows: 'growing', priority: 1 })).p50
    curve.push(point)
  }
  const comparable = curve.filter((point) => point['bulk, 256 KiB'] >= 0.9 * point['bulk, growing'])
  const worst = Math.max(...comparable.map((point) => point.growing / point['256 KiB']))
  return { units: curve.length, value: worst, extra: { worst }, curve }
}

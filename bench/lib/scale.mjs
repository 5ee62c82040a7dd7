/**
 * What a frame, a stream and a session cost while ever more of them are open: S1 (streams of one session) and S2 (sessions of one server).
 * Costs are CPU time of both ends, which a busy machine disturbs least.
 */
import { churn, ECHO, memory } from './load.mjs'
import { median } from './table.mjs'

const now = () => performance.now()

/** CPU of both ends, in milliseconds, from now on; the returned function says what was added. */
async function cpuMeter (context) {
  const server = await context.server('cpu')
  const client = process.cpuUsage()
  return async () => {
    const { user, system } = process.cpuUsage(client)
    return (user + system) / 1000 + (await context.server('cpu')).ms - server.ms
  }
}

/** Microseconds of CPU for each unit of `work`, which returns how many it did: the median of some `times`. */
async function costOf (context, work, times = 1) {
  const costs = []
  for (let i = 0; i < times; i++) {
    const stop = await cpuMeter(context)
    const units = await work()
    costs.push(await stop() * 1000 / units)
  }
  return median(costs)
}

/** How often each point is measured, and how often the first and the others are warmed up: compiling in the background goes on for seconds. */
const TIMES = 3
const FIRST = 5
const LATER = 2

/** An open stream that echoes, and counts down what is missing. */
async function echoing (mux, tally) {
  const stream = await mux.open()
  stream.consume((chunk) => {
    tally.missing -= chunk.byteLength
    if (tally.missing <= 0) tally.wake()
  }).catch(() => {}) // they end with the process
  return stream
}

/** Send `message` on each of `streams` and wait until all are back. */
async function exchange (streams, message, tally) {
  tally.missing += message.byteLength * streams.length
  const back = new Promise((resolve) => { tally.wake = resolve })
  for (const stream of streams) {
    const room = stream.write(message)
    if (room !== undefined) await room
  }
  await back
}

/** For `capMs`, messages to and fro on `width` streams at a time, all streams in turn. Returns how many frames of data that were. */
async function frames (streams, { width, capMs }, message, tally) {
  const deadline = now() + capMs
  let at = 0
  let count = 0
  do {
    const some = []
    for (let i = Math.min(width, streams.length); i > 0; i--) some.push(streams[at++ % streams.length])
    await exchange(some, message, tally)
    count += 2 * some.length
  } while (now() < deadline)
  return count
}

/** Both heaps, in bytes, after collection. */
async function weigh (context) {
  const server = await context.server('memory')
  return memory().held + server.held
}

/**
 * The curve. `grow(count)` adds streams (and what carries them) until `count` are open; `pick()` is the session that the next stream opens in.
 * @returns {Promise<{ units: number, value: number, curve: object[], keep: unknown }>}
 */
async function climb (p, context, { streams, grow, pick, tally, message }) {
  const counts = []
  for (let n = p.from; n <= Math.min(p.to, context.driver.most?.[context.workload] ?? Infinity); n *= 10) counts.push(n)
  const churned = async (capMs) => (await churn({ open: () => pick().open() }, { total: Infinity, size: 64, concurrency: p.width, capMs })).units
  const curve = []
  const empty = await weigh(context)
  for (const n of counts) {
    const added = n - streams.length
    const create = await costOf(context, async () => {
      await grow(n)
      return added
    })
    // What was compiled for one session or ten streams is compiled anew for more, and what for frames alone when streams open as well
    for (let times = curve.length === 0 ? FIRST : LATER; times > 0; times--) {
      await frames(streams, { ...p, capMs: p.warmMs }, message, tally)
      await churned(p.warmMs)
    }
    const few = streams.slice(0, p.width)
    const busy = await costOf(context, () => frames(few, p, message, tally), TIMES)
    const frame = await costOf(context, () => frames(streams, p, message, tally), TIMES)
    const open = await costOf(context, () => churned(p.capMs), TIMES)
    curve.push({ n, create, busy, frame, open })
  }
  // Not at each point: a full collection throws away what was compiled, too
  const bytes = (await weigh(context) - empty) / streams.length / 2
  const spread = (key) => Math.max(...curve.map((point) => point[key])) / Math.min(...curve.map((point) => point[key]))
  return { units: streams.length, value: spread('frame'), extra: { busy: spread('busy'), frame: spread('frame'), open: spread('open'), bytes }, curve, keep: streams }
}

const start = (p) => ({ streams: [], tally: { missing: 0, wake: () => {} }, message: Buffer.alloc(64, ECHO), width: p.width })

/** S1: streams of one session. */
export function streamScale (mux, p, context) {
  const { streams, tally, message } = start(p)
  const grow = async (n) => {
    while (streams.length < n) {
      const some = await Promise.all(Array.from({ length: Math.min(64, n - streams.length) }, () => echoing(mux, tally)))
      streams.push(...some)
      await exchange(some, message, tally)
    }
  }
  return climb(p, context, { streams, grow, pick: () => mux, tally, message })
}

/** S2: sessions of one server, with a stream open in each. */
export function sessionScale (mux, p, context) {
  const { streams, tally, message } = start(p)
  const sessions = [mux]
  const grow = async (n) => {
    while (streams.length < n) {
      const missing = Math.min(32, n - sessions.length)
      sessions.push(...await Promise.all(Array.from({ length: Math.max(0, missing) }, () => context.session())))
      const some = await Promise.all(sessions.slice(streams.length).map((session) => echoing(session, tally)))
      streams.push(...some)
      await exchange(some, message, tally)
    }
  }
  let turn = 0
  return climb(p, context, { streams, grow, pick: () => sessions[turn++ % sessions.length], tally, message })
}

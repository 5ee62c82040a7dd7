/**
 * What the two ends do: the client halves of the workloads, and the one server half that serves them all. The first byte of a stream tells
 * the server what to do with it.
 */
import { firstByte, flat } from './streams.mjs'

const SINK = 1
export const ECHO = 2
const HOLD = 3
const MiB = 1024 * 1024

const now = () => performance.now()
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Everything the server half has to say when the client asks. */
export const createServerState = () => ({ held: 0, errors: [] })

/**
 * Have `handler` get what comes on a stream. W5 weighs streams with all that hangs on them: a driver that can do without a promise and functions of
 * its own for each stream has `take`.
 * @param {import('./streams.mjs').BenchStream} stream
 * @param {import('./streams.mjs').Handler} handler
 */
function take (stream, handler) {
  if (stream.take) stream.take(handler)
  else stream.consume((chunk) => handler.data(chunk)).then(() => handler.ended(), (error) => handler.failed(error))
}

/** What the server does with one stream. */
class Serving {
  #mode = 0
  #received = 0
  #stream
  #state

  constructor (stream, state) {
    this.#stream = stream
    this.#state = state
    take(stream, this)
  }

  data (chunk) {
    if (this.#mode === 0) {
      this.#mode = firstByte(chunk)
      if (this.#mode === HOLD) this.#state.held++
    }
    this.#received += chunk.byteLength
    return this.#mode === ECHO ? this.#stream.write(chunk) : undefined
  }

  failed (error) {
    this.#state.errors.push(String(error?.message ?? error))
  }

  ended () {
    this.#answer().catch((error) => this.failed(error))
  }

  async #answer () {
    if (this.#mode === SINK) {
      const count = Buffer.alloc(8)
      count.writeDoubleBE(this.#received)
      await this.#stream.write(count)
    }
    await this.#stream.end()
  }
}

/** What comes on an idle stream, and how it ends with the process. */
const IDLE = { data () {}, ended () {}, failed () {} }

/**
 * @param {ReturnType<typeof createServerState>} state
 * @returns {(stream: import('./streams.mjs').BenchStream) => void} to be called for each stream the client opens
 */
export const createServer = (state) => (stream) => { new Serving(stream, state) }

/** Send `bytes` on one stream, or less when the deadline comes, and compare with what the server counted. */
async function sendAll (stream, { bytes, chunk, deadline }) {
  const buffer = Buffer.alloc(chunk, 0x5a)
  buffer[0] = SINK
  const answer = []
  const done = stream.consume((data) => { answer.push(Buffer.from(flat(data))) })
  const clockEvery = chunk >= 16384 ? 16 : 1024 // asking the time costs more than a small write
  let sent = 0
  let writes = 0
  while (sent < bytes) {
    const room = stream.write(buffer)
    sent += chunk
    if (room !== undefined) await room
    if (++writes % clockEvery === 0 && now() > deadline) break
  }
  const ended = stream.end()
  await done
  await ended
  const counted = Buffer.concat(answer)
  if (counted.length !== 8) throw new Error(`the server answered ${counted.length} bytes instead of a count`)
  if (counted.readDoubleBE(0) !== sent) throw new Error(`lost bytes: sent ${sent}, the server counted ${counted.readDoubleBE(0)}`)
  return { sent, writes }
}

/** W1, W1L, W2, W6, M1, M6: one or more streams one way. Units: MiB, or writes with `perWrite`. */
export async function bulk (mux, p, context) {
  const deadline = now() + p.capMs
  const streams = context.driver.singleStream ? 1 : p.streams
  const bytes = p.bytes * p.streams / streams
  const sent = await Promise.all(Array.from({ length: streams }, async () => sendAll(await mux.open(), { bytes, chunk: p.chunk, deadline })))
  return { units: sent.reduce((sum, one) => sum + (p.perWrite ? one.writes : one.sent / MiB), 0) }
}

/** W3a, W3b, M3: open, write, half-close, read the echo to its end; `concurrency` of them at a time. Units: streams. */
export async function churn (mux, p) {
  const deadline = now() + p.capMs
  const message = Buffer.alloc(p.size, 0x33)
  message[0] = ECHO
  let started = 0
  let finished = 0
  const lane = async () => {
    while (started < p.total && now() < deadline) {
      started++
      const stream = await mux.open()
      let received = 0
      const done = stream.consume((chunk) => { received += chunk.byteLength })
      const room = stream.write(message)
      if (room !== undefined) await room
      const ended = stream.end()
      await done
      await ended
      if (received !== p.size) throw new Error(`an echo of ${received} bytes instead of ${p.size}`)
      finished++
    }
  }
  await Promise.all(Array.from({ length: p.concurrency }, lane))
  return { units: finished }
}

/** Write `chunk` bytes after each other until the deadline; `count(n)` hears of each. */
async function saturate (mux, { chunk, maxBytes }, deadline, count) {
  const buffer = Buffer.alloc(chunk, 0x5a)
  buffer[0] = SINK
  const stream = await mux.open()
  const done = stream.consume(() => {})
  while (now() < deadline) {
    const total = count(chunk)
    const room = stream.write(buffer)
    if (room !== undefined) await room
    else if (total > maxBytes) break // one that never pushes back would eat all memory
  }
  const ended = stream.end()
  await done
  await ended
}

/** W4: a small ping to and fro beside saturating streams. Value: its median round trip in milliseconds. Units: MiB of bulk. */
export async function latency (mux, p) {
  const start = now()
  const deadline = start + p.capMs
  let bytes = 0
  const bulks = Array.from({ length: p.bulk }, () => saturate(mux, p, deadline, (n) => { return bytes += n }))
  const ping = Buffer.alloc(p.size, 0x33)
  ping[0] = ECHO
  const stream = await mux.open({ urgent: p.urgent })
  let missing = 0
  let wake = () => {}
  const done = stream.consume((chunk) => {
    missing -= chunk.byteLength
    if (missing <= 0) wake()
  })
  const trips = []
  while (now() < deadline) {
    const sent = now()
    missing += p.size
    const back = new Promise((resolve) => { wake = resolve })
    const room = stream.write(ping)
    if (room !== undefined) await room
    await back
    if (now() - start > p.skipMs) trips.push(now() - sent)
  }
  const ended = stream.end()
  await done
  await ended
  await Promise.all(bulks)
  if (trips.length === 0) throw new Error('no ping came back')
  trips.sort((a, b) => a - b)
  const quantile = (q) => trips[Math.min(trips.length - 1, Math.floor(q * trips.length))]
  const bulkRate = bytes / MiB / ((now() - start) / 1000)
  return { value: quantile(0.5), units: bytes / MiB, extra: { p50: quantile(0.5), p99: quantile(0.99), max: trips.at(-1), pings: trips.length, bulkRate } }
}

/** Heap and external bytes after collection, and resident ones. */
export function memory () {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, held: heapUsed + external }
}

/** W5, W5x: open `total` streams, say one byte on each, and weigh them. Value: bytes a stream and side. Units: streams. */
export async function idle (mux, p, context) {
  const hold = Buffer.from([HOLD])
  const streams = []
  await sleep(50)
  const before = [memory(), await context.server('memory')]
  const start = now()
  const deadline = start + p.capMs
  const lane = async () => {
    while (streams.length < p.total && now() < deadline) {
      const index = streams.push(undefined) - 1
      const stream = streams[index] = await mux.open()
      take(stream, IDLE)
      await stream.write(hold)
    }
  }
  await Promise.all(Array.from({ length: p.concurrency }, lane))
  let { held } = await context.server('held')
  while (held < p.total && now() < deadline) {
    await sleep(20)
    held = (await context.server('held')).held
  }
  const seconds = (now() - start) / 1000
  if (held < p.total) throw new Error(`${streams.length} of ${p.total} streams opened, ${held} seen by the server, in ${seconds.toFixed(0)} s`)
  await sleep(100)
  const after = [memory(), await context.server('memory')]
  const [client, server] = [0, 1].map((side) => (after[side].held - before[side].held) / p.total)
  const [clientRss, serverRss] = [0, 1].map((side) => (after[side].rss - before[side].rss) / p.total)
  // `keep` holds the streams until the weighing is over
  return { value: (client + server) / 2, units: p.total, extra: { client, server, clientRss, serverRss, opened: p.total / seconds }, keep: streams }
}

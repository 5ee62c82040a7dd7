/**
 * A long fat path in virtual time: two transports, and between them bandwidth and latency. Nothing is lost, nothing is drawn by chance, and the
 * clock stands still while code runs, so that two runs give the same numbers on any machine. Knows no frames.
 */
import { Uint8ArrayList } from 'uint8arraylist'

/** Bytes that the sending socket holds before it takes no more. The least that keeps a fast path busy, so that what waits in it stays small. */
const ROOM = 65536

const { setImmediate, setTimeout, clearTimeout } = globalThis

/** What is to happen, in order; times in milliseconds. */
export class Time {
  now = 0
  #heap = []
  #count = 0

  /** Let `run` happen `ms` from now; of one moment, in the order of the calls. Returns the event; `off` calls it off. */
  after (ms, run) {
    const event = { at: this.now + Math.max(0, ms), order: this.#count++, run, off: false }
    const heap = this.#heap
    let i = heap.push(event) - 1
    for (let parent = (i - 1) >> 1; i > 0 && before(event, heap[parent]); i = parent, parent = (i - 1) >> 1) heap[i] = heap[parent]
    heap[i] = event
    return event
  }

  /** Let everything happen up to `until`. */
  async play (until) {
    for (;;) {
      await new Promise(setImmediate) // whatever can run without the passing of time has run
      const first = this.#heap[0]
      if (first === undefined || first.at > until) break
      this.now = first.at
      // All of one moment at once
      while (this.#heap[0]?.at === this.now) {
        const event = this.#shift()
        if (!event.off) event.run()
      }
    }
    this.now = until
  }

  /** Take the place of the runtime's clock and timers. Returns how to undo that. */
  install () {
    globalThis.setTimeout = (run, ms) => this.after(ms, run)
    globalThis.clearTimeout = (event) => { if (event !== undefined) event.off = true }
    Object.defineProperty(performance, 'now', { value: () => this.now, configurable: true })
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout })
      Reflect.deleteProperty(performance, 'now')
    }
  }

  #shift () {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (heap.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
      if (child >= heap.length || !before(heap[child], last)) break
      heap[i] = heap[child]
      i = child
    }
    heap[i] = last
    return first
  }
}

const before = (a, b) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** One direction: a sink that pulls while fewer than ROOM bytes wait for the wire, and a source of what has arrived. */
function direction (time, { bytesPerMs, latencyMs }) {
  // Packets of a slow path come one by one, those of a fast one many in one read
  const most = Math.min(65536, Math.max(1460, Math.floor(bytesPerMs)))
  const inbox = []
  let pull
  let freeAt = 0

  const arrive = (chunk) => {
    if (pull === undefined) {
      inbox.push(chunk)
      return
    }
    pull({ done: false, value: chunk })
    pull = undefined
  }
  const send = (chunk) => {
    freeAt = Math.max(freeAt, time.now) + chunk.length / bytesPerMs
    time.after(freeAt + latencyMs - time.now, () => arrive(chunk))
  }
  /** Not copied: who sends does not change what it has sent. */
  const write = (bytes) => {
    let chunk = new Uint8ArrayList()
    for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) {
      for (let at = 0; at < part.length;) {
        const piece = part.subarray(at, at + most - chunk.length)
        chunk.append(piece)
        at += piece.length
        if (chunk.length < most) continue
        send(chunk)
        chunk = new Uint8ArrayList()
      }
    }
    if (chunk.length > 0) send(chunk)
  }
  return {
    async sink (source) {
      for await (const bytes of source) {
        write(bytes)
        const ahead = freeAt - time.now - ROOM / bytesPerMs
        if (ahead > 0) await new Promise((resolve) => { time.after(ahead, resolve) })
      }
    },
    source: {
      [Symbol.asyncIterator]: () => ({
        next () {
          const value = inbox.shift()
          return value === undefined ? new Promise((resolve) => { pull = resolve }) : Promise.resolve({ done: false, value })
        }
      })
    }
  }
}

/**
 * Both ends of a path.
 * @param {Time} time
 * @param {{ bitsPerSecond: number, rttMs: number }} path
 * @returns {[import('@muxado/session').Transport, import('@muxado/session').Transport]}
 */
export function connectPath (time, { bitsPerSecond, rttMs }) {
  const how = { bytesPerMs: bitsPerSecond / 8000, latencyMs: rttMs / 2 }
  const there = direction(time, how)
  const back = direction(time, how)
  const end = (out, into) => ({ source: into.source, sink: out.sink, abort () {} })
  return [end(there, back), end(back, there)]
}

/**
 * Virtual time: what is to happen, in order, and the runtime's clocks and timers made to follow it. Knows nothing of what happens.
 *
 * @module
 */
import type { Random } from '../support/random.ts'

/** Something that will happen. */
export interface Event {
  readonly at: number
  /** Events of one moment come in an order drawn from the seed. */
  readonly tie: number
  run: () => void
  state: 'waiting' | 'done' | 'cancelled'
}

/** The order of events, and how late it is. */
export class Time {
  now = 0
  /** Timers of the runtime that are set. */
  timers = 0
  readonly #heap: Event[] = []
  readonly #random: Random

  constructor (random: Random) {
    this.#random = random
  }

  /** Let `run` happen `ms` from now. */
  after (ms: number, run: () => void): Event {
    const event: Event = { at: this.now + Math.max(0, ms), tie: this.#random.below(1 << 16), run, state: 'waiting' }
    const heap = this.#heap
    let i = heap.push(event) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !before(event, above)) break
      heap[i] = above
      heap[parent] = event
      i = parent
    }
    return event
  }

  /** The next event, which is now; undefined when there is none up to `until`. */
  next (until: number): Event | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || (first.at > until && first.state === 'waiting')) return undefined
      this.#shift()
      if (first.state === 'cancelled') continue
      first.state = 'done'
      this.now = first.at
      return first
    }
  }

  #shift (): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      const right = heap[child + 1]
      let least = heap[child]
      if (least === undefined) break
      if (right !== undefined && before(right, least)) {
        least = right
        child++
      }
      if (!before(least, last)) break
      heap[i] = least
      i = child
    }
    heap[i] = last
  }
}

function before (a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie)
}

const { setImmediate, setTimeout, clearTimeout } = globalThis

/**
 * Everything that can run without the passing of time has run. From a microtask, `nextTick` runs when no microtask is left, and costs a tenth of
 * a turn of the event loop; twice, in case something else uses it.
 */
export function still (): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(() => { queueMicrotask(() => { process.nextTick(resolve) }) })
  })
}

/** The event loop has gone round: rejections that nobody has taken are known by then. */
export function turn (): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve) })
}

/** Put `time` in the place of the runtime's clock and timers. Returns how to undo that. */
export function install (time: Time): () => void {
  const timers = {
    setTimeout: (run: () => void, ms: number): Event => {
      time.timers++
      return time.after(ms, () => {
        time.timers--
        run()
      })
    },
    clearTimeout: (event: Event | undefined): void => {
      if (event?.state !== 'waiting') return
      event.state = 'cancelled'
      time.timers--
    }
  }
  Object.assign(globalThis, timers)
  Object.defineProperty(performance, 'now', { value: () => time.now, configurable: true })
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout })
    Reflect.deleteProperty(performance, 'now')
  }
}

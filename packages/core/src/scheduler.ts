/**
 * Whose turn it is to send: strict by priority, round robin among equals, with a bound on starvation (spec 5.5). Knows no frames.
 *
 * @module
 */
import { Fifo } from './fifo.ts'
import type { StreamRecord } from './stream.ts'

/** A waiting queue of one priority. */
interface Level {
  priority: number
  readonly streams: Fifo<StreamRecord>
  /** The turn in which it was last served. */
  served: number
}

/** Streams that have something to send, in the order in which they may. */
export class Scheduler {
  /** Levels that are not empty, most urgent first. */
  readonly #levels: Level[] = []
  #turn = 0
  /** Whether something more urgent waits than what `next` returned: keep its frame small. */
  yields = false

  /** Whether nobody waits. */
  get idle (): boolean {
    return this.#levels.length === 0
  }

  /** Put a stream at the end of its level; one that waits already keeps its place. */
  add (stream: StreamRecord): void {
    if (stream.ready) return
    stream.ready = true
    const { priority } = stream
    let i = 0
    while (i < this.#levels.length && this.#level(i).priority > priority) i++
    if (this.#levels[i]?.priority !== priority) this.#levels.splice(i, 0, { priority, streams: new Fifo(), served: this.#turn })
    this.#level(i).streams.push(stream)
  }

  /** Take a stream out, wherever it waits. */
  remove (stream: StreamRecord): void {
    if (!stream.ready) return
    stream.ready = false
    const i = this.#levels.findIndex(level => level.priority === stream.priority)
    this.#level(i).streams.remove(stream)
    this.#prune(i)
  }

  /** Take out the stream whose turn it is; undefined when nobody waits. */
  next (): StreamRecord | undefined {
    // One turn in this many goes to the level that has waited longest.
    const TURNS = 16
    if (this.idle) return undefined
    let i = 0
    if (++this.#turn % TURNS === 0) {
      for (let k = 1; k < this.#levels.length; k++) if (this.#level(k).served < this.#level(i).served) i = k
    }
    const level = this.#level(i)
    level.served = this.#turn
    const stream = level.streams.shift() as StreamRecord // no level is empty
    stream.ready = false
    this.#prune(i)
    this.yields = i > 0
    return stream
  }

  #prune (i: number): void {
    if (this.#level(i).streams.length === 0) this.#levels.splice(i, 1)
  }

  #level (i: number): Level {
    return this.#levels[i] as Level // callers count
  }
}

/**
 * Whose turn it is to send: strict by priority, round robin among equals, with a bound on starvation (spec 5.5). Knows no frames.
 *
 * @module
 */
import type { StreamRecord } from './stream.ts'

/** A waiting queue of one priority. */
interface Level {
  readonly priority: number
  readonly streams: StreamRecord[]
  /** Index of the first that waits: shifting an array of thousands for each frame would be quadratic. */
  first: number
  /** The turn in which it was last served. */
  served: number
}

/** One turn in this many goes to the level that has waited longest. */
const TURNS = 16

/** What `next` says. */
export interface Turn {
  readonly stream: StreamRecord
  /** Something more urgent waits as well: keep the frame small. */
  readonly yields: boolean
}

/** Streams that have something to send, in the order in which they may. */
export class Scheduler {
  /** Levels that are not empty, most urgent first. */
  readonly #levels: Level[] = []
  #turn = 0

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
    const level = this.#levels[i]
    if (level?.priority === priority) level.streams.push(stream)
    else this.#levels.splice(i, 0, { priority, streams: [stream], first: 0, served: this.#turn })
  }

  /** Take a stream out, wherever it waits. */
  remove (stream: StreamRecord): void {
    if (!stream.ready) return
    stream.ready = false
    const i = this.#levels.findIndex(level => level.priority === stream.priority)
    const level = this.#level(i)
    level.streams.splice(level.streams.indexOf(stream, level.first), 1)
    if (level.first === level.streams.length) this.#levels.splice(i, 1)
  }

  /** Take out the stream whose turn it is; undefined when nobody waits. */
  next (): Turn | undefined {
    if (this.#levels.length === 0) return undefined
    this.#turn++
    let i = 0
    if (this.#levels.length > 1 && this.#turn % TURNS === 0) {
      for (let k = 1; k < this.#levels.length; k++) if (this.#level(k).served < this.#level(i).served) i = k
    }
    const level = this.#level(i)
    level.served = this.#turn
    const stream = level.streams[level.first++] as StreamRecord // levels are never empty
    stream.ready = false
    if (level.first === level.streams.length) {
      this.#levels.splice(i, 1)
    } else if (level.first >= 32 && level.first * 2 >= level.streams.length) {
      level.streams.splice(0, level.first)
      level.first = 0
    }
    return { stream, yields: i > 0 }
  }

  #level (i: number): Level {
    return this.#levels[i] as Level // callers count
  }
}

/**
 * Which streams there are, which ids were used, what memory is promised. Knows no frames and sends nothing.
 *
 * @module
 */
import { RESERVED } from './options.ts'
import type { Settings } from './options.ts'
import type { StreamRecord } from './stream.ts'
import { MAX_31 } from './wire/codec.ts'

/** Ids whose late frames are swallowed after a reset. Arbitrary: more than a default session can have in flight at once. */
const MAX_FORGOTTEN = 4_096

/** The streams of one end. */
export class Registry {
  readonly #settings: Settings
  readonly streams: Map<number, StreamRecord> = new Map()
  readonly #forgotten = new Set<number>()
  /** The next id this end takes. */
  nextId: number
  /** The highest id the peer has opened with; where a server starts differs by dialect (spec 8.1). */
  lastPeerId: number
  /** The same, without streams that came after our GOAWAY: what GOAWAY reports. */
  lastServedId: number
  /** Streams open that the peer opened. */
  inbound = 0
  /** Streams open that are the application's own, and not an extension's. */
  application = 0
  /** Receive windows promised over all streams. */
  committed = 0
  /** Streams whose window has grown. */
  grown = 0

  constructor (settings: Settings) {
    this.#settings = settings
    this.nextId = settings.firstId
    this.lastPeerId = settings.role === 'server' ? settings.codec.firstLastId : 0
    this.lastServedId = this.lastPeerId
  }

  get forgotten (): number[] {
    return Array.from(this.#forgotten)
  }

  /** Whether an id has this end's parity (spec 3.1). */
  isOwn (streamId: number): boolean {
    return (streamId & 1) === (this.#settings.role === 'client' ? 1 : 0)
  }

  /** Whether nobody can have used this id yet, as far as the dialect lets one know (spec 3.3). */
  isIdle (streamId: number): boolean {
    return this.#settings.codec.orderedIds && streamId > 1 && streamId > (this.isOwn(streamId) ? this.nextId - 2 : this.lastPeerId)
  }

  get exhausted (): boolean {
    return this.nextId > MAX_31
  }

  /** The peer has used an id; `late`: after our GOAWAY, which has told it that the stream is not served. */
  noteId (streamId: number, late: boolean): void {
    this.lastPeerId = Math.max(this.lastPeerId, streamId)
    if (!late) this.lastServedId = this.lastPeerId
  }

  /** Whether a stream of the peer's is within the limits (spec 10.1). */
  get hasRoom (): boolean {
    return this.inbound < this.#settings.maxInbound && this.committed + this.#settings.window <= this.#settings.memoryBudget
  }

  add (stream: StreamRecord): void {
    this.streams.set(stream.id, stream)
    this.committed += stream.window
    if (!stream.local) this.inbound++
    if (stream.type < RESERVED) this.application++
  }

  remove (stream: StreamRecord): void {
    this.streams.delete(stream.id)
    this.committed -= stream.window
    if (stream.window > this.#settings.window) this.grown--
    if (!stream.local) this.inbound--
    if (stream.type < RESERVED) this.application--
  }

  /** The type of a stream turned out to be reserved after it was added. */
  isExtension (): void {
    this.application--
  }

  /** How far a stream's window may grow now: several streams in bulk share what one alone may have (spec 5.4). */
  growthCap (stream: StreamRecord): number {
    const { maxWindow, memoryBudget, window } = this.#settings
    const sharers = stream.window > window ? Math.max(1, this.grown) : this.grown + 1
    return Math.min(Math.max(window, Math.floor(maxWindow / sharers)), stream.window + memoryBudget - this.committed)
  }

  /** A window has grown by so much. */
  grew (stream: StreamRecord, growth: number): void {
    if (growth === 0) return
    this.committed += growth
    if (stream.window - growth === this.#settings.window) this.grown++
  }

  /** Remember an id whose late frames are to be swallowed (spec 4.7). */
  forget (streamId: number): void {
    this.#forgotten.add(streamId)
    if (this.#forgotten.size <= MAX_FORGOTTEN) return
    for (const oldest of this.#forgotten) {
      this.#forgotten.delete(oldest)
      return
    }
  }

  isForgotten (streamId: number): boolean {
    return this.#forgotten.has(streamId)
  }
}

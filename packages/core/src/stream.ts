/**
 * What the machine keeps of one stream: two halves, two windows, a queue. Knows no frames and no other stream.
 *
 * @module
 */
import type { ReceiveWindow } from './credit.ts'
import type { ReceiveState, SendState } from './half.ts'
import { writeU32 } from './wire/codec.ts'

/** One live stream. Fields are flat and numbers, since a session may hold 100,000 of these. */
export class StreamRecord implements ReceiveWindow {
  readonly id: number
  /** Opened by this end. */
  readonly local: boolean
  type: number
  priority: number

  send: SendState = 'open'
  /** The frame that opens the stream has not been transmitted. */
  opening: boolean
  /** Bytes the peer lets us transmit. */
  credit: number
  /** `send` came back short and a `resume` is owed. */
  short = false
  /** Waits in the scheduler for its turn. */
  ready = false
  queued = 0
  #chunks: Uint8Array[] | undefined = undefined
  #first = 0
  #offset = 0

  receive: ReceiveState = 'open'
  window: number
  available: number
  unread = 0
  consumed = 0
  granting = 0
  received = 0
  limits: number[] | undefined = undefined
  limited = false
  /** Wire 2: bytes of the type that are still to come; 0 once it is known. */
  typing: number

  constructor (id: number, local: boolean, type: number, priority: number, window: number, typing: number) {
    this.id = id
    this.local = local
    this.type = type
    this.priority = priority
    this.opening = local
    this.credit = window
    this.window = window
    this.available = window
    this.typing = typing
  }

  /** Lead the stream with its type, in band (spec 9.2). */
  queueType (): void {
    const bytes = new Uint8Array(4)
    writeU32(bytes, 0, this.type)
    this.enqueue(bytes)
  }

  enqueue (data: Uint8Array): void {
    if (this.#chunks === undefined) this.#chunks = [data]
    else this.#chunks.push(data)
    this.queued += data.byteLength
  }

  /** Whether the scheduler has anything to take: bytes within credit, or a FIN that waits for nothing. */
  get sendable (): boolean {
    return (this.queued > 0 && this.credit > 0) || (this.queued === 0 && this.send === 'finishing')
  }

  /** Take the next run of queued bytes, at most `max`. The caller has checked `queued`. */
  take (max: number): Uint8Array {
    const chunks = this.#chunks as Uint8Array[] // queued > 0
    const chunk = chunks[this.#first] as Uint8Array // queued > 0
    const size = Math.min(max, chunk.byteLength - this.#offset)
    const start = this.#offset
    this.queued -= size
    if (start + size < chunk.byteLength) {
      this.#offset = start + size
      return chunk.subarray(start, start + size)
    }
    this.#offset = 0
    if (this.queued === 0) {
      this.#chunks = undefined
      this.#first = 0
    } else if (++this.#first >= 32 && this.#first * 2 >= chunks.length) {
      // Now and then, so that a queue which never runs empty does not grow without end; each time would be quadratic.
      chunks.splice(0, this.#first)
      this.#first = 0
    }
    return start === 0 ? chunk : chunk.subarray(start)
  }

  /** Forget what is queued. */
  clear (): void {
    this.#chunks = undefined
    this.#first = 0
    this.#offset = 0
    this.queued = 0
  }

  /** Sizes of the queued chunks, for snapshots. */
  get queue (): number[] {
    const sizes = (this.#chunks ?? []).slice(this.#first).map(chunk => chunk.byteLength)
    if (sizes[0] !== undefined) sizes[0] -= this.#offset
    return sizes
  }
}

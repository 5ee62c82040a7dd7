/**
 * What the machine keeps of one stream: two halves, two windows, a queue. Knows no frames and no other stream.
 *
 * @module
 */
import type { ReceiveWindow } from './credit.ts'
import { Fifo } from './fifo.ts'
import type { ReceiveState, SendState } from './half.ts'
import type { StreamSnapshot } from './types.ts'

/** One live stream. Fields are flat and numbers, since a session may hold 100,000 of these. */
export class StreamRecord implements ReceiveWindow {
  declare readonly id: number
  /** Opened by this end. */
  declare readonly local: boolean
  /** Not only declared: a field that first holds a small number keeps a large one, as types of extensions are, in 16 bytes of its own (V8). */
  type: number
  declare priority: number

  send: SendState = 'open'
  /** The frame that opens the stream has not been transmitted. */
  declare opening: boolean
  /** Bytes the peer lets us transmit. */
  declare credit: number
  /** `send` came back short and a `resume` is owed. */
  short = false
  /** Waits in the scheduler for its turn. */
  ready = false
  queued = 0
  #chunks: Fifo<Uint8Array> | undefined = undefined
  #offset = 0
  /** The last of `#chunks`, where it is ours to fill up. */
  #block: Uint8Array | undefined = undefined

  receive: ReceiveState = 'open'
  declare window: number
  declare available: number
  unread = 0
  consumed = 0
  granting = 0
  received = 0
  limits: number[] | undefined = undefined
  limited = false
  /** Wire 2: bytes of the type that are still to come; 0 once it is known. */
  declare typing: number
  /** When it came, by `End.clock`, if it has to say its type. */
  since = 0

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

  enqueue (data: Uint8Array): void {
    // Smaller pieces are joined where many wait: each by itself costs some 120 bytes more than it carries. Arbitrary beyond that.
    const SMALL = 256
    const MANY = 32
    // Joined in blocks as large as all that waits, up to this. Arbitrary.
    const BLOCK = 16_384
    const { queued } = this
    const chunks = this.#chunks ??= new Fifo()
    const size = data.length
    this.queued += size
    // What waits must not keep five times itself: a byte that is echoed may lie in 64 KiB that were read. The first may, since it seldom waits.
    if (!queued || (size * 5 >= data.buffer.byteLength && (size >= SMALL || chunks.length < MANY))) {
      chunks.push(data)
      this.#block = undefined
      return
    }
    let block = this.#block
    if (!block || block.length + size > block.buffer.byteLength) {
      block = new Uint8Array(Math.max(size, Math.min(queued, BLOCK))).subarray(0, 0)
      chunks.push(block)
    }
    // What was handed out of it lies before and stays as it is
    const joined = this.#block = chunks.tail = new Uint8Array(block.buffer, 0, block.length + size)
    joined.set(data, block.length)
  }

  /** Whether the scheduler has anything to take: bytes within credit, or a FIN that waits for nothing. */
  get sendable (): boolean {
    return (this.queued > 0 && this.credit > 0) || (this.queued === 0 && this.send === 'finishing')
  }

  /** Take the next run of queued bytes, at most `max`. The caller has checked `queued`. */
  take (max: number): Uint8Array {
    const chunks = this.#chunks as Fifo<Uint8Array> // queued > 0
    const chunk = chunks.head as Uint8Array // queued > 0
    const start = this.#offset
    const end = Math.min(start + max, chunk.length)
    this.queued -= end - start
    this.#offset = end
    if (end === chunk.length) {
      this.#offset = 0
      chunks.shift()
      if (chunk === this.#block) this.#block = undefined
    }
    return end - start === chunk.length ? chunk : chunk.subarray(start, end)
  }

  /** Forget what is queued. */
  clear (): void {
    this.#chunks = this.#block = undefined
    this.#offset = 0
    this.queued = 0
  }

  /** All of it as plain data. Limits are counted from what has come in, so that streams which behave alike look alike. */
  snapshot (): StreamSnapshot {
    const { received, limits, ...rest } = this
    return { ...rest, credit: this.credit - this.queued, limits: limits?.map(limit => limit - received) ?? [] }
  }
}

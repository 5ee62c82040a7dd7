/**
 * What the machine keeps of one stream: two halves, two windows, a queue. Knows no frames and no other stream.
 *
 * @module
 */
import type { ReceiveWindow } from './credit.ts'
import type { ReceiveState, SendState } from './half.ts'
import { Pieces } from './pieces.ts'
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
  #pieces: Pieces | undefined = undefined

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

  /** Bytes that wait to be sent. */
  get queued (): number {
    return this.#pieces?.length ?? 0
  }

  enqueue (data: Uint8Array): void {
    this.#pieces ??= new Pieces()
    this.#pieces.push(data)
  }

  /** Whether the scheduler has anything to take: bytes within credit, or a FIN that waits for nothing. */
  get sendable (): boolean {
    return (this.queued > 0 && this.credit > 0) || (this.queued === 0 && this.send === 'finishing')
  }

  /** Take the next run of queued bytes, at most `max`. The caller has checked `queued`. */
  take (max: number): Uint8Array {
    const run = (this.#pieces as Pieces).take(max) // queued > 0
    if (this.queued === 0) this.clear()
    return run
  }

  /** Forget what is queued. */
  clear (): void {
    this.#pieces = undefined
  }

  /** All of it as plain data. Limits are counted from what has come in, so that streams which behave alike look alike. */
  snapshot (): StreamSnapshot {
    const { received, limits = [], queued, ...rest } = this
    return { ...rest, queued, credit: this.credit - queued, limits: limits.map(limit => limit - received) }
  }
}

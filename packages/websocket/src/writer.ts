/**
 * Writing to a socket: cuts and joins bytes into messages, and keeps little of them in the socket. Knows nothing of reading.
 *
 * @module
 */
import type { Bytes } from '@muxado/session'
import type { Pacer } from './pace.ts'
import type { MessageMemory, WebSocketLike, WsSocket } from './types.ts'

/** Says that its sender has ended: bytes follow no more, in this direction (docs/websocket.md). */
const END = new Uint8Array(0)

/** Milliseconds between two looks at `bufferedAmount` while nothing else tells of room; doubled up to the second. */
const LOOK_MS = 1
const LOOK_MAX_MS = 32

/** What a writer is told. */
export interface WriterOptions {
  readonly maxMessage: number
  readonly highWater: number
  readonly lowWater: number
  /** Resolves once the socket is open. */
  readonly opened: Promise<void>
  readonly pacer: Pacer | undefined
  readonly memory: MessageMemory | undefined
}

/** One per socket. */
export class Writer {
  readonly #socket: WebSocketLike
  readonly #ws: WsSocket | undefined
  readonly #options: WriterOptions
  #error: Error | undefined
  #reject: ((error: Error) => void) | undefined
  /** Whoever waits until the socket holds no more than `#level`. */
  #roomy: (() => void) | undefined
  #level = 0
  state: 'open' | 'ended' = 'open'

  constructor (socket: WebSocketLike, ws: WsSocket | undefined, options: WriterOptions) {
    this.#socket = socket
    this.#ws = ws
    this.#options = options
  }

  /** Write all of `source`, then say that it ended. `ended` is called then, `broke` when the source threw. */
  sink (source: AsyncIterable<Bytes>, ended: () => void, broke: (error: Error) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const iterator = source[Symbol.asyncIterator]()
      this.#reject = (error) => {
        reject(error)
        this.#roomy?.()
        // A source that is parked is told at once that nobody wants more. It may notice late or never: the sink has settled anyway
        new Promise((resolve) => { resolve(iterator.return?.()) }).catch(() => {})
      }
      if (this.#error !== undefined) this.#reject(this.#error)
      else this.#pump(iterator, ended).then(resolve, broke)
    })
  }

  /** The connection failed: the sink rejects now, wherever it waits. The first error counts. */
  fail (error: Error): void {
    this.#error ??= error
    this.#reject?.(this.#error)
  }

  /** The peer has closed in good order: it has what it wanted, or does not want it. */
  taken (): void {
    if (this.state === 'ended') this.#roomy?.()
  }

  /** There may be room: something came, or something left. */
  readonly look = (): void => {
    if (this.#roomy === undefined || this.#socket.bufferedAmount > this.#level) return
    this.#roomy()
    this.#roomy = undefined
  }

  async #pump (iterator: AsyncIterator<Bytes>, ended: () => void): Promise<void> {
    const { maxMessage, highWater, lowWater, opened, pacer, memory } = this.#options
    await opened
    while (this.#error === undefined) {
      const { done, value } = await iterator.next()
      if (this.#error !== undefined) return
      if (done === true) {
        this.state = 'ended'
        this.#send(END)
        await this.#room(0)
        ended()
        return
      }
      pacer?.flushing(value.byteLength)
      for (const message of cut(value, maxMessage, memory)) this.#send(message)
      const paced = pacer?.flushed()
      if (this.#socket.bufferedAmount >= highWater) await this.#room(lowWater)
      if (paced !== undefined) await paced
    }
  }

  #send (message: Uint8Array<ArrayBuffer>): void {
    if (this.#ws === undefined) this.#socket.send(message)
    else {
      this.#ws.send(message, (error) => {
        if (!error) this.#options.memory?.give(message)
        this.look()
      })
    }
  }

  /** Wait until the socket holds at most `level` bytes. */
  #room (level: number): Promise<void> {
    if (this.#socket.bufferedAmount <= level) return Promise.resolve()
    return new Promise((resolve) => {
      this.#roomy = resolve
      this.#level = level
      if (this.#ws === undefined) this.#watch(resolve, LOOK_MS)
    })
  }

  // No event tells of room in a WHATWG socket. In a hidden tab this comes once a minute; messages, such as the peer's credit, wake us before
  #watch (mine: () => void, ms: number): void {
    setTimeout(() => {
      this.look()
      if (this.#roomy === mine && this.#error === undefined) this.#watch(mine, Math.min(ms * 2, LOOK_MAX_MS))
    }, ms)
  }
}

/** `bytes` as messages of at most `max` bytes, of one size so that none is tiny; what fits is passed on as it is. */
export function * cut (bytes: Bytes, max: number, memory?: MessageMemory): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  let left = bytes.byteLength
  const size = Math.ceil(left / Math.ceil(left / max))
  let message: Uint8Array<ArrayBuffer> | undefined
  let at = 0
  for (let part of bytes instanceof Uint8Array ? [bytes] : bytes) {
    while (part.byteLength > 0) {
      if (message === undefined) {
        if (part.byteLength === left && left <= size) {
          // A socket takes any view but one of shared memory, which nobody can have given away
          yield part as Uint8Array<ArrayBuffer>
          return
        }
        message = memory?.take(Math.min(left, size)) ?? new Uint8Array(Math.min(left, size))
        at = 0
      }
      const taken = part.subarray(0, message.byteLength - at)
      message.set(taken, at)
      at += taken.byteLength
      left -= taken.byteLength
      part = part.subarray(taken.byteLength)
      if (at === message.byteLength) {
        yield message
        message = undefined
      }
    }
  }
}

/**
 * The reading half of a socket as an async iterator that can be left without harm, and that takes turns with the others. Knows nothing of writing.
 *
 * @module
 */
import type { Bytes } from '@muxado/session'
import type { Duplex } from 'node:stream'
import { Uint8ArrayList } from 'uint8arraylist'
import { Turn } from './turns.ts'

/** Bytes that may wait here before the socket is paused: a TLS socket emits several chunks of 16 KiB at a stretch. */
const HIGH_WATER = 65_536

type Result = IteratorResult<Bytes, undefined>

const DONE: Result = { done: true, value: undefined }

interface Waiter {
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

/**
 * What a socket receives. Written by hand because Node's own iterator destroys the socket when it is left, reads through 'readable' (which
 * joins chunks by copying), and cannot be ended from outside while it waits.
 */
export class SocketReader implements AsyncIterableIterator<Bytes, undefined> {
  readonly #socket: Duplex
  readonly #chunks: Uint8Array[] = []
  #unread = 0
  readonly #waiters: Waiter[] = []
  #state: 'idle' | 'flowing' | 'paused' | 'ended' | 'failed' | 'left' = 'idle'
  #error: Error | undefined
  readonly #turn = new Turn(() => { this.#serve() })

  constructor (socket: Duplex) {
    this.#socket = socket
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  next (): Promise<Result> {
    if (this.#state === 'idle') this.#start()
    if (this.#turn.state === 'working' && this.#waiters.length === 0) this.#turn.done()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.#serve()
    })
  }

  /** Stop reading. The socket lives on, and is read to nowhere once its writing half is done. */
  return (): Promise<Result> {
    this.drop()
    if (this.#state !== 'ended') {
      this.#state = 'left'
      this.#socket.off('data', this.#onData).off('end', this.#onEnd)
      if (this.#socket.writableFinished) this.discard()
      else this.#socket.pause()
    }
    this.#serve()
    return Promise.resolve(DONE)
  }

  /** Forget what nobody has taken yet. */
  drop (): void {
    this.#chunks.length = 0
    this.#unread = 0
    this.#turn.end()
  }

  /** Read to nowhere, if nobody reads any more, one read a turn: whoever is thrown out and goes on sending must not keep the others waiting. */
  discard (): void {
    if (this.#state === 'left') this.#socket.off('data', this.#waste).on('data', this.#waste).resume()
  }

  /** The connection failed: whoever waits, or comes next once everything received is taken, is told so. The first error counts. */
  fail (error: Error): void {
    if (this.#state === 'ended' || this.#state === 'left' || this.#state === 'failed') return
    this.#error = error
    this.#state = 'failed'
    this.#serve()
  }

  #start (): void {
    if (this.#socket.readableEnded) {
      this.#state = 'ended'
      return
    }
    this.#state = 'flowing'
    this.#socket.on('data', this.#onData).once('end', this.#onEnd)
    // It may have been paused by whoever accepted it.
    this.#socket.resume()
  }

  readonly #onData = (chunk: Uint8Array): void => {
    if (this.#turn.state === 'over') return
    this.#chunks.push(chunk)
    this.#unread += chunk.byteLength
    this.#serve()
    if (this.#unread >= HIGH_WATER && this.#state === 'flowing') {
      this.#state = 'paused'
      this.#socket.pause()
    }
  }

  readonly #waste = (): void => {
    this.#socket.pause()
    setImmediate(() => { this.#socket.resume() })
  }

  readonly #onEnd = (): void => {
    this.#state = 'ended'
    this.#serve()
  }

  /** Give those who wait what there is, in its turn. */
  #serve (): void {
    while (this.#waiters.length > 0) {
      if (this.#chunks.length === 0) {
        if (this.#state === 'failed') {
          this.#state = 'ended'
          this.#waiters.shift()?.reject(this.#error as Error) // set by whoever failed
        } else if (this.#state === 'ended' || this.#state === 'left') {
          this.#waiters.shift()?.resolve(DONE)
        } else return
      } else if (this.#turn.state === 'ours') this.#hand()
      else return
    }
  }

  #hand (): void {
    const size = this.#turn.take(this.#unread, this.#unread >= HIGH_WATER)
    const value = this.#take(size)
    this.#unread -= size
    if (this.#state === 'paused' && this.#chunks.length === 0) {
      this.#state = 'flowing'
      this.#socket.resume()
    }
    this.#waiters.shift()?.resolve({ done: false, value })
    // Whoever asks again is done with it; whoever has asked already cannot say
    if (this.#waiters.length > 0) this.#turn.done()
  }

  /** The first `size` bytes. Several chunks go together: each alone would be answered alone, and so would each of the answers. */
  #take (size: number): Bytes {
    const chunks = this.#chunks
    const parts: Uint8Array[] = []
    for (let chunk; size > 0 && (chunk = chunks[parts.length]); size -= chunk.byteLength) parts.push(chunk)
    const last = parts.at(-1)
    // It goes on where this piece ends
    if (size < 0 && last) {
      parts[parts.length - 1] = last.subarray(0, size)
      chunks[parts.length - 1] = last.subarray(size)
    }
    chunks.splice(0, size < 0 ? parts.length - 1 : parts.length)
    return parts.length === 1 && parts[0] ? parts[0] : Uint8ArrayList.fromUint8Arrays(parts)
  }
}

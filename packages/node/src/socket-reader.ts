/**
 * The reading half of a socket as an async iterator that can be left without harm. Knows nothing of writing.
 *
 * @module
 */
import type { Duplex } from 'node:stream'

/** Bytes that may wait here before the socket is paused: a TLS socket emits several chunks of 16 KiB at a stretch. */
const HIGH_WATER = 65_536

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined }

interface Waiter {
  readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void
  readonly reject: (error: Error) => void
}

/**
 * What a socket receives. Written by hand because Node's own iterator destroys the socket when it is left, reads through 'readable' (which
 * joins chunks by copying), and cannot be ended from outside while it waits.
 */
export class SocketReader implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #socket: Duplex
  readonly #chunks: Uint8Array[] = []
  #unread = 0
  readonly #waiters: Waiter[] = []
  #state: 'idle' | 'flowing' | 'paused' | 'ended' | 'failed' | 'left' = 'idle'
  #error: Error | undefined

  constructor (socket: Duplex) {
    this.#socket = socket
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  next (): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#state === 'idle') this.#start()
    const value = this.#chunks.shift()
    if (value !== undefined) {
      this.#unread -= value.byteLength
      if (this.#state === 'paused' && this.#chunks.length === 0) {
        this.#state = 'flowing'
        this.#socket.resume()
      }
      return Promise.resolve({ done: false, value })
    }
    if (this.#state === 'failed') {
      const error = this.#error
      this.#state = 'ended'
      return Promise.reject(error)
    }
    if (this.#state === 'ended' || this.#state === 'left') return Promise.resolve(DONE)
    return new Promise((resolve, reject) => { this.#waiters.push({ resolve, reject }) })
  }

  /** Stop reading. The socket lives on, and is read to nowhere once its writing half is done. */
  return (): Promise<IteratorResult<Uint8Array, undefined>> {
    this.drop()
    if (this.#state !== 'ended') {
      this.#state = 'left'
      this.#socket.off('data', this.#onData).off('end', this.#onEnd)
      if (this.#socket.writableFinished) this.discard()
      else this.#socket.pause()
    }
    this.#finish()
    return Promise.resolve(DONE)
  }

  /** Forget what nobody has taken yet. */
  drop (): void {
    this.#chunks.length = 0
    this.#unread = 0
  }

  /** Read to nowhere, if nobody reads any more. */
  discard (): void {
    if (this.#state === 'left') this.#socket.resume()
  }

  /** The connection failed: whoever waits, or comes next once everything received is taken, is told so. The first error counts. */
  fail (error: Error): void {
    if (this.#state === 'ended' || this.#state === 'left' || this.#state === 'failed') return
    const waiter = this.#waiters.shift()
    this.#error = error
    this.#state = waiter === undefined ? 'failed' : 'ended'
    waiter?.reject(error)
    this.#finish()
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
    const waiter = this.#waiters.shift()
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: chunk })
      return
    }
    this.#chunks.push(chunk)
    this.#unread += chunk.byteLength
    if (this.#unread >= HIGH_WATER && this.#state === 'flowing') {
      this.#state = 'paused'
      this.#socket.pause()
    }
  }

  readonly #onEnd = (): void => {
    this.#state = 'ended'
    this.#finish()
  }

  #finish (): void {
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE)
  }
}

/**
 * The reading half of a connection as an async iterator that can be left without harm. Knows nothing of writing.
 *
 * @module
 */
import type { Conn } from './types.ts'

type Result = IteratorResult<Uint8Array, undefined>

const DONE: Result = { done: true, value: undefined }

/** What one read takes at most. */
const BUFFER = 65_536

/** Up to here a read is copied out and its buffer used again, or a few bytes that wait for their reader would keep 64 KiB. */
const SMALL = 16_384

interface Waiter {
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

/** What a connection receives. It reads when somebody asks, and nothing ahead. */
export class ConnReader implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #conn: Conn
  readonly #over: (error?: Error) => void
  #waiters: Waiter[] = []
  #buffer: Uint8Array | undefined
  #read: 'idle' | 'pending' = 'idle'
  #state: 'open' | 'failed' | 'ended' | 'left' | 'discarding' = 'open'
  #error: Error | undefined

  /** @param over called once when the end was read, or reading failed */
  constructor (conn: Conn, over: (error?: Error) => void) {
    this.#conn = conn
    this.#over = over
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  next (): Promise<Result> {
    if (this.#state === 'open') {
      return new Promise((resolve, reject) => {
        this.#waiters.push({ resolve, reject })
        this.#pull()
      })
    }
    if (this.#state !== 'failed') return Promise.resolve(DONE)
    this.#state = 'ended'
    return Promise.reject(this.#error)
  }

  /** Stop reading. The connection lives on. */
  return (): Promise<Result> {
    if (this.#state === 'failed') this.#state = 'ended'
    this.#stop('left')
    return Promise.resolve(DONE)
  }

  /** The connection failed: whoever waits, or comes next, is told so. The first error counts. */
  fail (error: Error): void {
    if (this.#state !== 'open') return
    const waiter = this.#waiters.shift()
    this.#error = error
    this.#stop(waiter === undefined ? 'failed' : 'ended')
    waiter?.reject(error)
  }

  /** If nobody reads any more, read to nowhere until the end. */
  discard (): void {
    if (this.#state !== 'left') return
    this.#state = 'discarding'
    this.#pull()
  }

  #stop (state: 'failed' | 'ended' | 'left'): void {
    if (this.#state === 'open') this.#state = state
    for (const waiter of this.#waiters) waiter.resolve(DONE)
    this.#waiters = []
  }

  #pull (): void {
    if (this.#read === 'pending') return
    this.#read = 'pending'
    this.#buffer ??= new Uint8Array(BUFFER)
    this.#conn.read(this.#buffer).then((count) => {
      this.#read = 'idle'
      if (count !== null) this.#took(count)
      else this.#ended()
    }, (error: Error) => { this.#over(error) })
  }

  #took (count: number): void {
    const waiter = count > 0 ? this.#waiters.shift() : undefined
    waiter?.resolve({ done: false, value: this.#take(count) })
    if (this.#waiters.length > 0 || this.#state === 'discarding') this.#pull()
  }

  #ended (): void {
    this.#state = 'ended'
    this.#stop('ended')
    this.#over()
  }

  #take (count: number): Uint8Array {
    const bytes = this.#buffer ?? new Uint8Array(count)
    if (count <= SMALL) return bytes.slice(0, count)
    this.#buffer = undefined
    return bytes.subarray(0, count)
  }
}

/**
 * What is read by asking for it, as the `source` of a `Transport` that can be left without harm. Knows no runtime and nothing of writing.
 *
 * @module
 */

type Result = IteratorResult<Uint8Array, undefined>

const DONE: Result = { done: true, value: undefined }

interface Waiter {
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

/** For adapters of sockets that are read with a call: it reads when somebody asks, one read at a time and nothing ahead. */
export class PullReader implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #read: () => Promise<Uint8Array | undefined>
  readonly #over: (error?: Error) => void
  #waiters: Waiter[] = []
  #reading: 'idle' | 'pending' = 'idle'
  #state: 'open' | 'failed' | 'ended' | 'left' | 'discarding' = 'open'
  #error: Error | undefined

  /**
   * @param read reads once: bytes that become the reader's own, none if there were none yet, undefined at the end
   * @param over called once when the end was read, or reading failed
   */
  constructor (read: () => Promise<Uint8Array | undefined>, over: (error?: Error) => void) {
    this.#read = read
    this.#over = over
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  /** Reads are answered in order. A failure is told once; then it has ended. */
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

  /** Stop reading. What is read from lives on. */
  return (): Promise<Result> {
    if (this.#state === 'open') this.#settle('left')
    else if (this.#state === 'failed') this.#state = 'ended'
    return Promise.resolve(DONE)
  }

  /** The connection failed: whoever waits, or comes next, is told so. The first error counts. */
  fail (error: Error): void {
    if (this.#state === 'ended' || this.#state === 'failed') return
    const waiter = this.#waiters.shift()
    const untold = this.#state === 'open' && waiter === undefined
    this.#error = error
    this.#settle(untold ? 'failed' : 'ended')
    waiter?.reject(error)
  }

  /** If nobody reads any more, read to nowhere until the end. */
  discard (): void {
    if (this.#state !== 'left') return
    this.#state = 'discarding'
    this.#pull()
  }

  #settle (state: 'failed' | 'ended' | 'left'): void {
    this.#state = state
    for (const waiter of this.#waiters) waiter.resolve(DONE)
    this.#waiters = []
  }

  #pull (): void {
    if (this.#reading === 'pending') return
    this.#reading = 'pending'
    this.#read().then((bytes) => {
      this.#reading = 'idle'
      if (bytes === undefined) this.#ended()
      else this.#took(bytes)
    }, this.#over)
  }

  #took (value: Uint8Array): void {
    if (value.byteLength > 0) this.#waiters.shift()?.resolve({ done: false, value })
    if (this.#waiters.length > 0 || this.#state === 'discarding') this.#pull()
  }

  #ended (): void {
    // It failed meanwhile
    if (this.#state === 'ended') return
    this.#settle('ended')
    this.#over()
  }
}

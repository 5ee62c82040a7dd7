/**
 * What a socket receives, as an async iterator that can be left without harm. Knows nothing of writing.
 *
 * @module
 */

type Result = IteratorResult<Uint8Array, undefined>

const DONE: Result = { done: true, value: undefined }

interface Waiter {
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

/** Bytes that may wait here before the socket is paused, where it can be. */
const HIGH_WATER = 65_536

/** Messages that wait for a reader, and readers that wait for messages. */
export class Reader implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #pace: (go: boolean) => void
  #chunks: Uint8Array[] = []
  #waiters: Waiter[] = []
  #unread = 0
  #flow: 'flowing' | 'paused' = 'flowing'
  #state: 'open' | 'failed' | 'ended' = 'open'
  #error: Error | undefined

  /** @param pace told false when enough waits here, true when there is room again */
  constructor (pace: (go: boolean) => void) {
    this.#pace = pace
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  next (): Promise<Result> {
    const value = this.#chunks.shift()
    if (value !== undefined) {
      this.#unread -= value.byteLength
      if (this.#unread === 0) this.#flowing()
      return Promise.resolve({ done: false, value })
    }
    if (this.#state === 'open') return new Promise((resolve, reject) => { this.#waiters.push({ resolve, reject }) })
    const failed = this.#state === 'failed'
    this.#state = 'ended'
    return failed ? Promise.reject(this.#error) : Promise.resolve(DONE)
  }

  /** Stop reading: what still comes goes nowhere. */
  return (): Promise<Result> {
    this.drop()
    this.end()
    return Promise.resolve(DONE)
  }

  /** Bytes came. */
  push (chunk: Uint8Array): void {
    if (this.#state !== 'open') return
    const waiter = this.#waiters.shift()
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: chunk })
      return
    }
    this.#chunks.push(chunk)
    this.#unread += chunk.byteLength
    if (this.#unread >= HIGH_WATER && this.#flow === 'flowing') {
      this.#flow = 'paused'
      this.#pace(false)
    }
  }

  /** Nothing will come. */
  end (): void {
    if (this.#state === 'open') this.#state = 'ended'
    for (const waiter of this.#waiters) waiter.resolve(DONE)
    this.#waiters = []
  }

  /** The connection failed: whoever waits, or comes once all is taken, is told so. */
  fail (error: Error): void {
    if (this.#state !== 'open') return
    const waiter = this.#waiters.shift()
    this.#error = error
    this.#state = waiter === undefined ? 'failed' : 'ended'
    waiter?.reject(error)
    this.end()
  }

  /** Forget what nobody has taken. */
  drop (): void {
    this.#chunks = []
    this.#unread = 0
    this.#flowing()
  }

  #flowing (): void {
    if (this.#flow === 'flowing') return
    this.#flow = 'flowing'
    this.#pace(true)
  }
}

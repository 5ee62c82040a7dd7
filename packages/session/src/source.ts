/**
 * A stream's incoming half as an async iterator, written by hand: a generator costs three promises a chunk, this one. Knows nothing else.
 *
 * @module
 */
import type { Uint8ArrayList } from 'uint8arraylist'
import type { Reading } from './reading.ts'

type Result = IteratorResult<Uint8ArrayList, void>

const END: Result = { done: true, value: undefined }
const toResult = (list: Uint8ArrayList | undefined): Result => list ? { done: false, value: list } : END

/** Has no state of its own: where reading stands is the stream's to know, so any number of them may be made. */
export class Source implements AsyncGenerator<Uint8ArrayList, void, undefined> {
  readonly #stream: Reading

  constructor (stream: Reading) {
    this.#stream = stream
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  next (): Promise<Result> {
    return this.#stream.pull(toResult, Infinity)
  }

  return (): Promise<Result> {
    this.#stream.closeRead()
    return Promise.resolve(END)
  }

  throw (error: unknown): Promise<Result> {
    this.#stream.closeRead()
    return Promise.reject(error)
  }

  async [Symbol.asyncDispose] (): Promise<void> {
    this.#stream.closeRead()
  }
}

/**
 * Iteration over a stream that pulls: bytes stay in the stream's buffer, and hold the peer up, until they are asked for.
 *
 * @module
 */
import type { Uint8ArrayList } from 'uint8arraylist'

/** What iteration yields. */
export type Data = Uint8Array | Uint8ArrayList

type Result = IteratorResult<Data, void>

/** What a reader sees of its stream. */
export interface Readable {
  readonly readBufferLength: number
  readonly readStatus: string
  readonly failure: Error | undefined
  /** Nothing will be added to the buffer. */
  readonly inputEnded: boolean
  /** The oldest bytes in the buffer. */
  take (): Uint8Array | undefined
  /** The reader is done. */
  leave (reader: Reader): void
}

/** A call of `next` that waits. */
interface Waiter {
  resolve (result: Result): void
  reject (error: Error): void
}

/** One iteration under way. Written out, since a generator costs two more promises a chunk. */
export class Reader implements AsyncGenerator<Data, void, undefined> {
  /** An iteration that began earlier and is not over: it shares the bytes, and has to be woken too. */
  readonly earlier: Reader | undefined
  readonly #stream: Readable
  /** Bytes that went to 'message' listeners meanwhile: an iteration beside them sees all that they see. */
  readonly #seen: Data[] = []
  readonly #waiting: Waiter[] = []
  #state: 'new' | 'reading' | 'done' = 'new'

  constructor (stream: Readable, earlier: Reader | undefined) {
    this.#stream = stream
    this.earlier = earlier
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  /** The next bytes, or the end. Rejects with what the stream failed with, after the bytes that came before it. */
  next (): Promise<Result> {
    if (this.#state === 'new') this.#state = 'reading'
    const data = this.#waiting.length === 0 ? this.#take() : undefined
    if (data !== undefined) return Promise.resolve({ done: false, value: data })
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.wake()
    })
  }

  /** Stop; the bytes that were not asked for stay where they are. */
  return (): Promise<Result> {
    this.#finish()
    return Promise.resolve({ done: true, value: undefined })
  }

  throw (error: Error): Promise<Result> {
    this.#finish()
    return Promise.reject(error)
  }

  async [Symbol.asyncDispose] (): Promise<void> {
    this.#finish()
  }

  /** Look again. */
  wake (): void {
    while (this.#waiting.length > 0) {
      const data = this.#take()
      if (data === undefined && !this.#ended()) break
      const waiter = this.#waiting.shift()
      const { failure } = this.#stream
      if (data !== undefined) waiter?.resolve({ done: false, value: data })
      else if (failure !== undefined && this.#state === 'reading') waiter?.reject(failure)
      else waiter?.resolve({ done: true, value: undefined })
      if (data === undefined) this.#finish()
    }
    this.earlier?.wake()
  }

  /** These bytes go to 'message' listeners. */
  push (data: Data): void {
    if (this.#state === 'reading') this.#seen.push(data)
    this.wake()
  }

  #take (): Data | undefined {
    if (this.#state === 'done') return undefined
    return this.#seen.shift() ?? (this.#stream.readStatus === 'paused' ? undefined : this.#stream.take())
  }

  #ended (): boolean {
    const { failure, inputEnded, readBufferLength } = this.#stream
    return this.#state === 'done' || (readBufferLength === 0 && (failure !== undefined || inputEnded))
  }

  #finish (): void {
    if (this.#state === 'done') return
    this.#state = 'done'
    this.#stream.leave(this)
    this.wake()
  }
}

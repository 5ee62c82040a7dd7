/**
 * Iteration over a stream that pulls: bytes stay in the stream's buffer, and hold the peer up, until they are asked for.
 *
 * @module
 */
import pDefer from 'p-defer'
import type { DeferredPromise } from 'p-defer'
import type { Uint8ArrayList } from 'uint8arraylist'

/** What a reader sees of its stream. */
export interface Readable {
  readonly readBufferLength: number
  readonly readStatus: string
  readonly failure: Error | undefined
  /** Nothing will be added to the buffer. */
  readonly inputEnded: boolean
  /** The oldest bytes in the buffer. */
  take (): Uint8Array | undefined
}

/** One iteration under way. */
export class Reader {
  readonly #stream: Readable
  /** Bytes that went to 'message' listeners meanwhile: an iteration beside them sees all that they see. */
  readonly #seen: Uint8ArrayList[] = []
  /** An iteration that began earlier and is not over: it shares the bytes, and has to be woken too. */
  readonly earlier: Reader | undefined
  #waiting: DeferredPromise<void> | undefined

  constructor (stream: Readable, earlier: Reader | undefined) {
    this.#stream = stream
    this.earlier = earlier
  }

  /** The next bytes, or undefined at the end. Throws what the stream failed with, after the bytes that came before it. */
  async next (): Promise<Uint8Array | Uint8ArrayList | undefined> {
    const stream = this.#stream
    for (;;) {
      const seen = this.#seen.shift()
      if (seen !== undefined) return seen
      if (stream.readBufferLength > 0 && stream.readStatus !== 'paused') return stream.take()
      if (stream.readBufferLength === 0) {
        if (stream.failure !== undefined) throw stream.failure
        if (stream.inputEnded) return undefined
      }
      this.#waiting = pDefer()
      await this.#waiting.promise
    }
  }

  /** Look again. */
  wake (): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
    this.earlier?.wake()
  }

  /** These bytes go to 'message' listeners. */
  push (data: Uint8ArrayList): void {
    this.#seen.push(data)
    this.wake()
  }
}

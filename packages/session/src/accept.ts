/**
 * Streams that the peer opened and nobody took yet, and those who wait for one. Knows nothing of what a stream is for.
 *
 * @module
 */
import { Fifo } from '@muxado/core/fifo'
import type { MuxadoStream } from './stream.ts'
import type { WaitOptions } from './types.ts'
import { wait, type DeferredPromise } from './wait.ts'

type Result = IteratorResult<MuxadoStream, undefined>

const toResult = (value: MuxadoStream | undefined): Result => value ? { done: false, value } : { done: true, value }

/** First come, first served, on both sides. */
export class Backlog {
  readonly #limit: number
  readonly #streams: Fifo<MuxadoStream> = new Fifo()
  readonly #waits: Fifo<DeferredPromise<MuxadoStream | undefined>> = new Fifo()
  #state: 'open' | 'ended' = 'open'

  constructor (limit: number) {
    this.#limit = limit
  }

  /** A stream came. Returns false when there is no room for it. */
  offer (stream: MuxadoStream): boolean {
    if (this.#waits.length > 0) this.#waits.shift()?.resolve(stream)
    else if (this.#streams.length >= this.#limit) return false
    else this.#streams.push(stream)
    return true
  }

  /** The next stream, or undefined when none will come. What was complete when the session ended is still handed out. */
  async take ({ signal }: WaitOptions = {}): Promise<MuxadoStream | undefined> {
    signal?.throwIfAborted()
    if (this.#streams.length > 0) return this.#streams.shift()
    if (this.#state === 'ended') return undefined
    const waiting = wait<MuxadoStream | undefined>(signal, () => { this.#waits.remove(waiting) })
    this.#waits.push(waiting)
    return waiting.promise
  }

  /** The same as a step of an iterator; no generator, which costs three promises a stream. */
  next (): Promise<Result> {
    return this.#streams.length > 0 ? Promise.resolve(toResult(this.#streams.shift())) : this.take().then(toResult)
  }

  /** A stream ended: when nothing can be read of it, nobody is given it. */
  dismiss (stream: MuxadoStream): void {
    if (stream.reading === 'failed') this.#streams.remove(stream)
  }

  /** No more will come. */
  end (): void {
    this.#state = 'ended'
    while (this.#waits.length > 0) this.#waits.shift()?.resolve(undefined)
  }
}

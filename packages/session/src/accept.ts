/**
 * Streams that the peer opened and nobody took yet, and those who wait for one. Knows nothing of what a stream is for.
 *
 * @module
 */
import type { MuxadoStream } from './stream.ts'
import type { WaitOptions } from './types.ts'
import { wait, type DeferredPromise } from './wait.ts'

/** First come, first served, on both sides. */
export class Backlog {
  readonly #limit: number
  // Sets, for they keep the order and lose from the middle cheaply: a peer may reset what it opened, a caller may give up
  readonly #streams: Set<MuxadoStream> = new Set()
  readonly #waits: Set<DeferredPromise<MuxadoStream | undefined>> = new Set()
  #state: 'open' | 'ended' = 'open'

  constructor (limit: number) {
    this.#limit = limit
  }

  /** A stream came. Returns false when there is no room for it. */
  offer (stream: MuxadoStream): boolean {
    for (const waiting of this.#waits) {
      this.#waits.delete(waiting)
      waiting.resolve(stream)
      return true
    }
    if (this.#streams.size >= this.#limit) return false
    this.#streams.add(stream)
    return true
  }

  /** The next stream, or undefined when none will come. What was complete when the session ended is still handed out. */
  async take ({ signal }: WaitOptions = {}): Promise<MuxadoStream | undefined> {
    signal?.throwIfAborted()
    for (const stream of this.#streams) {
      this.#streams.delete(stream)
      return stream
    }
    if (this.#state === 'ended') return undefined
    const waiting = wait<MuxadoStream | undefined>(signal, () => { this.#waits.delete(waiting) })
    this.#waits.add(waiting)
    return waiting.promise
  }

  /** A stream ended: when nothing can be read of it, nobody is given it. */
  dismiss (stream: MuxadoStream): void {
    if (stream.reading === 'failed') this.#streams.delete(stream)
  }

  /** No more will come. */
  end (): void {
    this.#state = 'ended'
    for (const waiting of this.#waits) waiting.resolve(undefined)
    this.#waits.clear()
  }
}

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
  readonly #streams: MuxadoStream[] = []
  readonly #waits: Array<DeferredPromise<MuxadoStream | undefined>> = []
  #state: 'open' | 'ended' = 'open'

  constructor (limit: number) {
    this.#limit = limit
  }

  /** A stream came. Returns false when there is no room for it. */
  offer (stream: MuxadoStream): boolean {
    const waiting = this.#waits.shift()
    if (waiting) waiting.resolve(stream)
    else if (this.#streams.length >= this.#limit) return false
    else this.#streams.push(stream)
    return true
  }

  /** The next stream, or undefined when none will come. What was complete when the session ended is still handed out. */
  async take ({ signal }: WaitOptions = {}): Promise<MuxadoStream | undefined> {
    signal?.throwIfAborted()
    const stream = this.#streams.shift()
    if (stream || this.#state === 'ended') return stream
    const waiting = wait<MuxadoStream | undefined>(signal, () => { drop(this.#waits, waiting) })
    this.#waits.push(waiting)
    return waiting.promise
  }

  /** A stream ended: when nothing can be read of it, nobody is given it. */
  dismiss (stream: MuxadoStream): void {
    if (stream.reading === 'failed') drop(this.#streams, stream)
  }

  /** No more will come. */
  end (): void {
    this.#state = 'ended'
    for (const waiting of this.#waits) waiting.resolve(undefined)
  }
}

/** Take `item` out, if it is there: a peer may reset what it opened, a caller may give up. */
function drop<T> (items: T[], item: T): void {
  const at = items.indexOf(item)
  if (at >= 0) items.splice(at, 1)
}

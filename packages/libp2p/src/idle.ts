/**
 * Streams that nothing happens on for too long are reset. One timer for all of a connection.
 *
 * @module
 */
import { TimeoutError } from '@libp2p/interface'
import type { MuxadoStream } from './stream.ts'
import { timer } from './race.ts'

/** The streams that may not be idle for ever, and when something last happened on each. */
export class IdleWatch {
  readonly #seen = new Map<MuxadoStream, number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #dueAt = Infinity

  /** Watch over a stream: it is reset after `inactivityTimeout` milliseconds without a byte in either direction. */
  add (stream: MuxadoStream): void {
    if (!(stream.inactivityTimeout < Infinity)) return
    this.#seen.set(stream, performance.now())
    this.#arm(performance.now() + stream.inactivityTimeout)
  }

  /** Something happened on it. */
  touch (stream: MuxadoStream): void {
    if (this.#seen.has(stream)) this.#seen.set(stream, performance.now())
  }

  /** It is over. */
  delete (stream: MuxadoStream): void {
    if (this.#seen.delete(stream) && this.#seen.size === 0) this.#disarm()
  }

  #arm (dueAt: number): void {
    if (dueAt >= this.#dueAt) return
    this.#disarm()
    this.#dueAt = dueAt
    this.#timer = timer(Math.max(1, dueAt - performance.now()), () => { this.#look() })
  }

  #disarm (): void {
    clearTimeout(this.#timer)
    this.#dueAt = Infinity
  }

  #look (): void {
    this.#dueAt = Infinity
    const now = performance.now()
    let next = Infinity
    for (const [stream, seen] of Array.from(this.#seen)) {
      const dueAt = seen + stream.inactivityTimeout
      if (dueAt <= now) stream.abort(new TimeoutError(`Nothing came or went in ${stream.inactivityTimeout} ms`))
      else next = Math.min(next, dueAt)
    }
    if (next < Infinity) this.#arm(next)
  }
}

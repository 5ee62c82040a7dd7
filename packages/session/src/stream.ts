/**
 * One stream, as its user sees it and as its session drives it: what concerns both of its halves. Knows nothing of the transport.
 *
 * An idle stream is this one object: buffers, waits, iterators and WHATWG streams are made when they are first needed.
 *
 * @module
 */
import type { MuxadoError, Reason } from '@muxado/core'
import pDefer from 'p-defer'
import type { Host } from './reading.ts'
import { drain } from './sink.ts'
import type { ByteSource, Session, Stream, WaitOptions } from './types.ts'
import type { DeferredPromise } from './wait.ts'
import { readableOf, writableOf } from './whatwg.ts'
import { Writing } from './writing.ts'

/** Implements `Stream`; what the interface does not name is for this package. */
export class MuxadoStream extends Writing implements Stream {
  readonly type: number
  #priority: number
  #closed: DeferredPromise<MuxadoError | undefined> | undefined

  constructor (host: Host, id: number, type: number, priority: number, writing: 'open' | 'finished') {
    super(host, id, writing)
    this.type = type
    this.#priority = priority
  }

  get session (): Session {
    return this.host
  }

  get priority (): number {
    return this.#priority
  }

  set priority (priority: number) {
    this.host.machine.setPriority(this.id, priority)
    this.#priority = priority
  }

  get state (): 'open' | 'localClosed' | 'remoteClosed' | 'closed' | 'reset' {
    if (this.error !== undefined) return 'reset'
    if (this.writing === 'open') return this.reading === 'open' ? 'open' : 'remoteClosed'
    return this.reading === 'open' ? 'localClosed' : 'closed'
  }

  get closed (): Promise<MuxadoError | undefined> {
    if (this.#closed === undefined) {
      this.#closed = pDefer()
      this.settle()
    }
    return this.#closed.promise
  }

  get sink (): (source: ByteSource) => Promise<void> {
    return (source) => drain(this, source)
  }

  get readable (): ReadableStream<Uint8Array<ArrayBuffer>> {
    return readableOf(this)
  }

  get writable (): WritableStream<Uint8Array> {
    return writableOf(this)
  }

  close (options?: WaitOptions): Promise<void> {
    const written = this.closeWrite(undefined, options)
    this.closeRead()
    return written
  }

  async [Symbol.asyncDispose] (): Promise<void> {
    // Whoever used the stream has met its error; the end of a scope is not the place to throw it again over theirs
    await this.close().catch(() => {})
  }

  reset (reason: Reason = 'cancel'): void {
    this.#kill(reason, () => this.fault('STREAM_CANCELLED', 'the stream was reset by this end', reason))
  }

  abort (error: Error): void {
    this.#kill('cancel', () => error)
  }

  /** It ended early, by the peer's doing or with its session; `lose` what is unread even if the peer had finished. */
  fail (error: Error, lose: boolean): void {
    if (this.error !== undefined) return
    this.error = error
    this.failWriting()
    this.failReading(lose)
    this.settle()
  }

  settle (): void {
    const { reading, writing, error } = this
    if (error === undefined && (writing !== 'finished' || reading === 'open')) return
    this.#closed?.resolve(this.failure)
    if (error !== undefined || reading === 'finished') this.host.forget(this)
  }

  #kill (reason: Reason, error: () => Error): void {
    // Once both halves ended and nothing is left to lose, there is nothing to kill
    if (this.error !== undefined || (this.writing === 'finished' && this.reading === 'finished' && !this.hasUnread)) return
    this.host.machine.reset(this.id, reason)
    this.host.wake()
    this.fail(error(), true)
  }
}

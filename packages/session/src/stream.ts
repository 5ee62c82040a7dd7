/**
 * One stream, as its user sees it and as its session drives it: two halves and what concerns both. Knows nothing of the transport.
 *
 * An idle stream is three small objects: buffers, waits, iterators and WHATWG streams are made when they are first needed.
 *
 * @module
 */
import { MuxadoError, type Machine, type Reason } from '@muxado/core'
import pDefer from 'p-defer'
import type { Uint8ArrayList } from 'uint8arraylist'
import { asMuxadoError } from './errors.ts'
import { ReadingHalf } from './reading.ts'
import { drain } from './sink.ts'
import { Source } from './source.ts'
import type { Bytes, ByteSource, Consumer, Session, Stream, WaitOptions } from './types.ts'
import type { DeferredPromise } from './wait.ts'
import { readableOf, writableOf } from './whatwg.ts'
import { WritingHalf } from './writing.ts'

/** What a stream needs of its session. */
export interface Host {
  readonly session: Session
  readonly machine: Machine
  /** The machine may have something to transmit. */
  wake (): void
  /** No action will come for `stream` any more. */
  forget (stream: MuxadoStream): void
}

const same = (list: Uint8ArrayList | undefined): Uint8ArrayList | undefined => list

/** Implements `Stream`; what the interface does not name is for this package. */
export class MuxadoStream implements Stream {
  readonly id: number
  readonly type: number
  readonly host: Host
  /** Why it ended early, as given; what waits reject with. */
  error: Error | undefined
  readonly reading: ReadingHalf
  readonly writing: WritingHalf
  #priority: number
  #closed: DeferredPromise<MuxadoError | undefined> | undefined

  constructor (host: Host, id: number, type: number, priority: number, writing: 'open' | 'finished') {
    this.host = host
    this.id = id
    this.type = type
    this.error = undefined
    this.reading = new ReadingHalf(this)
    this.writing = new WritingHalf(this, writing)
    this.#priority = priority
  }

  get session (): Session {
    return this.host.session
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
    if (this.writing.state === 'open') return this.reading.state === 'open' ? 'open' : 'remoteClosed'
    return this.reading.state === 'open' ? 'localClosed' : 'closed'
  }

  get closed (): Promise<MuxadoError | undefined> {
    if (this.#closed === undefined) {
      this.#closed = pDefer()
      this.settle()
    }
    return this.#closed.promise
  }

  /** Why it ended early, for who is told rather than rejected. */
  get failure (): MuxadoError | undefined {
    return this.error === undefined ? undefined : asMuxadoError(this.error, 'STREAM_CANCELLED', this.id)
  }

  get source (): Source {
    return new Source(this)
  }

  [Symbol.asyncIterator] (): Source {
    return new Source(this)
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

  read (options: WaitOptions & { readonly max?: number } = {}): Promise<Uint8ArrayList | undefined> {
    const { signal, max = Infinity } = options
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    if (!(max >= 1)) return Promise.reject(new MuxadoError('API_ARGUMENT', `max is at least 1, not ${max}`, { streamId: this.id }))
    return this.reading.pull(same, Math.floor(max), signal)
  }

  consume (consumer: Consumer): void {
    this.reading.consume(consumer)
  }

  took (bytes: number): void {
    this.host.machine.consume(this.id, bytes)
    this.host.wake()
  }

  closeRead (): void {
    this.reading.drop()
    this.settle()
  }

  write (chunk: Bytes, options?: WaitOptions): Promise<void> {
    return this.writing.write(chunk, options?.signal)
  }

  push (chunk: Uint8Array): boolean {
    return this.writing.push(chunk)
  }

  closeWrite (last?: Bytes, options?: WaitOptions): Promise<void> {
    return this.writing.close(last, options?.signal)
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
    if (this.#over) return
    const error = new MuxadoError('STREAM_CANCELLED', 'the stream was reset by this end', { streamId: this.id, reason })
    this.#kill(reason, error)
  }

  abort (error: Error): void {
    if (!this.#over) this.#kill('cancel', error)
  }

  /** Payload came that nobody wants. Its credit goes back, unless our half is done as well: then the peer is told to stop. */
  unwanted (bytes: number): void {
    if (this.writing.state === 'finished') this.reset()
    else this.took(bytes)
  }

  /** The writing half has room again after a `push` had none. */
  drained (): void {
    this.reading.drain()
  }

  /** The peer's FIN came. */
  finish (): void {
    this.reading.finish()
    this.settle()
  }

  /** It ended early, by the peer's doing or with its session; `lose` what is unread even if the peer had finished. */
  fail (error: Error, lose: boolean): void {
    if (this.error !== undefined) return
    this.error = error
    this.writing.fail(error)
    this.reading.fail(error, lose)
    this.settle()
  }

  /** Look whether this was the last of it. */
  settle (): void {
    const { reading, writing, error } = this
    if (error === undefined && (writing.state !== 'finished' || reading.state === 'open')) return
    this.#closed?.resolve(this.failure)
    if (error !== undefined || reading.state === 'finished') this.host.forget(this)
  }

  /** Both halves ended and nothing is left to lose. */
  get #over (): boolean {
    return this.error !== undefined || (this.writing.state === 'finished' && this.reading.state === 'finished' && !this.reading.hasUnread)
  }

  #kill (reason: Reason, error: Error): void {
    this.host.machine.reset(this.id, reason)
    this.host.wake()
    this.fail(error, true)
  }
}

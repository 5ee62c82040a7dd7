/**
 * One stream, as its user sees it and as its session drives it: the half that is written, on top of the half that is read, and what concerns
 * both. Gives the machine what it takes, keeps the rest, and lets writers wait. Knows nothing of the transport.
 *
 * An idle stream is this one object: buffers, waits, iterators and WHATWG streams are made when they are first needed.
 *
 * @module
 */
import type { MuxadoError, Reason } from '@muxado/core'
import pDefer from 'p-defer'
import { isUint8ArrayList } from 'uint8arraylist'
import { Reading, type Host } from './reading.ts'
import { drain } from './sink.ts'
import type { Bytes, ByteSource, Session, Stream, WaitOptions } from './types.ts'
import { DONE, wait, type DeferredPromise } from './wait.ts'
import { readableOf, writableOf } from './whatwg.ts'

/** What the machine had no room for, and who waits for that. */
interface Rest {
  readonly chunks: Uint8Array[]
  readonly waits: Array<DeferredPromise<void>>
}

/** Implements `Stream`; what the interface does not name is for this package. */
export class MuxadoStream extends Reading implements Stream {
  /** Not only declared, as in core: V8 would box it in each stream. */
  readonly type: number
  /** `closing`: the FIN waits behind the rest. `finished`: the machine has it. `failed`: writes reject. */
  declare writing: 'open' | 'closing' | 'finished' | 'failed'
  #priority: number
  #rest: Rest | undefined
  #closed: DeferredPromise<MuxadoError | undefined> | undefined
  /** As WHATWG streams. */
  #faces: { readable?: ReadableStream<Uint8Array<ArrayBuffer>>, writable?: WritableStream<Uint8Array> } | undefined

  constructor (host: Host, id: number, type: number, priority: number, writing: 'open' | 'finished') {
    super(host, id)
    this.type = type
    this.writing = writing
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
    if (this.error) return 'reset'
    if (this.writing === 'open') return this.reading === 'open' ? 'open' : 'remoteClosed'
    return this.reading === 'open' ? 'localClosed' : 'closed'
  }

  get closed (): Promise<MuxadoError | undefined> {
    if (!this.#closed) {
      this.#closed = pDefer()
      this.settle()
    }
    return this.#closed.promise
  }

  get sink (): (source: ByteSource) => Promise<void> {
    return (source) => drain(this, source)
  }

  get readable (): ReadableStream<Uint8Array<ArrayBuffer>> {
    return (this.#faces ??= {}).readable ??= readableOf(this)
  }

  get writable (): WritableStream<Uint8Array> {
    return (this.#faces ??= {}).writable ??= writableOf(this)
  }

  write (chunk: Bytes, options: WaitOptions = {}): Promise<void> {
    const { signal } = options
    try {
      signal?.throwIfAborted()
      this.#queue(chunk)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#room(signal)
  }

  push (chunk: Uint8Array): boolean {
    if (this.writing === 'failed') return false
    this.#queue(chunk)
    return !this.#rest
  }

  closeWrite (last?: Bytes, options: WaitOptions = {}): Promise<void> {
    const { signal } = options
    try {
      signal?.throwIfAborted()
      if (last?.length) this.#queue(last)
      if (this.writing === 'failed') throw this.error as Error // a half fails with its stream's error only
      if (this.writing === 'open') {
        this.writing = 'closing'
        if (!this.#rest) this.#finish()
      }
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#room(signal)
  }

  /** The machine has room again. */
  resume (): void {
    const rest = this.#rest
    if (!rest) return
    const { chunks, waits } = rest
    for (let chunk; (chunk = chunks[0]);) {
      const taken = this.host.machine.send(this.id, chunk)
      if (taken < chunk.length) {
        chunks[0] = chunk.subarray(taken)
        return
      }
      chunks.shift()
    }
    this.#rest = undefined
    for (const waiting of waits) waiting.resolve()
    if (this.writing === 'closing') this.#finish()
    else this.drained()
  }

  close (options?: WaitOptions): Promise<void> {
    const written = this.closeWrite(undefined, options)
    this.closeRead()
    return written
  }

  [Symbol.asyncDispose] (): Promise<void> {
    // Whoever used the stream has met its error; the end of a scope is not the place to throw it again over theirs
    return this.close().catch(() => {})
  }

  reset (reason: Reason = 'cancel'): void {
    this.#kill(reason, this.fault('STREAM_CANCELLED', 'the stream was reset', reason))
  }

  abort (error: Error): void {
    this.#kill('cancel', error)
  }

  /** It ended early, by the peer's doing or with its session; `lose` what is unread even if the peer had finished. */
  fail (error: Error, lose: boolean = false): void {
    if (this.error) return
    this.error = error
    if (this.writing !== 'finished') {
      this.writing = 'failed'
      const rest = this.#rest
      this.#rest = undefined
      for (const waiting of rest?.waits ?? []) waiting.reject(error)
    }
    this.failReading(lose)
    this.settle()
  }

  /** Payload came that nobody wants. Its credit goes back, unless our half is done as well: then the peer is told to stop. */
  unwanted (bytes: number): void {
    if (this.writing === 'finished') this.reset()
    else this.took(bytes)
  }

  /** What a write fails with behind the half-close. */
  tooLate (): MuxadoError {
    return this.fault('API_SEND_AFTER_FINISH', 'the stream is half-closed')
  }

  settle (): void {
    const { reading, error } = this
    if (!error && (this.writing !== 'finished' || reading === 'open')) return
    this.#closed?.resolve(this.failure)
    if (error || reading === 'finished') this.host.forget(this)
  }

  #kill (reason: Reason, error: Error): void {
    // Once both halves ended and nothing is left to lose, there is nothing to kill
    if (this.error || (this.writing === 'finished' && this.reading === 'finished' && !this.unread)) return
    this.host.machine.reset(this.id, reason)
    this.host.wake()
    this.fail(error, true)
  }

  #queue (chunk: Bytes): void {
    if (this.writing === 'failed') throw this.error as Error // as above
    if (this.writing !== 'open') throw this.tooLate()
    if (chunk instanceof Uint8Array) this.#offer(chunk)
    else if (isUint8ArrayList(chunk)) for (const part of chunk) this.#offer(part)
    else throw this.fault('API_ARGUMENT', 'a chunk must be an Uint8Array or a Uint8ArrayList')
    this.host.wake()
  }

  #offer (chunk: Uint8Array): void {
    if (this.#rest) {
      this.#rest.chunks.push(chunk)
      return
    }
    const taken = this.host.machine.send(this.id, chunk)
    if (taken < chunk.length) this.#rest = { chunks: [chunk.subarray(taken)], waits: [] }
  }

  /** Wait until the machine has everything. Half a chunk may be gone when a wait is given up: the stream is then of no use to either end. */
  #room (signal: AbortSignal | undefined): Promise<void> {
    if (!this.#rest) return DONE
    const waiting = wait<void>(signal, () => { this.reset() })
    this.#rest.waits.push(waiting)
    return waiting.promise
  }

  #finish (): void {
    this.writing = 'finished'
    this.host.machine.finish(this.id)
    this.host.wake()
    this.settle()
  }
}

/**
 * The half of a stream that we write: gives the machine what it takes, keeps the rest, and lets writers wait. Knows nothing of reading.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { isUint8ArrayList } from 'uint8arraylist'
import type { MuxadoStream } from './stream.ts'
import type { Bytes } from './types.ts'
import { DONE, wait, type DeferredPromise } from './wait.ts'

/** What the machine had no room for, and who waits for that. */
interface Rest {
  readonly chunks: Uint8Array[]
  readonly waits: Array<DeferredPromise<void>>
  /** A `push` returned false: the consumer wants to know. */
  pushed: boolean
}

/** Everything about writing one stream. */
export class WritingHalf {
  /** `closing`: the FIN waits behind the rest. `finished`: the machine has it. `failed`: writes reject. */
  state: 'open' | 'closing' | 'finished' | 'failed'
  readonly #stream: MuxadoStream
  #rest: Rest | undefined

  constructor (stream: MuxadoStream, state: 'open' | 'finished') {
    this.#stream = stream
    this.state = state
  }

  write (chunk: Bytes, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    try {
      this.#queue(chunk)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#room(signal)
  }

  push (chunk: Uint8Array): boolean {
    if (this.state === 'failed') return false
    this.#queue(chunk)
    if (this.#rest === undefined) return true
    this.#rest.pushed = true
    return false
  }

  close (last: Bytes | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    try {
      if (last !== undefined && last.byteLength > 0) this.#queue(last)
    } catch (error) {
      return Promise.reject(error)
    }
    if (this.state === 'failed') return Promise.reject(this.#stream.error)
    if (this.state === 'open') {
      this.state = 'closing'
      if (this.#rest === undefined) this.#finish()
    }
    return this.#room(signal)
  }

  /** The machine has room again. */
  resume (): void {
    const rest = this.#rest
    if (rest === undefined) return
    const { chunks, waits, pushed } = rest
    const { machine } = this.#stream.host
    for (const [index, chunk] of chunks.entries()) {
      const taken = machine.send(this.#stream.id, chunk)
      if (taken === chunk.byteLength) continue
      chunks.splice(0, index + 1, chunk.subarray(taken))
      return
    }
    this.#rest = undefined
    for (const waiting of waits) waiting.resolve()
    if (this.state === 'closing') this.#finish()
    else if (pushed) this.#stream.drained()
  }

  /** The stream died. */
  fail (error: Error): void {
    if (this.state === 'finished') return
    this.state = 'failed'
    const rest = this.#rest
    this.#rest = undefined
    for (const waiting of rest?.waits ?? []) waiting.reject(error)
  }

  #queue (chunk: Bytes): void {
    if (this.state === 'failed') throw this.#stream.error as Error // a half fails with its stream's error only
    if (this.state !== 'open') throw new MuxadoError('API_SEND_AFTER_FINISH', 'the stream is half-closed', { streamId: this.#stream.id })
    if (chunk instanceof Uint8Array) {
      this.#offer(chunk)
    } else if (isUint8ArrayList(chunk)) {
      for (const part of chunk) this.#offer(part)
    } else {
      throw new MuxadoError('API_ARGUMENT', 'a stream carries Uint8Array and Uint8ArrayList', { streamId: this.#stream.id })
    }
    this.#stream.host.wake()
  }

  #offer (chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return
    if (this.#rest !== undefined) {
      this.#rest.chunks.push(chunk)
      return
    }
    const taken = this.#stream.host.machine.send(this.#stream.id, chunk)
    if (taken < chunk.byteLength) this.#rest = { chunks: [chunk.subarray(taken)], waits: [], pushed: false }
  }

  /** Wait until the machine has everything. Half a chunk may be gone when a wait is given up: the stream is then of no use to either end. */
  #room (signal: AbortSignal | undefined): Promise<void> {
    if (this.#rest === undefined) return DONE
    const waiting = wait<void>(signal, () => { this.#stream.reset() })
    this.#rest.waits.push(waiting)
    return waiting.promise
  }

  #finish (): void {
    this.state = 'finished'
    this.#stream.host.machine.finish(this.#stream.id)
    this.#stream.host.wake()
    this.#stream.settle()
  }
}

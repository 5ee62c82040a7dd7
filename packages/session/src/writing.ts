/**
 * The half of a stream that is written: gives the machine what it takes, keeps the rest, and lets writers wait. Knows of reading only that it is
 * built on it.
 *
 * @module
 */
import { isUint8ArrayList } from 'uint8arraylist'
import { Reading, type Host } from './reading.ts'
import type { Bytes, WaitOptions } from './types.ts'
import { DONE, wait, type DeferredPromise } from './wait.ts'

/** What the machine had no room for, and who waits for that. */
interface Rest {
  readonly chunks: Uint8Array[]
  readonly waits: Array<DeferredPromise<void>>
  /** A `push` returned false: the consumer wants to know. */
  pushed: boolean
}

/** A stream as far as it is read and written. */
export abstract class Writing extends Reading {
  /** `closing`: the FIN waits behind the rest. `finished`: the machine has it. `failed`: writes reject. */
  writing: 'open' | 'closing' | 'finished' | 'failed'
  #rest: Rest | undefined

  constructor (host: Host, id: number, writing: 'open' | 'finished') {
    super(host, id)
    this.writing = writing
  }

  write (chunk: Bytes, options: WaitOptions = {}): Promise<void> {
    const { signal } = options
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    try {
      this.#queue(chunk)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#room(signal)
  }

  push (chunk: Uint8Array): boolean {
    if (this.writing === 'failed') return false
    this.#queue(chunk)
    if (this.#rest !== undefined) this.#rest.pushed = true
    return this.#rest === undefined
  }

  async closeWrite (last?: Bytes, options: WaitOptions = {}): Promise<void> {
    const { signal } = options
    signal?.throwIfAborted()
    if (last !== undefined && last.byteLength > 0) this.#queue(last)
    if (this.writing === 'failed') throw this.error as Error // a half fails with its stream's error only
    if (this.writing === 'open') {
      this.writing = 'closing'
      if (this.#rest === undefined) this.#finish()
    }
    const room = this.#room(signal)
    if (room !== DONE) await room
  }

  /** The machine has room again. */
  resume (): void {
    const rest = this.#rest
    if (rest === undefined) return
    const { chunks, waits, pushed } = rest
    for (const [index, chunk] of chunks.entries()) {
      const taken = this.host.machine.send(this.id, chunk)
      if (taken < chunk.byteLength) {
        chunks.splice(0, index + 1, chunk.subarray(taken))
        return
      }
    }
    this.#rest = undefined
    for (const waiting of waits) waiting.resolve()
    if (this.writing === 'closing') this.#finish()
    else if (pushed) this.drained()
  }

  /** The stream died. */
  failWriting (): void {
    if (this.writing === 'finished') return
    this.writing = 'failed'
    const rest = this.#rest
    this.#rest = undefined
    for (const waiting of rest?.waits ?? []) waiting.reject(this.error)
  }

  /** Payload came that nobody wants. Its credit goes back, unless our half is done as well: then the peer is told to stop. */
  unwanted (bytes: number): void {
    if (this.writing === 'finished') this.reset()
    else this.took(bytes)
  }

  #queue (chunk: Bytes): void {
    if (this.writing === 'failed') throw this.error as Error // as above
    if (this.writing !== 'open') throw this.fault('API_SEND_AFTER_FINISH', 'the stream is half-closed')
    if (chunk instanceof Uint8Array) this.#offer(chunk)
    else if (isUint8ArrayList(chunk)) for (const part of chunk) this.#offer(part)
    else throw this.fault('API_ARGUMENT', 'a stream carries Uint8Array and Uint8ArrayList')
    this.host.wake()
  }

  #offer (chunk: Uint8Array): void {
    if (this.#rest !== undefined) {
      this.#rest.chunks.push(chunk)
      return
    }
    const taken = this.host.machine.send(this.id, chunk)
    if (taken < chunk.byteLength) this.#rest = { chunks: [chunk.subarray(taken)], waits: [], pushed: false }
  }

  /** Wait until the machine has everything. Half a chunk may be gone when a wait is given up: the stream is then of no use to either end. */
  #room (signal: AbortSignal | undefined): Promise<void> {
    if (this.#rest === undefined) return DONE
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

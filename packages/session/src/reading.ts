/**
 * The half of a stream that is read: hands bytes to whoever reads and gives credit back for what was taken. Knows nothing of writing.
 *
 * @module
 */
import { MuxadoError, type ErrorCode, type Machine, type Reason } from '@muxado/core'
import { Pieces } from '@muxado/core/pieces'
import { Uint8ArrayList } from 'uint8arraylist'
import { asError, asMuxadoError } from './errors.ts'
import { take } from './inbox.ts'
import { Source } from './source.ts'
import type { MuxadoStream } from './stream.ts'
import type { Consumer, Session, WaitOptions } from './types.ts'
import { wait, type DeferredPromise } from './wait.ts'

/** What a stream needs of its session. */
export interface Host extends Session {
  readonly machine: Machine
  /** Give this one what came for it once all actions are carried out: more may come. */
  serve (stream: Reading): void
  /** The machine may have something to transmit. */
  wake (): void
  /** No action will come for this stream any more. */
  forget (stream: MuxadoStream): void
}

/** A read that waits. */
interface Pull {
  readonly max: number
  /** Makes what the reader gets of what came, or of nothing at the end. */
  readonly wrap: (list?: Uint8ArrayList) => unknown
  readonly waiting: DeferredPromise<unknown>
}

const same = (list: Uint8ArrayList | undefined): Uint8ArrayList | undefined => list

/** A stream as far as it is read. One object with what is built on it: halves of their own would cost each stream 70 bytes. */
export abstract class Reading {
  declare readonly id: number
  declare readonly host: Host
  /** Why the stream ended early, as given; what waits reject with. */
  error: Error | undefined
  /** `dropped`: nobody wants more, and the peer's FIN has not come. `finished`: it has; bytes may still be unread. `failed`: reads reject. */
  reading: 'open' | 'dropped' | 'finished' | 'failed' = 'open'
  /** What waits to be read. */
  unread: Pieces | undefined
  #pull: Pull | undefined
  /** What came for it while the actions of one chunk are carried out. */
  #fresh: Uint8Array[] | undefined
  #consumer: Consumer | undefined

  constructor (host: Host, id: number) {
    this.host = host
    this.id = id
  }

  abstract reset (reason?: Reason): void
  abstract abort (error: Error): void
  /** Look whether this was the last of the stream. */
  abstract settle (): void
  /** Payload came that nobody wants. */
  abstract unwanted (bytes: number): void

  /** Why it ended early, for who is told rather than rejected. */
  get failure (): MuxadoError | undefined {
    return this.error && asMuxadoError(this.error, 'STREAM_CANCELLED', this.id)
  }

  get source (): Source {
    return new Source(this)
  }

  [Symbol.asyncIterator] (): Source {
    return this.source
  }

  async read (options: WaitOptions & { readonly max?: number } = {}): Promise<Uint8ArrayList | undefined> {
    const { signal, max = Infinity } = options
    signal?.throwIfAborted()
    if (!(max >= 1)) throw this.fault('API_ARGUMENT', 'max out of range')
    return this.pull(same, Math.floor(max), signal)
  }

  /** The next bytes or the end, through `wrap`, so that an iterator's step costs one promise and not two. */
  pull<T> (wrap: (list?: Uint8ArrayList) => T, max: number, signal?: AbortSignal): Promise<T> {
    if (this.#consumer || this.#pull) return Promise.reject(this.#busy())
    if (this.unread) return Promise.resolve(wrap(this.#take(max)))
    if (this.reading === 'failed') return Promise.reject(this.error)
    if (this.reading !== 'open') return Promise.resolve(wrap())
    const waiting = wait<T>(signal, () => { this.#pull = undefined })
    // What resolves it is what `wrap` makes, a T; that the field cannot say
    this.#pull = { max, wrap, waiting: waiting as DeferredPromise<unknown> }
    return waiting.promise
  }

  consume (consumer: Consumer): void {
    if (this.#consumer || this.#pull) throw this.#busy()
    this.#consumer = consumer
    const unread = this.unread
    this.unread = undefined
    for (const chunk of unread ? take(unread, Infinity) : []) {
      // The consumer may well reset the stream or stop reading in the middle of this
      if (this.reading === 'open' || this.reading === 'finished') this.#hand(consumer, chunk)
    }
    if (this.reading === 'finished') this.#call(() => { consumer.end() })
    this.#complain()
  }

  took (bytes: number): void {
    this.host.machine.consume(this.id, bytes)
    this.host.wake()
  }

  closeRead (): void {
    const unread = this.unread
    this.unread = undefined
    if (unread) this.took(unread.length)
    if (this.reading !== 'open') return
    this.reading = 'dropped'
    this.#settle()
    this.settle()
  }

  /** Bytes came. */
  deliver (data: Uint8Array): void {
    if (this.reading === 'dropped') {
      this.unwanted(data.length)
    } else if (this.#consumer) {
      this.#hand(this.#consumer, data)
    } else {
      // What is small is joined
      const whole = data.length > 255 && this.#pull?.max === Infinity && !this.unread
      const queue = whole ? this.#fresh ??= [] : this.unread ??= new Pieces()
      queue.push(data)
      if (this.#pull) this.host.serve(this)
    }
  }

  /** Give whoever waits what there is. */
  serve (): void {
    if (this.#pull && (this.#fresh ?? this.unread)) this.#settle(this.#take(this.#pull.max))
  }

  /** The peer's FIN came. */
  finish (): void {
    const wanted = this.reading === 'open'
    this.reading = 'finished'
    this.#settle()
    if (wanted) this.#call(() => { this.#consumer?.end() })
    this.settle()
  }

  /** The consumer's `push` may go on. */
  drained (): void {
    this.#call(() => { this.#consumer?.drain?.() })
  }

  /**
   * The stream died, and says so to whoever reads. What came before the peer's FIN stays readable unless `lose`: an RST on the heels of a whole
   * answer must not take the answer away.
   */
  failReading (lose: boolean): void {
    this.serve()
    if (this.reading === 'open' || (lose && this.unread)) {
      this.reading = 'failed'
      this.unread = undefined
    }
    this.#pull?.waiting.reject(this.error)
    this.#pull = undefined
    this.#complain()
  }

  /** An error about this stream. */
  fault (code: ErrorCode, text: string, reason?: Reason): MuxadoError {
    return new MuxadoError(code, text, { streamId: this.id, reason })
  }

  #settle (list?: Uint8ArrayList): void {
    if (!list) this.serve()
    const pull = this.#pull
    this.#pull = undefined
    pull?.waiting.resolve(pull.wrap(list))
  }

  #take (max: number): Uint8ArrayList {
    const list = this.#fresh ? Uint8ArrayList.fromUint8Arrays(this.#fresh) : take(this.unread as Pieces, max) // the caller knows that there is one
    this.#fresh = undefined
    if (!this.unread?.length) this.unread = undefined
    this.took(list.length)
    return list
  }

  #hand (consumer: Consumer, data: Uint8Array): void {
    this.#call(() => {
      const taken = consumer.data(data)
      if (taken > 0) this.took(taken)
    })
  }

  /** A callback that throws ends its stream, never the session. */
  #call (callback: () => void): void {
    try {
      callback()
    } catch (error) {
      // Of a stream that is dead already nobody would hear: let the runtime report it, as for any callback that throws
      if (!this.error) this.abort(asError(error))
      else queueMicrotask(() => { throw error })
    }
  }

  #complain (): void {
    const { failure } = this
    if (failure) this.#call(() => { this.#consumer?.error(failure) })
  }

  #busy (): MuxadoError {
    return this.fault('API_ARGUMENT', 'the stream is being read')
  }
}

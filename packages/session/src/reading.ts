/**
 * The half of a stream that we read: hands bytes to whoever reads and gives credit back for what was taken. Knows nothing of writing.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { Uint8ArrayList } from 'uint8arraylist'
import { asError } from './errors.ts'
import { Inbox } from './inbox.ts'
import type { MuxadoStream } from './stream.ts'
import type { Consumer } from './types.ts'
import { wait, type DeferredPromise } from './wait.ts'

/** A read that waits. */
interface Pull {
  readonly max: number
  /** Makes what the reader gets of what came, or of nothing at the end. */
  readonly wrap: (list: Uint8ArrayList | undefined) => unknown
  readonly waiting: DeferredPromise<unknown>
}

/** Everything about reading one stream. */
export class ReadingHalf {
  /** `dropped`: nobody wants more, and the peer's FIN has not come. `finished`: it has; bytes may still be unread. `failed`: reads reject. */
  state: 'open' | 'dropped' | 'finished' | 'failed' = 'open'
  readonly #stream: MuxadoStream
  #unread: Inbox | undefined
  #pull: Pull | undefined
  #consumer: Consumer | undefined

  constructor (stream: MuxadoStream) {
    this.#stream = stream
  }

  /** Whether bytes wait to be read. */
  get hasUnread (): boolean {
    return this.#unread !== undefined
  }

  /** The next bytes or the end, through `wrap`, so that an iterator's step costs one promise and not two. */
  pull<T> (wrap: (list: Uint8ArrayList | undefined) => T, max: number, signal?: AbortSignal): Promise<T> {
    if (this.#consumer !== undefined || this.#pull !== undefined) return Promise.reject(this.#busy())
    if (this.#unread !== undefined) return Promise.resolve(wrap(this.#take(this.#unread, max)))
    if (this.state === 'failed') return Promise.reject(this.#stream.error)
    if (this.state !== 'open') return Promise.resolve(wrap(undefined))
    const waiting = wait<T>(signal, () => { this.#pull = undefined })
    // What resolves it is what `wrap` makes, a T; that the field cannot say
    this.#pull = { max, wrap, waiting: waiting as DeferredPromise<unknown> }
    return waiting.promise
  }

  /** Read by callback from now on. */
  consume (consumer: Consumer): void {
    if (this.#consumer !== undefined || this.#pull !== undefined) throw this.#busy()
    this.#consumer = consumer
    const unread = this.#unread
    this.#unread = undefined
    for (const chunk of unread?.take(Infinity) ?? []) {
      // The consumer may well reset the stream or stop reading in the middle of this
      if (this.state === 'open' || this.state === 'finished') this.#hand(consumer, chunk)
    }
    if (this.state === 'finished') this.#call(() => { consumer.end() })
    if (this.#stream.error !== undefined) this.#complain()
  }

  /** The consumer's `push` may go on. */
  drain (): void {
    this.#call(() => { this.#consumer?.drain?.() })
  }

  /** Nobody wants what is unread or still comes. */
  drop (): void {
    const bytes = this.#unread?.length ?? 0
    this.#unread = undefined
    if (bytes > 0) this.#stream.took(bytes)
    if (this.state !== 'open') return
    this.state = 'dropped'
    this.#settle(undefined)
  }

  /** Bytes came. */
  deliver (data: Uint8Array): void {
    if (this.state === 'dropped') {
      this.#stream.unwanted(data.byteLength)
      return
    }
    if (this.#consumer !== undefined) {
      this.#hand(this.#consumer, data)
      return
    }
    const pull = this.#pull
    if (pull !== undefined && data.byteLength <= pull.max) {
      this.#stream.took(data.byteLength)
      this.#settle(Uint8ArrayList.fromUint8Arrays([data], data.byteLength))
      return
    }
    this.#unread ??= new Inbox()
    this.#unread.add(data)
    if (pull !== undefined) this.#settle(this.#take(this.#unread, pull.max))
  }

  /** The peer's FIN came. */
  finish (): void {
    const wanted = this.state === 'open'
    this.state = 'finished'
    this.#settle(undefined)
    if (wanted) this.#call(() => { this.#consumer?.end() })
  }

  /**
   * The stream died, and says so to whoever reads. What came before the peer's FIN stays readable unless `lose`: an RST on the heels of a whole
   * answer must not take the answer away.
   */
  fail (error: Error, lose: boolean): void {
    if (this.state === 'open' || (lose && this.hasUnread)) {
      this.state = 'failed'
      this.#unread = undefined
    }
    this.#pull?.waiting.reject(error)
    this.#pull = undefined
    this.#complain()
  }

  #settle (list: Uint8ArrayList | undefined): void {
    const pull = this.#pull
    this.#pull = undefined
    pull?.waiting.resolve(pull.wrap(list))
  }

  #take (unread: Inbox, max: number): Uint8ArrayList {
    const list = unread.take(max)
    if (unread.length === 0) this.#unread = undefined
    this.#stream.took(list.byteLength)
    return list
  }

  #hand (consumer: Consumer, data: Uint8Array): void {
    try {
      const taken = consumer.data(data)
      if (taken > 0) this.#stream.took(taken)
    } catch (error) {
      this.#stream.abort(asError(error))
    }
  }

  /** A callback that throws ends its stream, never the session. */
  #call (callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#stream.abort(asError(error))
    }
  }

  #complain (): void {
    const { failure } = this.#stream
    try {
      if (failure !== undefined) this.#consumer?.error(failure)
    } catch (error) {
      // The stream is dead already: let the runtime report it, as for any callback that throws
      queueMicrotask(() => { throw error })
    }
  }

  #busy (): MuxadoError {
    return new MuxadoError('API_ARGUMENT', 'the stream has a reader already', { streamId: this.#stream.id })
  }
}

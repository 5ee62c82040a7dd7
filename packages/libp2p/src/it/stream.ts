/**
 * One stream as libp2p 1 and 2 know it: a source to read, a sink to write, and both pull.
 *
 * @module
 */
import type { Machine } from '@muxado/core'
import pDefer from 'p-defer'
import type { DeferredPromise } from 'p-defer'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Outbox } from '../outbox.ts'
import { race } from '../race.ts'

/** libp2p's logger, as far as it is used. */
export interface ItLogger {
  (formatter: unknown, ...args: unknown[]): void
  error (formatter: unknown, ...args: unknown[]): void
  trace (formatter: unknown, ...args: unknown[]): void
  enabled: boolean
  newScope (name: string): ItLogger
}

/** When what happened to a stream, by `Date.now`. */
export interface ItTimeline {
  open: number
  close?: number
  closeRead?: number
  closeWrite?: number
  reset?: number
  abort?: number
}

/** What a stream needs of its muxer. */
export interface ItStreamHost {
  readonly machine: Machine
  readonly outbox: Outbox
  /** See to it that what is queued goes out. */
  schedule (): void
  /** Both halves have ended. */
  ended (stream: ItStream): void
}

/** Whatever can be iterated for bytes. */
export type ItSource = AsyncIterable<Uint8Array | Uint8ArrayList> | Iterable<Uint8Array | Uint8ArrayList>

type Chunks = AsyncIterator<Uint8Array | Uint8ArrayList> | Iterator<Uint8Array | Uint8ArrayList>
type Next = IteratorResult<Uint8Array | Uint8ArrayList, unknown> | undefined

/** A stream: a duplex for `it-pipe`, whose halves end independently. */
export class ItStream {
  readonly id: string
  readonly direction: 'inbound' | 'outbound'
  readonly timeline: ItTimeline = { open: Date.now() }
  readonly metadata: Record<string, unknown> = {}
  readonly log: ItLogger
  protocol?: string
  status: 'open' | 'closing' | 'closed' | 'aborted' | 'reset' = 'open'
  readStatus: 'ready' | 'closing' | 'closed' = 'ready'
  writeStatus: 'ready' | 'writing' | 'closing' | 'closed' = 'ready'
  /** What the peer sent. Ends after its FIN, throws when the stream fails. Bytes that nobody asks for hold the peer up. */
  source: AsyncGenerator<Uint8ArrayList, void, unknown>
  /**
   * Send what a source yields, then FIN; pulls only as fast as the peer reads. Resolves when the FIN is queued. Rejects, and resets the
   * stream, when the source throws. Once per stream.
   */
  sink: (source: ItSource) => Promise<void>

  /** The number on the wire. */
  readonly streamId: number
  readonly #host: ItStreamHost
  readonly #buffer = new Uint8ArrayList()
  /** The outbox's round in which this stream wrote last. */
  #round = -1
  #failure: Error | undefined
  #readable: DeferredPromise<void> | undefined
  /** Settled by whatever ends the wait of a writer: credit, the source's next chunk, `closeWrite`, a failure. */
  #interrupt: (() => void) | undefined
  #sunk: Promise<void> | undefined

  constructor (host: ItStreamHost, streamId: number, direction: 'inbound' | 'outbound', log: ItLogger) {
    this.#host = host
    this.streamId = streamId
    this.id = `${streamId}`
    this.direction = direction
    this.log = log
    this.source = this.#read()
    this.sink = async (source) => {
      if (this.writeStatus !== 'ready') throw named('StreamStateError', `writable end state is "${this.writeStatus}" not "ready"`)
      this.#sunk = this.#write(source)
      await this.#sunk
    }
  }

  /** Close both halves: what was given to the sink is sent first, then FIN; what comes from now on is dropped. */
  async close (options?: { signal?: AbortSignal }): Promise<void> {
    if (this.status !== 'open') return
    this.status = 'closing'
    await this.closeRead()
    await this.closeWrite(options)
  }

  /** Read no more: the source ends after what it has, what comes from now on is dropped. */
  async closeRead (_options?: { signal?: AbortSignal }): Promise<void> {
    this.#endRead()
  }

  /** Write no more: the sink finishes the chunk in its hands and leaves its source, then FIN goes out. */
  async closeWrite (options?: { signal?: AbortSignal }): Promise<void> {
    if (this.writeStatus === 'ready') {
      this.#finish()
    } else if (this.writeStatus === 'writing') {
      this.writeStatus = 'closing'
      this.#interrupt?.()
      await race(this.#sunk?.catch(() => {}) ?? Promise.resolve(), options?.signal)
    }
  }

  /** Reset the stream: both ends fail. */
  abort (err: Error): void {
    if (this.#over()) return
    this.status = 'aborted'
    this.timeline.abort = Date.now()
    this.#host.machine.reset(this.streamId)
    this.#host.schedule()
    this.#fail(err)
  }

  /** The peer reset it. */
  reset (): void {
    if (this.#over()) return
    this.status = 'reset'
    this.timeline.reset = Date.now()
    this.#fail(named('StreamResetError', 'stream reset'))
  }

  /** Bytes came. */
  receive (data: Uint8Array): void {
    if (this.readStatus !== 'ready') {
      this.#consume(data.byteLength)
      return
    }
    this.#buffer.append(data)
    this.#readable?.resolve()
  }

  /** The peer's FIN. */
  remoteCloseWrite (): void {
    this.#endRead()
  }

  /** There is credit again. */
  resume (): void {
    this.#interrupt?.()
  }

  async * #read (): AsyncGenerator<Uint8ArrayList, void, unknown> {
    try {
      for (;;) {
        const data = this.#take()
        if (data !== undefined) {
          yield data
        } else if (this.readStatus === 'ready') {
          this.#readable = pDefer()
          await this.#readable.promise
        } else {
          if (this.#failure !== undefined) throw this.#failure
          return
        }
      }
    } finally {
      // Whoever stops early wants no more.
      this.#endRead()
    }
  }

  /** The oldest message, or what has come of it. */
  #take (): Uint8ArrayList | undefined {
    for (const chunk of this.#buffer) {
      this.#buffer.consume(chunk.byteLength)
      this.#consume(chunk.byteLength)
      return new Uint8ArrayList(chunk)
    }
    return undefined
  }

  async #write (source: ItSource): Promise<void> {
    this.writeStatus = 'writing'
    const iterator: Chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
    try {
      for (;;) {
        const next = await this.#next(iterator)
        if (next === undefined || next.done === true) break
        for (const chunk of next.value instanceof Uint8Array ? [next.value] : next.value) await this.#send(chunk)
      }
    } catch (err) {
      const error = err instanceof Error ? err : new Error(String(err))
      this.abort(error)
      void leave(iterator)
      throw error
    }
    if (this.#failure !== undefined) {
      void leave(iterator)
      throw this.#failure
    }
    if (!this.#wantsMore()) void leave(iterator)
    this.#finish()
  }

  /** The source's next result; undefined when the stream wants no more. */
  async #next (iterator: Chunks): Promise<Next> {
    if (!this.#wantsMore()) return undefined
    const turn = pDefer<Next>()
    this.#interrupt = () => {
      if (!this.#wantsMore()) turn.resolve(undefined)
    }
    Promise.resolve(iterator.next()).then(turn.resolve, turn.reject)
    return turn.promise
  }

  #wantsMore (): boolean {
    return this.writeStatus === 'writing'
  }

  async #send (chunk: Uint8Array): Promise<void> {
    for (let at = 0; this.#failure === undefined;) {
      const { outbox } = this.#host
      const again = this.#round === outbox.round
      this.#round = outbox.round
      at += outbox.write(this.streamId, chunk.subarray(at), again)
      this.#host.schedule()
      if (at === chunk.byteLength) return
      const room = pDefer<void>()
      this.#interrupt = room.resolve
      await room.promise
    }
    throw this.#failure
  }

  #consume (bytes: number): void {
    this.#host.machine.consume(this.streamId, bytes)
    if (this.#host.machine.wantsTransmit) this.#host.schedule()
  }

  #finish (): void {
    this.#host.machine.finish(this.streamId)
    this.#host.schedule()
    this.#endWrite()
  }

  #fail (error: Error): void {
    this.#failure = error
    this.#endRead()
    this.#endWrite()
    this.#interrupt?.()
  }

  #endRead (): void {
    this.readStatus = 'closed'
    this.#readable?.resolve()
    if (this.timeline.closeRead !== undefined) return
    this.timeline.closeRead = Date.now()
    this.#endIfDone()
  }

  #endWrite (): void {
    this.writeStatus = 'closed'
    if (this.timeline.closeWrite !== undefined) return
    this.timeline.closeWrite = Date.now()
    this.#endIfDone()
  }

  #endIfDone (): void {
    const { timeline } = this
    if (timeline.closeRead === undefined || timeline.closeWrite === undefined) return
    timeline.close = Date.now()
    if (this.status === 'open' || this.status === 'closing') this.status = 'closed'
    this.#host.ended(this)
  }

  #over (): boolean {
    return this.status === 'closed' || this.status === 'aborted' || this.status === 'reset'
  }
}

/** An error as libp2p's users tell them apart: by name. */
export function named (name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}

/** Tell a source that nobody listens any more. What it says to that is nobody's business. */
async function leave (iterator: AsyncIterator<unknown> | Iterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    // It was being left because of an error, or was asked to stop: there is nobody to tell.
  }
}

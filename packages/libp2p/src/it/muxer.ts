/**
 * The muxer of libp2p 1 and 2: a duplex between a connection's source and sink, which pulls frames only as the connection takes them.
 *
 * @module
 */
import { createMachine } from '@muxado/core'
import type { Action, Machine } from '@muxado/core'
import pDefer from 'p-defer'
import type { DeferredPromise } from 'p-defer'
import type { Uint8ArrayList } from 'uint8arraylist'
import { HEARTBEAT, PROTOCOL } from '../options.ts'
import type { Settings } from '../options.ts'
import { Outbox } from '../outbox.ts'
import { Pulse } from '../pulse.ts'
import { race, timer } from '../race.ts'
import { ItStream, named } from './stream.ts'
import type { ItLogger, ItSource, ItStreamHost } from './stream.ts'

/** Milliseconds that `close` waits until everything has been pulled and the peer has said goodbye. */
const GOODBYE_MS = 500

/** What libp2p's upgrader, or you, pass. */
export interface ItMuxerInit {
  /** Which end this is; both must differ. Default `'outbound'`. */
  readonly direction?: 'inbound' | 'outbound'
  /** The peer opened a stream. */
  readonly onIncomingStream?: (stream: ItStream) => void
  /** A stream has ended in both directions. */
  readonly onStreamEnd?: (stream: ItStream) => void
  readonly log?: ItLogger
}

/** A muxer: `pipe(connection, muxer, connection)`. */
export class ItMuxer implements ItStreamHost {
  readonly protocol: string = PROTOCOL
  readonly machine: Machine
  readonly outbox: Outbox
  /** Frames for the connection, built as they are asked for. */
  source: AsyncGenerator<Uint8Array | Uint8ArrayList, void, unknown>
  /** Takes what the connection received. Rejects when the peer breaks the protocol, or when the connection fails. */
  sink: (source: ItSource) => Promise<void>

  readonly #streams = new Map<number, ItStream>()
  readonly #init: ItMuxerInit
  readonly #log: ItLogger
  readonly #maxOutbound: number
  readonly #pulse: Pulse
  readonly #goodbye: DeferredPromise<void> = pDefer()
  #state: 'open' | 'closing' | 'closed' = 'open'
  /** Whether the connection has begun to ask for frames. */
  #connection: 'none' | 'pulling' = 'none'
  #wanted: DeferredPromise<void> | undefined
  #flushed: DeferredPromise<void> | undefined
  #clock: number = performance.now()

  /** @param settings what `muxado` was given, filled in */
  constructor (settings: Settings, init: ItMuxerInit) {
    this.#init = init
    this.#log = init.log?.newScope('muxado') ?? silent
    this.#maxOutbound = settings.maxOutbound
    this.machine = createMachine({ ...settings.machine, role: init.direction === 'inbound' ? 'server' : 'client' })
    this.outbox = new Outbox(this.machine)
    this.source = this.#send()
    this.sink = async (source) => { await this.#receive(source) }
    this.#pulse = new Pulse(this, settings.heartbeat, (error) => { this.abort(error) })
  }

  /** Streams that are open. */
  get streams (): ItStream[] {
    return Array.from(this.#streams.values())
  }

  /** Milliseconds that the last heartbeat took there and back; undefined without heartbeat, and before the first answer. */
  get rtt (): number | undefined {
    return this.#pulse.rtt
  }

  /** Open a stream. The name is not sent. @throws MuxerClosedError, TooManyOutboundProtocolStreamsError, by name */
  newStream (_name?: string): ItStream {
    if (this.#state !== 'open') throw named('MuxerClosedError', 'The muxer is closed')
    const outbound = this.streams.filter(({ direction }) => direction === 'outbound').length
    if (outbound >= this.#maxOutbound) throw named('TooManyOutboundProtocolStreamsError', `${outbound} streams are open already`)
    return this.#add(this.machine.open(), 'outbound')
  }

  /**
   * Close all streams, then the muxer: its source ends after what is queued. While a connection pulls, this waits, for at most half a
   * second, until the peer has answered that it received everything.
   */
  async close (options?: { signal?: AbortSignal }): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closing'
    await race(Promise.all(this.streams.map(async (stream) => { await stream.close() })), options?.signal)
    this.machine.goAway('none')
    this.schedule()
    if (this.#connection === 'pulling') {
      const late = timer(GOODBYE_MS, () => {
        this.#goodbye.resolve()
        this.#flushed?.resolve()
      })
      await race(this.#exchangeGoodbyes(), options?.signal).finally(() => { clearTimeout(late) })
    }
    this.#end()
  }

  /** Reset all streams and end the source behind that. */
  abort (err: Error): void {
    if (this.#state === 'closed') return
    for (const stream of this.streams) stream.abort(err)
    this.machine.goAway('internal')
    this.#end()
  }

  schedule (): void {
    this.#wanted?.resolve()
  }

  consume (streamId: number, bytes: number): void {
    this.machine.consume(streamId, bytes)
    this.schedule()
  }

  finish (streamId: number): void {
    this.machine.finish(streamId)
    this.schedule()
  }

  ended (stream: ItStream): void {
    if (this.#streams.delete(stream.streamId)) this.#init.onStreamEnd?.(stream)
  }

  async #exchangeGoodbyes (): Promise<void> {
    if (this.outbox.wanted) {
      this.#flushed = pDefer()
      await this.#flushed.promise
    }
    await this.#goodbye.promise
  }

  #end (): void {
    this.#state = 'closed'
    this.#pulse.stop()
    this.#goodbye.resolve()
    this.schedule()
  }

  async * #send (): AsyncGenerator<Uint8Array | Uint8ArrayList, void, unknown> {
    this.#connection = 'pulling'
    try {
      for (;;) {
        if (this.outbox.wanted) {
          const frames = this.outbox.take()
          this.#carryOut(this.machine.poll())
          yield frames
          continue
        }
        this.#flushed?.resolve()
        if (this.#state === 'closed') return
        this.#wanted = pDefer()
        await this.#wanted.promise
      }
    } finally {
      this.#cut()
    }
  }

  async #receive (source: ItSource): Promise<void> {
    try {
      for await (const data of source) {
        const now = performance.now()
        this.machine.elapse(now - this.#clock)
        this.#clock = now
        this.#pulse.alive(now)
        this.#carryOut(data instanceof Uint8Array ? this.machine.receive(data) : this.machine.receive(...data))
        if (this.machine.wantsTransmit) this.schedule()
      }
    } finally {
      this.#cut()
    }
  }

  /** The connection is gone, in one direction and so in both: streams that were not complete fail. */
  #cut (): void {
    this.#end()
    for (const stream of this.streams) {
      stream.abort(named('ConnectionClosedError', 'The connection closed before the stream was complete'))
    }
  }

  #carryOut (actions: Action[]): void {
    for (const action of actions) {
      switch (action.type) {
        case 'accept':
          if (action.streamType === HEARTBEAT) this.#pulse.accept(action.streamId)
          else this.#init.onIncomingStream?.(this.#add(action.streamId, 'inbound'))
          break
        case 'deliver': {
          const stream = this.#streams.get(action.streamId)
          if (stream !== undefined) stream.receive(action.data)
          // Closed here in both directions: what still comes is dropped, and its sender not held up.
          else if (!this.#pulse.deliver(action.streamId, action.data)) this.consume(action.streamId, action.data.byteLength)
          break
        }
        case 'finish':
          if (!this.#pulse.end(action.streamId)) this.#streams.get(action.streamId)?.remoteCloseWrite()
          break
        case 'resume':
          this.#streams.get(action.streamId)?.resume()
          break
        case 'abort':
          if (this.#pulse.end(action.streamId)) break
          if (action.error.code.startsWith('PEER_')) this.#streams.get(action.streamId)?.abort(action.error)
          else this.#streams.get(action.streamId)?.reset()
          break
        case 'drain':
          // The peer opens no more streams and takes none; it waits to hear that all it sent has come.
          if (this.#state === 'open') {
            this.#state = 'closing'
            this.machine.goAway('none')
          }
          this.#goodbye.resolve()
          break
        case 'close':
          this.#end()
          if (action.error !== undefined) throw action.error
          break
        default:
          action satisfies never
      }
    }
  }

  #add (streamId: number, direction: 'inbound' | 'outbound'): ItStream {
    const stream = new ItStream(this, streamId, direction, this.#log.enabled ? this.#log.newScope(`${direction}:${streamId}`) : this.#log)
    this.#streams.set(streamId, stream)
    this.schedule()
    return stream
  }
}

/** For pipelines without libp2p, which have no logger. */
const silent: ItLogger = Object.assign(() => {}, { error: () => {}, trace: () => {}, enabled: false, newScope: (): ItLogger => silent })

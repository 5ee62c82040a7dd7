/**
 * The libp2p muxer: turns the machine's actions into streams and their events, and ends a connection so that nothing sent on it is lost.
 *
 * @module
 */
import { ConnectionClosedError, MuxerClosedError, StreamStateError, TooManyOutboundProtocolStreamsError } from '@libp2p/interface'
import type { AbortOptions, CounterGroup, CreateStreamOptions, Logger, MessageStream, MessageStreamDirection } from '@libp2p/interface'
import { AbstractStreamMuxer, MaxEarlyStreamsError } from '@libp2p/utils'
import { createMachine } from '@muxado/core'
import type { Action, MuxadoError } from '@muxado/core'
import pDefer from 'p-defer'
import type { DeferredPromise } from 'p-defer'
import type { Uint8ArrayList } from 'uint8arraylist'
import { IdleWatch } from './idle.ts'
import { Link } from './link.ts'
import { HEARTBEAT, PROTOCOL, WINDOW } from './options.ts'
import type { Settings } from './options.ts'
import { Pulse } from './pulse.ts'
import { race, timer } from './race.ts'
import { MuxadoStream } from './stream.ts'
import type { MuxadoStreamInit, StreamHost } from './stream.ts'

/**
 * Milliseconds that `close` waits for the peer's goodbye, which says that it has received everything. Half of what libp2p gives a connection to
 * close.
 */
const GOODBYE_MS = 500

/**
 * Milliseconds without any progress after which `close` gives up on streams whose peer reads nothing: they are reset, so that nobody takes what
 * arrived for all of it. As long as libp2p gives a connection to close.
 */
const STALL_MS = 1_000

/** A muxer over one libp2p connection. */
export class MuxadoMuxer extends AbstractStreamMuxer<MuxadoStream> implements StreamHost {
  readonly link: Link
  #byId = new Map<number, MuxadoStream>()
  /** Streams that were added to `#byId`, which is made anew from time to time: V8 keeps what went through an old Map (`add` in core's end.ts says why). */
  #added = 0
  readonly #idle = new IdleWatch()
  readonly #pulse: Pulse
  readonly #maxOutbound: number
  readonly #maxMessageSize: number | undefined
  /** One log for all streams while nobody looks: making one a stream costs more than the stream. */
  readonly #streamLog: Logger
  readonly #goodbye: DeferredPromise<void> = pDefer()
  #outbound = 0
  #clock: number = performance.now()
  #closing: Promise<void> | undefined

  /** @param settings what `muxado` was given, filled in */
  constructor (maConn: MessageStream, settings: Settings, metrics?: CounterGroup) {
    super(maConn, { ...settings.muxer, protocol: PROTOCOL, name: 'muxado', ...metrics === undefined ? undefined : { metrics } })
    const { log } = this
    const machine = createMachine({
      ...settings.machine,
      role: maConn.direction === 'outbound' ? 'client' : 'server',
      ...log.enabled ? { trace: (frame) => { log.trace('%s %s stream %d, %d bytes', frame.direction, frame.type, frame.streamId, frame.length) } } : undefined
    })
    this.link = new Link(machine, maConn, (actions) => { this.#carryOut(actions) })
    this.#streamLog = log.newScope('stream')
    this.#maxOutbound = settings.maxOutbound
    this.#maxMessageSize = settings.muxer.maxMessageSize
    maConn.addEventListener('drain', () => { this.link.drain() })
    // The base class drops the reason why the connection closed, and with it the difference between an end and a cut.
    maConn.addEventListener('close', ({ error }) => {
      this.#ended(error ?? new ConnectionClosedError('The connection closed before the stream was complete'))
    })
    this.#pulse = new Pulse(this.link, settings.heartbeat, (error) => {
      this.abort(error)
      this.maConn.abort(error)
    })
  }

  /** Milliseconds that the last heartbeat took there and back; undefined without heartbeat, and before the first answer. */
  get rtt (): number | undefined {
    return this.#pulse.rtt
  }

  override onData (data: Uint8Array | Uint8ArrayList): void {
    const now = performance.now()
    const { machine } = this.link
    machine.elapse(now - this.#clock)
    this.#clock = now
    this.#pulse.alive(now)
    this.#carryOut(data instanceof Uint8Array ? machine.receive(data) : machine.receive(...data))
    if (machine.wantsTransmit) this.link.schedule()
  }

  override onCreateStream ({ signal, protocol: _, ...options }: CreateStreamOptions): MuxadoStream {
    signal?.throwIfAborted()
    if (this.#outbound >= this.#maxOutbound) throw new TooManyOutboundProtocolStreamsError(`${this.#outbound} streams are open already`)
    let streamId: number
    try {
      streamId = this.link.machine.open()
    } catch (cause) {
      throw Object.assign(new MuxerClosedError('No more streams on this connection'), { cause })
    }
    this.#outbound++
    // The peer must see the stream before anything is written on it.
    this.link.schedule()
    return this.#stream(streamId, 'outbound', options)
  }

  // The base class wakes every stream when the connection drains, also those without credit; the link wakes those that can send. And it
  // reports a cut connection as a clean end: see the 'close' listener in the constructor.
  override onTransportClosed (): void {}

  /**
   * No new streams; close all streams, say goodbye and wait, for at most half a second, until the peer has answered that it received
   * everything: a connection that is closed earlier may take with it what is still on its way.
   */
  override async close (options?: AbortOptions): Promise<void> {
    if (this.status === 'closed') return
    this.status = 'closing'
    this.#closing ??= this.#close(options?.signal)
    await race(this.#closing, options?.signal)
  }

  override abort (err: Error): void {
    if (this.status === 'closed') return
    super.abort(err)
    this.#pulse.stop()
    this.link.machine.goAway('internal')
    this.link.flush()
    this.#goodbye.resolve()
  }

  touch (stream: MuxadoStream): void {
    this.#idle.touch(stream)
  }

  forget (stream: MuxadoStream): void {
    if (!this.#byId.delete(stream.streamId)) return
    this.#idle.delete(stream)
    if (stream.direction === 'outbound') this.#outbound--
  }

  async #close (signal?: AbortSignal): Promise<void> {
    const stalled = this.#resetStalled()
    try {
      // One listener on the signal, however many streams there are. A stream that fails meanwhile does not keep the others from closing.
      await race(Promise.all(this.streams.map(async (stream) => {
        await stream.close().catch((err: Error) => { this.log('stream %s did not close cleanly - %e', stream.id, err) })
      })), signal)
      this.#pulse.stop()
      const { link } = this
      if (link.state !== 'gone') {
        link.machine.goAway('none')
        await race(link.flushed(), signal)
        const late = timer(GOODBYE_MS, () => { this.#goodbye.resolve() })
        await race(this.#goodbye.promise, signal).finally(() => { clearTimeout(late) })
      }
      this.status = 'closed'
    } catch (err) {
      this.#closing = undefined
      throw err
    } finally {
      clearInterval(stalled)
    }
  }

  #resetStalled (): ReturnType<typeof setInterval> {
    const unsent = (): number => this.streams.reduce((sum, stream) => sum + stream.writeBufferLength, 0)
    let before = -1
    return setInterval(() => {
      const now = unsent()
      if (now === before && this.link.state === 'ready') {
        for (const stream of Array.from(this.streams)) {
          if (stream.writeBufferLength > 0) stream.abort(new StreamStateError('The peer does not read what it was sent'))
        }
      }
      before = now
    }, STALL_MS)
  }

  #carryOut (actions: Action[]): void {
    let current: MuxadoStream | undefined
    for (const action of actions) {
      if (action.type === 'deliver') {
        const stream = this.#byId.get(action.streamId)
        // What one chunk brings for a stream reaches the application in one piece.
        if (stream !== current) current?.dispatchReadBuffer()
        current = stream
        if (stream !== undefined) {
          this.#idle.touch(stream)
          stream.receive(action.data)
        } else {
          // Neither ours nor the heartbeat's: it died here since this chunk began, and the machine knows.
          this.#pulse.deliver(action.streamId, action.data)
        }
        continue
      }
      current?.dispatchReadBuffer()
      current = undefined
      this.#act(action)
    }
    current?.dispatchReadBuffer()
  }

  #act (action: Exclude<Action, { type: 'deliver' }>): void {
    switch (action.type) {
      case 'accept':
        if (action.streamType === HEARTBEAT) this.#pulse.accept(action.streamId)
        else this.#accept(action.streamId)
        break
      case 'finish':
        if (!this.#pulse.end(action.streamId)) this.#byId.get(action.streamId)?.onRemoteCloseWrite()
        break
      case 'resume':
        this.#byId.get(action.streamId)?.pump()
        break
      case 'abort':
        if (!this.#pulse.end(action.streamId)) this.#fail(action.streamId, action.error)
        break
      case 'drain':
        this.#goAway()
        break
      case 'close':
        // Tell the peer why; whoever called ends the connection.
        this.link.flush()
        if (action.error !== undefined) throw action.error
        break
      default:
        action satisfies never
    }
  }

  #accept (streamId: number): void {
    const stream = this.#stream(streamId, 'inbound', this.streamOptions ?? {})
    this.onRemoteStream(stream)
    // The base class aborts the muxer and leaves a connection behind that says it is open and serves nothing. What is thrown ends it.
    if (this.earlyStreams.length > this.maxEarlyStreams) {
      throw new MaxEarlyStreamsError(`Too many streams were opened before anybody listened for them - ${this.earlyStreams.length}/${this.maxEarlyStreams}`)
    }
  }

  #fail (streamId: number, error: MuxadoError): void {
    const stream = this.#byId.get(streamId)
    if (error.code.startsWith('PEER_')) stream?.abort(error)
    else stream?.onRemoteReset()
  }

  /** The peer opens no more streams and takes none. It has received everything that was sent before it could know; it waits to hear so. */
  #goAway (): void {
    if (this.status === 'open') {
      this.status = 'closing'
      this.link.machine.goAway('none')
      this.link.schedule()
    }
    this.#goodbye.resolve()
  }

  #ended (error: Error): void {
    this.#pulse.stop()
    this.link.end()
    this.status = 'closed'
    for (const stream of Array.from(this.streams)) stream.onTransportClosed(error)
    this.#goodbye.resolve()
  }

  #stream (streamId: number, direction: MessageStreamDirection, options: CreateStreamOptions): MuxadoStream {
    const { log } = this
    const { inactivityTimeout, maxReadBufferLength = WINDOW, maxWriteBufferLength } = options
    const init: MuxadoStreamInit = {
      host: this,
      streamId,
      id: `${streamId}`,
      direction,
      log: log.enabled ? log.newScope(`${direction}:${streamId}`) : this.#streamLog,
      maxReadBufferLength: Math.max(WINDOW, maxReadBufferLength)
    }
    if (inactivityTimeout !== undefined) init.inactivityTimeout = inactivityTimeout
    if (maxWriteBufferLength !== undefined) init.maxWriteBufferLength = maxWriteBufferLength
    if (this.#maxMessageSize !== undefined) init.maxMessageSize = this.#maxMessageSize
    const stream = new MuxadoStream(init)
    if (++this.#added > 2 * this.#byId.size + 64) {
      this.#added = 0
      this.#byId = new Map(this.#byId)
    }
    this.#byId.set(streamId, stream)
    // Enforced where somebody asked for it: no other muxer enforces the default, and protocols rely on quiet streams staying open.
    if (inactivityTimeout !== undefined) this.#idle.add(stream)
    return stream
  }
}

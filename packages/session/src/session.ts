/**
 * One end of a multiplexed connection: carries out what the machine says, hands out streams, and sees to it that everything settles when it
 * ends. Knows no runtime and no frame.
 *
 * @module
 */
import { createMachine, MuxadoError, type Action, type Machine, type OpenOptions, type Reason } from '@muxado/core'
import pDefer from 'p-defer'
import { Backlog } from './accept.ts'
import { systemClock, type Clock } from './clock.ts'
import { asError, asMuxadoError, closedBy } from './errors.ts'
import { EMPTY } from './inbox.ts'
import { settle, type Settings } from './options.ts'
import { Pump, type PumpHost } from './pump.ts'
import type { Host, Reading } from './reading.ts'
import { MuxadoStream } from './stream.ts'
import type { CloseOptions, SessionEnd, SessionOptions, SessionStats, Stream, Transport, WaitOptions } from './types.ts'
import { onAbort } from './wait.ts'

/** What a GOAWAY says. */
interface Farewell {
  readonly reason: Reason
  readonly debug: Uint8Array
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Implements `Session`; what the interface does not name is for this package. */
export class MuxadoSession implements Host, PumpHost {
  declare readonly role: 'client' | 'server'
  declare readonly machine: Machine
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #settings: Settings
  readonly #pump: Pump
  #streams: Map<number, MuxadoStream> = new Map()
  /** Streams that were added to this Map, which is made anew from time to time: V8 keeps what went through an old one (core's `add` says why). */
  #added = 0
  /** Streams that wait to be accepted: the application's, and those of each extension by its type. */
  readonly #incoming: Backlog
  readonly #extensions: Map<number, Backlog> = new Map()
  /** `draining`: streams may end by themselves. `closing`: what is queued may leave. `ended`: the machine is closed and everything settled. */
  #phase: 'open' | 'draining' | 'closing' | 'ended' = 'open'
  /** Set by whoever ends the session from this end, before the machine is told. */
  #verdict: { readonly local: boolean, readonly error?: MuxadoError } | undefined
  /** What either end has said in its last GOAWAY. */
  #said: Farewell | undefined
  #heard: Farewell | undefined
  #error: MuxadoError | undefined
  readonly #running: Promise<void>
  /** The last of the application's streams has ended while draining, or the session has. */
  readonly #drained = pDefer<void>()
  /** Whoever closes has lost patience. */
  readonly #hurry = pDefer<void>()
  readonly #closed = pDefer<SessionEnd>()
  /** Open streams that are the application's, not an extension's. */
  #inUse = 0
  #opened = 0
  #accepted = 0
  /** Waits for more of what came for it. */
  #served: Reading | undefined

  constructor (transport: Transport, options: SessionOptions, clock: Clock = systemClock) {
    const settings = settle(options, clock)
    const { acceptBacklog, extensions } = settings
    this.role = options.role
    this.#transport = transport
    this.#clock = clock
    this.#settings = settings
    this.#incoming = new Backlog(acceptBacklog)
    this.machine = createMachine({ ...options, extensions: extensions.map(({ type }) => type) })
    this.#pump = new Pump(this.machine, transport, this, clock)
    for (const { type } of extensions) this.#extensions.set(type, new Backlog(acceptBacklog))
    for (const extension of extensions) extension.start(this, (wait) => this.#take(this.#backlogOf(extension), wait))
    this.#running = this.#pump.run()
  }

  get state (): 'open' | 'draining' | 'closed' {
    const { state } = this.machine
    return this.#phase === 'open' || state === 'closed' ? state : 'draining'
  }

  get localAddress (): string | undefined {
    return this.#transport.localAddress
  }

  get remoteAddress (): string | undefined {
    return this.#transport.remoteAddress
  }

  get rtt (): number | undefined {
    return this.#settings.pulse?.rtt
  }

  get closed (): Promise<SessionEnd> {
    return this.#closed.promise
  }

  open (options: OpenOptions = {}): Stream {
    if (this.#phase !== 'open') throw closedBy(this.#error)
    const id = this.machine.open(options)
    const stream = this.#add(id, options.type ?? 0, options.priority ?? 0, options.finish === true ? 'finished' : 'open')
    this.#opened++
    this.wake()
    return stream
  }

  accept (options?: WaitOptions): Promise<Stream> {
    return this.#take(this.#incoming, options)
  }

  [Symbol.asyncIterator] (): AsyncIterator<Stream, undefined> {
    return { next: () => this.#incoming.next() }
  }

  goAway (reason: Reason = 'none', debug: Uint8Array | string = EMPTY): void {
    this.#said = { reason, debug: typeof debug === 'string' ? encode(debug) : debug }
    this.machine.goAway(reason, this.#said.debug)
    this.wake()
  }

  async close (options: CloseOptions = {}): Promise<void> {
    const { drain, signal } = options
    if (signal?.aborted) this.#hurry.resolve()
    const off = signal && onAbort(signal, this.#hurry.resolve)
    if (drain && this.#phase === 'open') {
      this.#phase = 'draining'
      if (!this.#said) this.goAway()
      this.#lookDrained()
    }
    if (drain) await Promise.race([this.#drained.promise, this.#hurry.promise])
    if (this.#phase === 'open' || this.#phase === 'draining') {
      this.#phase = 'closing'
      await this.#within(this.#settings.lingerMs, this.#pump.drained(), this.#hurry.promise)
      this.#die({ local: true }, 'none', '')
    }
    await this.closed
    off?.()
  }

  abort (error: Error = new MuxadoError('SESSION_CLOSED', 'the session was aborted')): void {
    if (this.#phase === 'ended') return this.#hurry.resolve()
    const why = asMuxadoError(error, 'SESSION_CLOSED')
    // The text of a stranger's error is not for the peer to read
    this.#die({ local: true, error: why }, why.reason ?? 'internal', why === error ? why.message : '')
  }

  stats (): SessionStats {
    const { bytesReceived, bytesSent } = this.#pump
    return {
      streams: this.#streams.size,
      opened: this.#opened,
      accepted: this.#accepted,
      bytesReceived,
      bytesSent,
      queued: this.machine.queued
    }
  }

  [Symbol.asyncDispose] (): Promise<void> {
    return this.close()
  }

  async #take (backlog: Backlog, options?: WaitOptions): Promise<Stream> {
    const stream = await backlog.take(options)
    if (!stream) throw this.#error ?? closedBy()
    return stream
  }

  // Streams

  #backlogOf (stream: { readonly type: number }): Backlog {
    return this.#extensions.get(stream.type) ?? this.#incoming
  }

  #add (id: number, type: number, priority: number, writing: 'open' | 'finished'): MuxadoStream {
    const stream = new MuxadoStream(this, id, type, priority, writing)
    if (++this.#added > 2 * this.#streams.size + 64) {
      this.#streams = new Map(this.#streams)
      this.#added = 0
    }
    this.#streams.set(id, stream)
    if (!this.#extensions.has(type)) this.#inUse++
    return stream
  }

  wake (): void {
    this.#pump.wake()
  }

  serve (stream: Reading): void {
    if (this.#served !== stream) this.#served?.serve()
    this.#served = stream
  }

  alive (now: number): void {
    this.#settings.pulse?.alive(now)
  }

  forget (stream: MuxadoStream): void {
    if (!this.#streams.delete(stream.id)) return
    if (!this.#extensions.has(stream.type)) this.#inUse--
    this.#backlogOf(stream).dismiss(stream)
    this.#lookDrained()
  }

  #lookDrained (): void {
    if (this.#phase === 'draining' && this.#inUse === 0) this.#drained.resolve()
  }

  #offer (id: number, type: number, priority: number): void {
    const stream = this.#add(id, type, priority, 'open')
    const backlog = this.#backlogOf(stream)
    // The actions of one chunk go on even when a callback in their middle ends the session
    if (this.#phase !== 'open') stream.reset('refused')
    else if (!backlog.offer(stream)) stream.reset('acceptQueueFull')
    else if (this.#incoming === backlog) this.#accepted++
  }

  perform (actions: Action[]): void {
    for (const action of actions) {
      switch (action.type) {
        case 'deliver':
          this.#streams.get(action.streamId)?.deliver(action.data)
          break
        case 'accept':
          this.#offer(action.streamId, action.streamType, action.priority)
          break
        case 'finish':
          this.#streams.get(action.streamId)?.finish()
          break
        case 'resume':
          this.#streams.get(action.streamId)?.resume()
          break
        case 'abort':
          this.#streams.get(action.streamId)?.fail(this.#verdict?.error ?? action.error)
          break
        case 'drain':
          this.#heard = { reason: action.error.reason ?? 'none', debug: action.debug }
          break
        case 'close':
          void this.#ended(action.error)
          break
        default:
          action satisfies never
      }
    }
    this.#served?.serve()
    this.#served = undefined
  }

  // Ending

  /** End the machine from this side. One that has ended does nothing, here and in `goAway` and `broke`. */
  #die (verdict: { readonly local: boolean, readonly error?: MuxadoError }, reason: Reason, text: string): void {
    this.#verdict = verdict
    const debug = encode(text)
    if (verdict.error) this.#said = { reason, debug }
    this.perform(this.machine.close(reason, debug))
  }

  /** The transport failed, which is nobody's fault once the peer has said goodbye and nothing is under way. */
  broke (cause: unknown): void {
    if (this.#heard && this.#inUse === 0) this.perform(this.machine.receiveEnd())
    else this.#die({ local: false, error: new MuxadoError('SESSION_TRANSPORT', `the connection failed: ${asError(cause).message}`, { cause }) }, 'internal', '')
  }

  /** The machine is closed: settle everything, then let the transport take the GOAWAY and the peer hang up. */
  async #ended (error: MuxadoError | undefined): Promise<void> {
    this.#phase = 'ended'
    const verdict = this.#verdict
    const { local, error: cause = error } = verdict ?? { local: error !== undefined && error.code !== 'PEER_EOF' }
    this.#error = cause
    for (const stream of this.#streams.values()) stream.fail(cause ?? closedBy())
    for (const backlog of [this.#incoming, ...this.#extensions.values()]) backlog.end()
    this.#drained.resolve()
    // What the machine itself finds wrong, it tells the peer
    if (!verdict && error) this.#said = { reason: error.reason ?? 'none', debug: encode(error.message) }
    const { reason = 'none', debug = EMPTY } = (local ? this.#said : this.#heard ?? this.#said) ?? {}
    this.#pump.wakeNow()
    // Even in a hurry the GOAWAY gets the rest of this turn
    await this.#within(0, this.#running)
    if (!verdict?.error) await this.#within(this.#settings.lingerMs, this.#running, this.#hurry.promise)
    // Settled first: whatever a transport does in its `abort`, nobody waits for it
    this.#closed.resolve({ ...this.#error && { error: this.#error }, reason, debug, local })
    this.#transport.abort(this.#error)
  }

  /** Wait for the first of `events`, but not longer than `ms`. */
  async #within (ms: number, ...events: Array<Promise<void>>): Promise<void> {
    const timeout = pDefer<void>()
    const cancel = this.#clock.after(ms, timeout.resolve)
    await Promise.race([...events, timeout.promise])
    cancel()
  }
}

/**
 * The machine: one end of a session, bytes in and actions out, commands in and bytes out. Wires the two directions together and answers
 * commands; the rules for the peer's frames are in `inbound.ts`, the order of sending in `outbound.ts`.
 *
 * @module
 */
import { End } from './end.ts'
import { MuxadoError } from './errors.ts'
import type { Reason } from './errors.ts'
import { SEND } from './half.ts'
import { Inbound } from './inbound.ts'
import { checkInteger, RESERVED, settle } from './options.ts'
import { Parser } from './parser.ts'
import { StreamRecord } from './stream.ts'
import type { Action, Machine, MachineOptions, OpenOptions, Snapshot, StreamSnapshot } from './types.ts'
import { MAX_31 } from './wire/codec.ts'

const EMPTY = new Uint8Array(0)

/**
 * Make one end of a session.
 * @throws {MuxadoError} API_ARGUMENT for an option out of its range
 */
export function createMachine (options: MachineOptions): Machine {
  return new SessionMachine(options)
}

class SessionMachine implements Machine {
  readonly #end: End
  readonly #inbound: Inbound
  readonly #parser: Parser

  constructor (options: MachineOptions) {
    const settings = settle(options)
    this.#end = new End(settings)
    this.#inbound = new Inbound(this.#end)
    this.#parser = new Parser(settings.codec, this.#inbound, settings.maxDebug)
    this.#end.onEnd = () => { this.#parser.stop() }
  }

  get state (): Machine['state'] {
    if (this.#end.ending !== undefined) return 'closed'
    return this.#end.goneAway === 'none' ? 'open' : 'draining'
  }

  get wantsTransmit (): boolean {
    return this.#end.outbound.wantsTransmit
  }

  get queued (): number {
    return this.#end.outbound.queued
  }

  receive (chunk: Uint8Array): Action[] {
    this.#end.actions = this.poll()
    this.#parser.parse(chunk)
    this.#inbound.endChunk(chunk.byteLength)
    return this.#end.takeActions()
  }

  receiveEnd (): Action[] {
    this.#end.actions = this.poll()
    const { registry } = this.#end
    if (this.#end.ending !== undefined) return this.#end.takeActions()
    if (this.#parser.midFrame) this.#end.die('PEER_EOF', 'peerEof', 'the connection ended inside a frame')
    else if (registry.application > 0) this.#end.die('PEER_EOF', 'peerEof', `the connection ended with ${registry.application} open streams`)
    else this.#end.end('none', EMPTY, undefined)
    return this.#end.takeActions()
  }

  transmit (limit?: number): Uint8Array[] {
    return this.#end.outbound.transmit(limit)
  }

  poll (): Action[] {
    const { actions, outbound, registry } = this.#end
    if (actions.length === 0 && outbound.due.length === 0) return []
    // A stream may have died since its resume came due.
    const resumes = outbound.due.filter(({ streamId }) => registry.streams.has(streamId))
    outbound.due = []
    this.#end.actions = []
    return [...resumes, ...actions]
  }

  open (options: OpenOptions = {}): number {
    const { registry, settings, outbound, ending } = this.#end
    const { priority = 0, type = 0, finish = false } = options
    checkInteger('priority', priority, 0, MAX_31)
    checkInteger('type', type, 0, 0xffffffff)
    if (type !== 0 && !settings.hasTypes) throw new MuxadoError('API_ARGUMENT', `type is ${type}, but this session has untyped streams: see MachineOptions.typed`)
    if (type >= RESERVED && !settings.extensions.has(type)) {
      throw new MuxadoError('API_ARGUMENT', `type ${type} is reserved for extensions, and none is registered for it: use a type below ${RESERVED}`)
    }
    if (ending !== undefined) throw this.#end.error('SESSION_CLOSED', 'the session is closed: open the stream on another', 'sessionClosed', undefined, true)
    if (this.#end.goneAway === 'peer' || this.#end.goneAway === 'both') {
      throw this.#end.error('SESSION_GONE_AWAY', 'the peer is going away: open the stream on another session', 'remoteGoneAway', undefined, true)
    }
    if (registry.exhausted) {
      throw this.#end.error('SESSION_IDS_EXHAUSTED', 'all stream ids are used: open the stream on another session', 'streamsExhausted', undefined, true)
    }
    const stream = new StreamRecord(registry.nextId, true, type, priority, settings.window, 0)
    registry.nextId += 2
    registry.add(stream)
    outbound.open(stream)
    if (finish) this.finish(stream.id)
    return stream.id
  }

  send (streamId: number, data: Uint8Array): number {
    const stream = this.#end.registry.streams.get(streamId)
    if (stream === undefined) return 0
    if (SEND[stream.send].send === undefined) {
      throw new MuxadoError('API_SEND_AFTER_FINISH', `stream ${streamId} was finished: nothing can be sent on it`, { streamId })
    }
    return this.#end.outbound.send(stream, data)
  }

  finish (streamId: number): void {
    const stream = this.#end.registry.streams.get(streamId)
    if (stream === undefined) return
    stream.send = SEND[stream.send].finish ?? stream.send
    this.#end.outbound.wake(stream)
  }

  reset (streamId: number, reason: Reason = 'cancel'): void {
    const stream = this.#end.registry.streams.get(streamId)
    if (stream !== undefined) this.#end.kill(stream, checkReason(reason))
  }

  consume (streamId: number, bytes: number): void {
    const stream = this.#end.registry.streams.get(streamId)
    if (stream === undefined) return
    checkInteger('bytes', bytes, 0, stream.unread)
    this.#inbound.credit(stream, bytes)
  }

  setPriority (streamId: number, priority: number): void {
    checkInteger('priority', priority, 0, MAX_31)
    const stream = this.#end.registry.streams.get(streamId)
    if (stream !== undefined) this.#end.outbound.reprioritise(stream, priority)
  }

  goAway (reason: Reason = 'none', debug: Uint8Array = EMPTY): void {
    const end = this.#end
    if (end.ending !== undefined) return
    end.goneAway = end.goneAway === 'none' || end.goneAway === 'local' ? 'local' : 'both'
    end.outbound.goAway(end.goAwayFrame(checkReason(reason), debug, false))
  }

  close (reason: Reason = 'none', debug: Uint8Array = EMPTY): Action[] {
    const end = this.#end
    if (end.ending !== undefined) return []
    end.actions = this.poll()
    const error = checkReason(reason) === 'none' || reason === 0
      ? undefined
      : end.error('SESSION_CLOSED', `the session was closed (${reason})`, reason)
    end.end(reason, debug, error)
    return end.takeActions()
  }

  elapse (ms: number): void {
    if (!(ms > 0)) return
    this.#end.resets.elapse(ms)
    this.#inbound.elapse(ms)
  }

  snapshot (): Snapshot {
    const { settings, registry, outbound, resets, useless, goneAway } = this.#end
    return {
      role: settings.role,
      wire: settings.codec.wire,
      state: this.state,
      nextId: registry.nextId,
      lastPeerId: registry.lastPeerId,
      goneAway,
      streams: Array.from(registry.streams.values(), snapshotStream),
      forgotten: registry.forgotten,
      control: outbound.control,
      partial: this.#parser.partial,
      budgets: { resets: resets.left, useless: useless.count }
    }
  }
}

function checkReason (reason: Reason): Reason {
  return typeof reason === 'number' ? checkInteger('reason', reason, 0, 0xffffffff) : reason
}

function snapshotStream (stream: StreamRecord): StreamSnapshot {
  const { id, type, priority, send, receive, opening, queue, credit, queued, short, window, available, unread, consumed, granting, limited } = stream
  return {
    id, type, priority, send, receive, opening, queue, credit: credit - queued, short, window, available, unread, consumed, granting, limited
  }
}

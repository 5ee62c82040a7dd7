/**
 * The machine: one end of a session, bytes in and actions out, commands in and bytes out. Wires the two directions together and answers
 * commands; the rules for the peer's frames are in `inbound.ts`, the order of sending in `outbound.ts`.
 *
 * @module
 */
import { add, close, die, End, failure, goAway, kill } from './end.ts'
import { MuxadoError } from './errors.ts'
import type { ErrorCode, Reason, ReasonName } from './errors.ts'
import { SEND } from './half.ts'
import { endChunk, expire, giveCredit } from './inbound.ts'
import { checkInteger, RESERVED, settle } from './options.ts'
import { announce, queue, queueFin, reprioritise, resumeStalled, transmit } from './outbound.ts'
import { Parser } from './parser.ts'
import { StreamRecord } from './stream.ts'
import type { Action, Machine, MachineOptions, OpenOptions, Snapshot } from './types.ts'
import { EMPTY, MAX_31, MAX_32, NAMES } from './wire/codec.ts'

/**
 * Make one end of a session.
 * @throws {MuxadoError} API_ARGUMENT for an option out of its range
 */
export function createMachine (options: MachineOptions): Machine {
  return new SessionMachine(options)
}

class SessionMachine implements Machine {
  readonly #end: End
  readonly #parser: Parser

  constructor (options: MachineOptions) {
    this.#end = new End(settle(options))
    this.#parser = new Parser(this.#end)
  }

  get state (): Machine['state'] {
    const { ending, said, heard } = this.#end
    if (ending) return 'closed'
    return said ?? heard ? 'draining' : 'open'
  }

  get wantsTransmit (): boolean {
    return this.#end.control.size > 0 || !this.#end.scheduler.idle
  }

  get queued (): number {
    return this.#end.queued
  }

  receive (...chunks: Uint8Array[]): Action[] {
    let bytes = 0
    for (const chunk of chunks) {
      this.#parser.parse(chunk)
      bytes += chunk.length
    }
    endChunk(this.#end, bytes)
    return this.poll()
  }

  receiveEnd (): Action[] {
    const end = this.#end
    const { application, heard } = end
    if (application === 0 && (heard ?? !this.#parser.midFrame)) close(end, 'none', EMPTY)
    else die(end, 'peerEof', `the connection ended, ${application} streams open`)
    return this.poll()
  }

  transmit (limit?: number): Uint8Array[] {
    return transmit(this.#end, limit)
  }

  poll (): Action[] {
    const end = this.#end
    resumeStalled(end)
    const { actions } = end
    end.actions = []
    return actions
  }

  open (options: OpenOptions = {}): number {
    const end = this.#end
    const { settings } = end
    const { priority = 0, type = 0, finish = false } = options
    checkInteger('priority', priority, 0, MAX_31)
    // Only 0 where streams carry no type; of the reserved range only what the host handles.
    const untyped = settings.codec.wire === 2 && !settings.typeInBand
    checkInteger('type', type, 0, untyped ? 0 : settings.extensions.has(type) ? MAX_32 : RESERVED - 1)
    if (end.ending) throw this.#cannotOpen('SESSION_CLOSED', 'sessionClosed')
    if (end.heard) throw this.#cannotOpen('SESSION_GONE_AWAY', 'remoteGoneAway')
    if (end.nextId > MAX_31) throw this.#cannotOpen('SESSION_IDS_EXHAUSTED', 'streamsExhausted')
    const stream = new StreamRecord(end.nextId, true, type, priority, settings.window, 0)
    end.nextId += 2
    add(end, stream)
    announce(end, stream)
    if (finish) this.finish(stream.id)
    return stream.id
  }

  send (streamId: number, data: Uint8Array): number {
    const stream = this.#stream(streamId)
    if (!stream) return 0
    if (!SEND[stream.send].send) {
      throw new MuxadoError('API_SEND_AFTER_FINISH', 'the stream is half-closed', { streamId })
    }
    return queue(this.#end, stream, data)
  }

  finish (streamId: number): void {
    const stream = this.#stream(streamId)
    if (!stream) return
    stream.send = SEND[stream.send].finish
    queueFin(this.#end, stream)
  }

  reset (streamId: number, reason: Reason = 'cancel'): void {
    checkReason(reason)
    const stream = this.#stream(streamId)
    if (stream) kill(this.#end, stream, reason)
  }

  consume (streamId: number, bytes: number): void {
    const stream = this.#stream(streamId)
    if (stream) giveCredit(this.#end, stream, checkInteger('bytes', bytes, 0, stream.unread))
  }

  setPriority (streamId: number, priority: number): void {
    checkInteger('priority', priority, 0, MAX_31)
    const stream = this.#stream(streamId)
    if (stream && stream.priority !== priority) reprioritise(this.#end, stream, priority)
  }

  goAway (reason: Reason = 'none', debug: Uint8Array = EMPTY): void {
    checkReason(reason)
    if (!this.#end.ending) goAway(this.#end, reason, debug, false)
  }

  close (reason: Reason = 'none', debug: Uint8Array = EMPTY): Action[] {
    checkReason(reason)
    close(this.#end, reason, debug)
    return this.poll()
  }

  elapse (ms: number): void {
    const end = this.#end
    if (!(ms > 0)) return
    end.clock += ms
    end.resetsLeft = Math.min(end.settings.resetBurst, end.resetsLeft + ms * end.settings.resetsPerSecond / 1000)
    expire(end)
  }

  snapshot (): Snapshot {
    const end = this.#end
    const { nextId, lastPeerId, forgotten, said, heard, cautious } = end
    return {
      role: end.settings.role,
      wire: end.settings.codec.wire,
      state: this.state,
      nextId,
      lastPeerId,
      goneAway: said ? heard ? 'both' : 'local' : heard ? 'peer' : 'none',
      streams: Array.from(end.streams.values(), stream => stream.snapshot()),
      forgotten: Array.from(forgotten),
      cautious,
      control: Array.from(end.control, item => item instanceof StreamRecord ? item.id : item),
      partial: this.#parser.partial,
      budgets: { resets: end.resetsLeft, useless: end.useless }
    }
  }

  #cannotOpen (code: ErrorCode, reason: ReasonName): MuxadoError {
    return failure(this.#end, code, 'no more streams', reason, undefined, true)
  }

  #stream (streamId: number): StreamRecord | undefined {
    return this.#end.streams.get(streamId)
  }
}

function checkReason (reason: Reason): void {
  if (!NAMES.includes(reason)) checkInteger('reason', Number(reason), 0, MAX_32)
}

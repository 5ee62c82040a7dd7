/**
 * What each frame from the peer means: rules, faults, and the actions they turn into (spec 4 to 8). Parses nothing.
 *
 * @module
 */
import { atLimit, charge, consume } from './credit.ts'
import type { End } from './end.ts'
import type { ErrorCode, MuxadoError, Reason } from './errors.ts'
import { RECEIVE } from './half.ts'
import { RESERVED } from './options.ts'
import type { FrameHandler } from './parser.ts'
import { StreamRecord } from './stream.ts'
import type { TraceFrame } from './types.ts'
import { byteAt, MAX_31, reasonOf } from './wire/codec.ts'
import type { Header } from './wire/codec.ts'

const EMPTY = new Uint8Array(0)

/** The receiving side of one end. */
export class Inbound implements FrameHandler {
  readonly #end: End
  /** Whose body is coming. */
  #current: StreamRecord | undefined
  /** Streams whose bytes ended where their credit ended, to be looked at when the chunk is done. */
  #limited: StreamRecord[] = []
  /** Streams that have not said their type, with the time they came, oldest first. */
  #typeless: Array<{ readonly stream: StreamRecord, readonly since: number }> = []
  #clock = 0
  /** Where in `end.actions` a GOAWAY was reported whose debug text may still come. */
  #drainAt = -1

  constructor (end: End) {
    this.#end = end
  }

  /** The chunk is done: `bytes` came. Windows that held the peer up are marked (spec 5.4). */
  endChunk (bytes: number): void {
    this.#drainAt = -1
    if (this.#limited.length === 0) return
    for (const stream of this.#limited) {
      // What this chunk brought nobody can have read yet; what was unread before it says that the reader is slow.
      if (atLimit(stream) && stream.unread - bytes <= stream.window >>> 3) stream.limited = true
    }
    this.#limited = []
  }

  /** Time has passed: streams that never said their type go (spec 9.2). */
  elapse (ms: number): void {
    this.#clock += ms
    const { typeTimeoutMs } = this.#end.settings
    let expired = 0
    for (const { stream, since } of this.#typeless) {
      if (this.#clock - since < typeTimeoutMs) break
      expired++
      if (stream.typing > 0 && stream.receive !== 'reset') this.#end.killForFault(stream, 'PEER_PROTOCOL', 'cancel', 'no type in time')
    }
    if (expired > 0) this.#typeless = this.#typeless.slice(expired)
  }

  syn (streamId: number, priority: number, type: number, header: Header): void {
    this.#trace('syn', header, { ...(header.hasPriority ? { priority } : {}), ...(header.hasType ? { streamType: type } : {}) })
    const stream = this.#arrive(streamId, priority, type, 0)
    if (stream !== undefined && header.fin) this.#finish(stream)
  }

  data (header: Header): boolean {
    this.#trace('data', header)
    const end = this.#end
    const { streamId, length } = header
    if (end.settings.codec.strictFrames && streamId === 0) {
      this.#die('PEER_PROTOCOL', 'protocol', 'DATA on stream 0')
      return false
    }
    const stream = header.syn ? this.#arrive(streamId, 0, 0, length) : end.registry.streams.get(streamId)
    if (stream === undefined) {
      if (!header.syn) this.#stray(header)
      return false
    }
    if (length > 0) {
      if (RECEIVE[stream.receive].data === undefined) {
        end.killForFault(stream, 'PEER_STREAM_CLOSED', 'streamClosed', `DATA after FIN on stream ${streamId}`)
        return false
      }
      if (length > stream.available) {
        const text = `${length} bytes on stream ${streamId}, whose window has ${stream.available} left`
        end.killForFault(stream, 'PEER_FLOW_CONTROL', 'flowControl', text)
        return false
      }
      end.useless.useful()
      charge(stream, length)
    } else if (!header.fin && !header.syn) {
      end.shrug()
    }
    this.#current = stream
    return true
  }

  body (view: Uint8Array): void {
    const stream = this.#current
    if (stream === undefined || stream.receive !== 'open') return
    stream.unread += view.byteLength
    const data = stream.typing > 0 ? this.#readType(stream, view) : view
    if (data.byteLength > 0) this.#end.actions.push({ type: 'deliver', streamId: stream.id, data })
  }

  bodyEnd (fin: boolean): void {
    const stream = this.#current
    this.#current = undefined
    if (stream === undefined || stream.receive === 'reset') return
    if (atLimit(stream)) this.#limited.push(stream)
    if (fin) this.#finish(stream)
  }

  rst (streamId: number, code: number): void {
    const end = this.#end
    const reason = reasonOf(end.settings.codec, code)
    this.#trace('rst', { streamId, length: 4 }, { reason })
    if (!this.#addressed('RST', streamId)) return
    const stream = end.registry.streams.get(streamId)
    if (stream === undefined) {
      end.shrug()
      return
    }
    end.kill(stream, undefined)
    if (stream.typing === 0) end.abort(stream, this.#resetError(stream, reason))
    if (!stream.local) end.waste()
  }

  wndinc (streamId: number, increment: number): void {
    const end = this.#end
    this.#trace('wndinc', { streamId, length: 4 }, { increment })
    if (!this.#addressed('WNDINC', streamId)) return
    if (increment === 0 && end.settings.codec.strictFrames) {
      this.#die('PEER_PROTOCOL', 'protocol', 'a WNDINC of 0')
      return
    }
    const stream = end.registry.streams.get(streamId)
    if (stream === undefined || increment === 0) {
      end.shrug()
      return
    }
    if (stream.credit + increment > MAX_31) {
      end.killForFault(stream, 'PEER_FLOW_CONTROL', 'flowControl', `credit past 2^31-1 on stream ${streamId}`)
      return
    }
    if (stream.send === 'open' || stream.queued > 0) end.useless.useful()
    else end.shrug()
    stream.credit += increment
    end.outbound.wake(stream)
    end.outbound.resume(stream, end.actions)
  }

  goAway (lastStreamId: number, code: number, debug: Uint8Array | undefined): void {
    const end = this.#end
    const reason = reasonOf(end.settings.codec, code)
    const error = end.error('SESSION_GONE_AWAY', goneAwayText(reason, debug), reason, undefined, true)
    if (this.#drainAt >= 0) {
      end.actions[this.#drainAt] = { type: 'drain', error, debug: debug ?? EMPTY }
      this.#drainAt = -1
      return
    }
    this.#trace('goaway', { streamId: 0, length: 8 + (debug?.byteLength ?? 0) }, { lastStreamId, reason })
    if (end.goneAway === 'none' || end.goneAway === 'local') end.goneAway = end.goneAway === 'none' ? 'peer' : 'both'
    else end.shrug()
    for (const stream of Array.from(end.registry.streams.values())) {
      if (!stream.local || stream.id <= lastStreamId) continue
      end.kill(stream, undefined)
      end.abort(stream, end.error('SESSION_GONE_AWAY', 'the peer went away before it saw this stream', reason, stream.id, true))
    }
    if (debug === undefined) this.#drainAt = end.actions.length
    end.actions.push({ type: 'drain', error, debug: debug ?? EMPTY })
  }

  unknown (header: Header): void {
    this.#trace('unknown', header)
    this.#end.shrug()
  }

  fault (reason: Reason, text: string): void {
    this.#die(reason === 'frameSize' ? 'PEER_FRAME_SIZE' : 'PEER_PROTOCOL', reason, text)
  }

  /** The peer opens a stream (spec 4.2). Returns undefined when it does not come about. */
  #arrive (streamId: number, priority: number, type: number, length: number): StreamRecord | undefined {
    const end = this.#end
    const { registry, settings } = end
    if (registry.isOwn(streamId)) {
      this.#die('PEER_PROTOCOL', 'protocol', `a SYN with our own parity, stream ${streamId}`)
      return undefined
    }
    if (settings.codec.orderedIds ? streamId <= registry.lastPeerId : registry.streams.has(streamId)) {
      this.#die('PEER_PROTOCOL', 'protocol', `a SYN on stream ${streamId}, which was opened before`)
      return undefined
    }
    if (registry.isForgotten(streamId)) {
      end.shrug()
      return undefined
    }
    const late = end.goneAway === 'local' || end.goneAway === 'both'
    registry.noteId(streamId, late)
    if (late || !registry.hasRoom) {
      end.refuse(streamId, 'refused')
      return undefined
    }
    if (length > settings.window) {
      end.reply(streamId, 'flowControl')
      return undefined
    }
    if (type >= RESERVED && !settings.extensions.has(type)) {
      end.refuse(streamId, 'streamClosed')
      return undefined
    }
    const stream = new StreamRecord(streamId, false, type, priority, settings.window, settings.typeInBand ? 4 : 0)
    registry.add(stream)
    end.useless.useful()
    if (stream.typing > 0) this.#typeless.push({ stream, since: this.#clock })
    else end.actions.push({ type: 'accept', streamId, streamType: type, priority })
    return stream
  }

  /** Collect the four bytes that lead a stream (spec 9.2). Returns what follows them. */
  #readType (stream: StreamRecord, view: Uint8Array): Uint8Array {
    const end = this.#end
    let at = 0
    // Multiplied and not shifted: a type has 32 bits without a sign.
    while (stream.typing > 0 && at < view.byteLength) {
      stream.type = stream.type * 256 + byteAt(view, at++)
      stream.typing--
    }
    if (at > 0) this.credit(stream, at)
    if (stream.typing > 0) return EMPTY
    while (this.#typeless[0]?.stream.typing === 0) this.#typeless.shift()
    if (stream.type >= RESERVED) {
      end.registry.isExtension()
      if (!end.settings.extensions.has(stream.type)) {
        end.kill(stream, 'streamClosed')
        end.shrug()
        return EMPTY
      }
    }
    end.actions.push({ type: 'accept', streamId: stream.id, streamType: stream.type, priority: 0 })
    return view.subarray(at)
  }

  /** The reader took bytes (spec 5.2). */
  credit (stream: StreamRecord, bytes: number): void {
    const { registry, outbound } = this.#end
    const growth = consume(stream, bytes, registry.growthCap(stream))
    if (growth < 0) return
    registry.grew(stream, growth)
    if (stream.receive === 'open') outbound.credit(stream)
    else stream.granting = 0
  }

  /** The peer's half of a stream is complete (spec 4.5). */
  #finish (stream: StreamRecord): void {
    const end = this.#end
    if (stream.receive === 'finished') {
      end.shrug()
      return
    }
    if (stream.typing > 0) {
      end.killForFault(stream, 'PEER_PROTOCOL', 'protocol', 'a stream that ended before it said its type')
      return
    }
    stream.receive = RECEIVE[stream.receive].fin ?? stream.receive
    end.outbound.withhold(stream)
    end.useless.useful()
    end.actions.push({ type: 'finish', streamId: stream.id })
    end.settle(stream)
  }

  /** DATA for a stream that is not there (spec 4.7). */
  #stray (header: Header): void {
    const end = this.#end
    const { streamId, length, fin } = header
    if (end.registry.isForgotten(streamId)) {
      // Payload that was on its way costs its sender more than us; empty frames are free to send.
      if (length === 0) end.shrug()
    } else if (end.registry.isIdle(streamId)) this.#die('PEER_PROTOCOL', 'protocol', `DATA on stream ${streamId}, which nobody opened`)
    else if (length === 0 && fin) end.shrug()
    else end.reply(streamId, 'streamClosed')
  }

  /** Whether RST and WNDINC may name this stream at all (spec 2.7, 3.3). */
  #addressed (what: string, streamId: number): boolean {
    const end = this.#end
    if (end.settings.codec.strictFrames && streamId === 0) this.#die('PEER_PROTOCOL', 'protocol', `a ${what} on stream 0`)
    else if (end.registry.isIdle(streamId)) this.#die('PEER_PROTOCOL', 'protocol', `a ${what} on stream ${streamId}, which nobody opened`)
    else return true
    return false
  }

  #resetError (stream: StreamRecord, reason: Reason): MuxadoError {
    const refused = stream.local && (reason === 'refused' || reason === 'acceptQueueFull')
    return refused
      ? this.#end.error('STREAM_REFUSED', `the peer refused the stream (${reason})`, reason, stream.id, true)
      : this.#end.error('STREAM_RESET', `the peer reset the stream (${reason})`, reason, stream.id)
  }

  #die (code: ErrorCode, reason: Reason, text: string): void {
    this.#end.die(code, reason, text)
  }

  #trace (type: TraceFrame['type'], header: { streamId: number, length: number, fin?: boolean, syn?: boolean }, rest?: Partial<TraceFrame>): void {
    const { trace } = this.#end.settings
    if (trace === undefined) return
    trace({ direction: 'in', type, streamId: header.streamId, length: header.length, fin: header.fin ?? false, syn: header.syn ?? false, ...rest })
  }
}

function goneAwayText (reason: Reason, debug: Uint8Array | undefined): string {
  const text = debug === undefined || debug.byteLength === 0 ? '' : `: ${String.fromCharCode(...debug.subarray(0, 200))}`
  return `the peer is going away (${reason})${text}`
}

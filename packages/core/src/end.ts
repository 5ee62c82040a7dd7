/**
 * One end of a session: its state in one record, and how streams and the session come into being and die. Parses and builds nothing.
 *
 * @module
 */
import { Blocks } from './blocks.ts'
import { FAULTS, MuxadoError } from './errors.ts'
import type { ErrorCode, Fault, Reason } from './errors.ts'
import { RECEIVE, SEND } from './half.ts'
import { RESERVED } from './options.ts'
import type { Settings } from './options.ts'
import { Scheduler } from './scheduler.ts'
import type { StreamRecord } from './stream.ts'
import type { Action, GoAwaySnapshot, ResetSnapshot } from './types.ts'
import { codeOf, FLAG_FIN, FLAG_SYN, GOAWAY, KINDS, reasonOf, RST, SYN, WNDINC } from './wire/codec.ts'
import type { Header } from './wire/codec.ts'

/** All state of one end. The functions that share it are here, in `inbound.ts` and in `outbound.ts`. */
export class End {
  declare readonly settings: Settings
  streams: Map<number, StreamRecord> = new Map()
  /** Streams that were added since this Map was made: see `add`. */
  added = 0
  /** Ids reset by this end, oldest first, whose late frames are swallowed (spec 4.7). */
  readonly forgotten: Set<number> = new Set()
  /** Stands behind what was dropped of `forgotten`: an iterator made anew would step over the places of all that is gone, 2 us an id. */
  readonly head: Iterator<number> = this.forgotten.values()
  /** The next id this end takes. */
  declare nextId: number
  /** The highest id the peer has opened with; where a server starts differs by dialect (spec 8.1). */
  declare lastPeerId: number
  /** The same, without streams that came after our GOAWAY: what GOAWAY reports. */
  declare lastServedId: number
  /** Streams open that the peer opened, without an extension's. */
  inbound = 0
  /** Streams open that are the application's own, and not an extension's. */
  application = 0
  /** Receive windows promised over all streams, and what came and was not consumed. */
  committed = 0
  unread = 0
  /** Bytes sent on streams that have ended, whose credit an honest peer may still return (spec 4.7). */
  owed = 0
  /** Streams whose window has grown. */
  grown = 0
  /** Streams that have yet to say their type, oldest first (spec 9.2). */
  typeless: Set<StreamRecord> = new Set()
  /** Whose body is coming. */
  current: StreamRecord | undefined
  /** Streams whose bytes ended where their credit ended, to be looked at when the chunk is done. */
  limited: StreamRecord[] = []
  /** Where in `actions` this chunk's GOAWAY was reported, whose debug text may still come. */
  drainAt = -1
  /** Milliseconds that `elapse` has reported. */
  clock = 0

  /** Control frames that wait, in their order; a stream stands for its SYN or for credit to return. */
  control: Set<StreamRecord | ResetSnapshot | GoAwaySnapshot> = new Set()
  /** Streams that came back short because of `maxQueued` and not for want of credit. */
  readonly stalled: Set<StreamRecord> = new Set()
  readonly scheduler: Scheduler = new Scheduler()
  readonly blocks: Blocks = new Blocks()
  /** Bytes queued over all streams. */
  queued = 0
  /** RST frames that wait and that the peer provoked. */
  replies = 0

  /** What the host must do next. */
  actions: Action[] = []
  /** How many more streams the peer may waste (spec 10.3). */
  declare resetsLeft: number
  /** Frames that did nothing, less those made up for (spec 10.3). */
  useless = 0
  /** What the host said to `goAway`: the GOAWAY itself, which stays here when it has been sent. */
  said: GoAwaySnapshot | undefined
  /** The peer's GOAWAY. */
  heard: MuxadoError | undefined
  /** The peer may be the one that never holds more credit than its initial window (spec 5.2). */
  declare cautious: boolean
  /** How the session ended; unset while it lives. The first one wins. */
  ending: Action | undefined

  constructor (settings: Settings) {
    this.settings = settings
    this.nextId = settings.firstId
    this.lastPeerId = this.lastServedId = settings.role === 'server' && settings.codec.wire === 1 ? 1 : 0
    this.resetsLeft = settings.resetBurst
    this.cautious = settings.codec.wire === 2
  }
}

/** Give the host something to do; nothing comes after `close`. */
export function emit (end: End, action: Action): void {
  if (!end.ending) end.actions.push(action)
}

/** Show a frame to whoever looks on; `a` and `b` are the numbers at the start of its body. */
export function trace ({ settings: { codec, trace } }: End, direction: 'in' | 'out', header: Header, a: number = 0, b: number = 0): void {
  const { kind, flags, length, streamId } = header
  trace?.({
    direction,
    type: KINDS[kind],
    streamId,
    length,
    fin: (flags & FLAG_FIN) !== 0,
    syn: (flags & FLAG_SYN) !== 0,
    ...kind === SYN && { priority: a, streamType: b },
    ...kind === RST && { reason: reasonOf(codec, a) },
    ...kind === WNDINC && { increment: a },
    ...kind === GOAWAY && { lastStreamId: a, reason: reasonOf(codec, b) }
  })
}

/** An error with the reason as this dialect numbers it. */
export function failure (end: End, code: ErrorCode, text: string, reason: Reason, streamId?: number, retryable: boolean = false): MuxadoError {
  return new MuxadoError(code, text, { reason, wireCode: codeOf(end.settings.codec, reason), streamId, retryable })
}

/** Whether an id has this end's parity (spec 3.1). */
export function isOwn (end: End, streamId: number): boolean {
  return (streamId & 1) === (end.settings.firstId & 1)
}

/** Whether nobody can have used this id yet, as far as the dialect lets one know (spec 3.3). */
export function isIdle (end: End, streamId: number): boolean {
  return end.settings.codec.wire === 1 && streamId > 1 && streamId > (isOwn(end, streamId) ? end.nextId - 2 : end.lastPeerId)
}

/** A stream begins. */
export function add (end: End, stream: StreamRecord): void {
  // What streams come and go through must be made anew from time to time. V8 links each table that a Map or Set has outgrown to the next one: once
  // a full collection has made one of them old, all that ever was in its successors lives until the next full collection, which halves churn.
  if (++end.added > 2 * end.streams.size + 64) {
    end.added = 0
    end.streams = new Map(end.streams)
    end.control = new Set(end.control)
    end.typeless = new Set(end.typeless)
  }
  end.streams.set(stream.id, stream)
  count(end, stream, 1)
}

/** A stream whose halves are both done is forgotten. */
export function settle (end: End, stream: StreamRecord): void {
  if (stream.send === 'finished' && stream.receive === 'finished') remove(end, stream)
}

/** Both halves of a stream die, and the peer is told unless it does not know the stream or told us. */
export function kill (end: End, stream: StreamRecord, tell?: Reason): void {
  stream.send = SEND[stream.send].reset
  stream.receive = RECEIVE[stream.receive].reset
  end.scheduler.remove(stream)
  end.control.delete(stream)
  end.stalled.delete(stream)
  end.typeless.delete(stream)
  end.queued -= stream.queued
  stream.clear()
  remove(end, stream)
  if (stream.opening) return
  forget(end, stream.id)
  if (tell === undefined) return
  // Turning a stream of the peer's away is an answer, and so limited.
  if (!stream.local && (tell === 'refused' || tell === 'acceptQueueFull')) refuse(end, stream.id, tell)
  else rst(end, stream.id, tell, false)
}

/** A stream dies: the host is told, unless it never knew of it. */
export function abort (end: End, stream: StreamRecord, error: MuxadoError, tell?: Reason): void {
  kill(end, stream, tell)
  if (stream.typing === 0) emit(end, { type: 'abort', streamId: stream.id, error })
}

/** A stream dies of the peer's fault: reset it, tell the host, and count it (spec 6.3). */
export function punish (end: End, stream: StreamRecord, fault: Fault, text: string): void {
  abort(end, stream, failure(end, FAULTS[fault], text, fault, stream.id), fault)
  waste(end)
}

/** Answer a stream that is not to be, or a frame that belongs to none, with RST; what comes later for it is swallowed (spec 4.7). */
export function refuse (end: End, streamId: number, reason: Reason): void {
  forget(end, streamId)
  rst(end, streamId, reason, true)
  shrug(end)
  if (++end.replies > end.settings.maxReplies) tooMany(end, 'unread answers')
}

/** The peer has wasted a stream: one it opened and reset itself, or one that its errors made us reset (spec 10.2). */
export function waste (end: End): void {
  if (--end.resetsLeft < 0) tooMany(end, 'streams reset')
}

/** The peer has sent a frame that does nothing (spec 10.2). */
export function shrug (end: End): void {
  if (++end.useless > end.settings.maxUseless) tooMany(end, 'useless frames')
}

/** The peer has sent a frame that does something. */
export function welcome (end: End): void {
  // How many useless frames it makes up for. Arbitrary: deployed peers stay below two.
  const WORTH = 4
  end.useless = Math.max(0, end.useless - WORTH)
}

/** A GOAWAY as of now; it takes the place of one that still waits (spec 8.1). */
export function goAway (end: End, reason: Reason, debug: Uint8Array, final: boolean): void {
  // Longest debug text: what a header of wire 1 can count.
  const MAX_DEBUG = 16_375
  if (end.said) end.control.delete(end.said)
  const code = codeOf(end.settings.codec, reason)
  end.said = { kind: 'goaway', lastStreamId: end.lastServedId, code, debug: debug.subarray(0, MAX_DEBUG), final }
  end.control.add(end.said)
}

/** The session ends of a fault, and the peer is told why (spec 8.4). */
export function die (end: End, fault: Fault, text: string): void {
  finish(end, fault, Uint8Array.from(text, character => character.charCodeAt(0)), failure(end, FAULTS[fault], text, fault))
}

/**
 * The session ends: streams abort with `error`, GOAWAY is the last frame, `close` the last action. Without a reason it is a clean end. The first
 * ending wins.
 */
export function finish (end: End, reason: Reason, debug: Uint8Array, error: MuxadoError): void {
  if (end.ending) return
  for (const stream of end.streams.values()) abort(end, stream, error)
  const clean = reason === 0 || reason === 'none'
  // After a GOAWAY of our own, a clean end has nothing to add; one that still waits becomes the last frame.
  const { said } = end
  const waits = said && end.control.has(said)
  end.control.clear()
  if (!clean || !said) goAway(end, reason, debug, true)
  else if (waits) end.control.add({ ...said, final: true })
  end.ending = clean ? { type: 'close' } : { type: 'close', error }
  end.actions.push(end.ending)
}

/** The session ends by this end's will, which needs no fault. */
export function close (end: End, reason: Reason, debug: Uint8Array): void {
  finish(end, reason, debug, failure(end, 'SESSION_CLOSED', 'the session was closed', reason))
}

function tooMany (end: End, what: string): void {
  die(end, 'calm', `too many ${what}`)
}

function rst (end: End, streamId: number, reason: Reason, answer: boolean): void {
  end.control.add({ kind: 'rst', streamId, code: codeOf(end.settings.codec, reason), answer })
}

function remove (end: End, stream: StreamRecord): void {
  end.streams.delete(stream.id)
  end.unread -= stream.unread
  end.owed += Math.max(0, end.settings.window - stream.credit)
  if (stream.window > end.settings.window) end.grown--
  count(end, stream, -1)
}

function count (end: End, stream: StreamRecord, by: 1 | -1): void {
  end.committed += by * stream.window
  if (stream.type >= RESERVED) return
  end.application += by
  if (!stream.local) end.inbound += by
}

function forget ({ forgotten, head }: End, streamId: number): void {
  // Arbitrary: more than a default session can have in flight at once.
  const MAX_FORGOTTEN = 4_096
  if (forgotten.add(streamId).size > MAX_FORGOTTEN) forgotten.delete(head.next().value as number) // there are so many
}

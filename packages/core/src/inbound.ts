/**
 * What each frame from the peer means: rules, faults, and the actions they turn into (spec 4 to 8). Parses nothing.
 *
 * @module
 */
import { atLimit, consume } from './credit.ts'
import { abort, add, close, die, emit, failure, isIdle, isOwn, kill, punish, refuse, settle, shrug, waste, welcome } from './end.ts'
import type { End } from './end.ts'
import type { Fault } from './errors.ts'
import { RECEIVE } from './half.ts'
import { RESERVED } from './options.ts'
import { resume, schedule } from './outbound.ts'
import { StreamRecord } from './stream.ts'
import { byteAt, EMPTY, FLAG_FIN, FLAG_SYN, KINDS, MAX_31, reasonOf } from './wire/codec.ts'
import type { Header } from './wire/codec.ts'

/** The chunk is done: `bytes` came. Windows that held the peer up are marked (spec 5.4). */
export function endChunk (end: End, bytes: number): void {
  end.drainAt = -1
  for (const stream of end.limited) {
    // What this chunk brought nobody can have read yet; what was unread before it says that the reader is slow.
    if (atLimit(stream) && stream.unread - bytes <= stream.window >>> 3) stream.limited = true
  }
  end.limited = []
}

/** A SYN frame of wire 1 (spec 4.2). */
export function onSyn (end: End, { flags, streamId }: Header, priority: number, type: number): void {
  const stream = arrive(end, streamId, priority, type, 0)
  if (stream && (flags & FLAG_FIN) !== 0) finishReceiving(end, stream)
}

/**
 * The header of a DATA frame (spec 5.6).
 * @returns whether its body is wanted; otherwise it is skipped
 */
export function onData (end: End, { streamId, length, flags }: Header): boolean {
  const fin = (flags & FLAG_FIN) !== 0
  const syn = (flags & FLAG_SYN) !== 0
  if (!isAddressed(end, streamId)) return false
  const stream = syn ? arrive(end, streamId, 0, 0, length) : end.streams.get(streamId)
  if (!stream) {
    if (!syn) stray(end, streamId, length, fin)
    return false
  }
  if (length > 0) {
    if (!RECEIVE[stream.receive].data) {
      punish(end, stream, 'streamClosed', 'DATA after FIN')
      return false
    }
    if (length > stream.available) {
      punish(end, stream, 'flowControl', `${length} bytes for a window of ${stream.available}`)
      return false
    }
    if (end.unread + length > end.settings.maxUnread) {
      punish(end, stream, 'calm', 'too much unread')
      return false
    }
    welcome(end)
    // The body spends the peer's credit before it is here.
    stream.available -= length
    stream.received += length
  } else if (syn) {
    // The Rust peer sends its SYN with the first payload, and so with the type; without types the first payload may be nothing.
    end.cautious &&= !end.settings.typeInBand
  } else if (!fin) {
    shrug(end)
  }
  end.current = stream
  return true
}

/** Some of the body of the DATA frame that was let in: a view, handed on as it is (spec 2.6). */
export function onBody (end: End, view: Uint8Array): void {
  const stream = end.current
  if (!stream || stream.receive !== 'open') return
  stream.unread += view.length
  end.unread += view.length
  const data = stream.typing > 0 ? readType(end, stream, view) : view
  if (data.length > 0) emit(end, { type: 'deliver', streamId: stream.id, data })
}

/** The whole body has come (spec 4.4). */
export function onBodyEnd (end: End, fin: boolean): void {
  const stream = end.current
  end.current = undefined
  if (!stream || stream.receive === 'reset') return
  if (atLimit(stream)) end.limited.push(stream)
  if (fin) finishReceiving(end, stream)
}

/** An RST frame (spec 4.6). */
export function onReset (end: End, { streamId }: Header, code: number): void {
  const reason = reasonOf(end.settings.codec, code)
  const stream = find(end, streamId, false)
  if (!stream) return
  const refused = stream.local && (reason === 'refused' || reason === 'acceptQueueFull')
  const text = `the peer reset the stream (${reason})`
  abort(end, stream, failure(end, refused ? 'STREAM_REFUSED' : 'STREAM_RESET', text, reason, streamId, refused))
  if (!stream.local) waste(end)
}

/** A WNDINC frame (spec 5.2). */
export function onCredit (end: End, { streamId }: Header, increment: number): void {
  if (increment === 0 && end.settings.codec.wire === 2) {
    protocol(end, 'a WNDINC of 0')
    return
  }
  // Deployed peers return credit for all that they read, after our FIN as well: of no use, but no fault.
  const paid = increment > 0 && increment <= end.owed
  const stream = find(end, streamId, paid)
  if (!stream) {
    if (paid) end.owed -= increment
    return
  }
  if (stream.credit + increment > MAX_31) {
    punish(end, stream, 'flowControl', 'too much credit')
    return
  }
  if (increment === 0) shrug(end)
  else if (stream.send === 'open') welcome(end)
  stream.credit += increment
  schedule(end, stream)
  resume(end, stream)
}

/** The fixed part of a GOAWAY frame (spec 8.3). */
export function onGoAway (end: End, lastStreamId: number, code: number): void {
  const reason = reasonOf(end.settings.codec, code)
  if (end.heard) shrug(end)
  end.heard = failure(end, 'SESSION_GONE_AWAY', `the peer is going away (${reason})`, reason, undefined, true)
  for (const stream of end.streams.values()) if (stream.local && stream.id > lastStreamId) abort(end, stream, end.heard)
  end.drainAt = end.actions.length
  onDebug(end, EMPTY)
}

/** The debug data of the last GOAWAY: reported with it, or again when it comes in a later chunk (spec 8.3). */
export function onDebug (end: End, debug: Uint8Array): void {
  const { actions, drainAt, heard } = end
  if (drainAt >= 0) actions.splice(drainAt)
  if (heard) emit(end, { type: 'drain', error: heard, debug })
}

/** A frame that no session survives (spec 2.7). */
export function onFault (end: End, { kind, length, streamId }: Header, fault: Fault): void {
  // The Rust peer counts the text of its goodbye wrong: the rest stands where a frame should (spec 8.5, R6).
  if (end.heard && end.application === 0) close(end, 'none', EMPTY)
  else die(end, fault, `a ${KINDS[kind]} frame of ${length} bytes on stream ${streamId}`)
}

/** The reader took bytes: credit goes back once enough has come together (spec 5.2). */
export function giveCredit (end: End, stream: StreamRecord, bytes: number): void {
  const { maxWindow, memoryBudget, window } = end.settings
  end.unread -= bytes
  // Several streams in bulk share what one alone may have (spec 5.4).
  const sharers = stream.window > window ? end.grown : end.grown + 1
  const cap = Math.min(maxWindow / sharers | 0, stream.window + memoryBudget - end.committed)
  // The Rust peer of wire 2 never holds more credit than the initial window: batches of a grown one would stall it (spec 5.2, R13).
  const growth = consume(stream, bytes, cap, end.cautious ? window : Infinity)
  if (growth > 0) {
    end.committed += growth
    if (stream.window - growth === window) end.grown++
  }
  if (stream.receive !== 'open') stream.granting = 0
  else if (stream.granting > 0) end.control.add(stream)
}

/** Streams that never said their type go (spec 9.2). */
export function expire (end: End): void {
  for (const stream of end.typeless) {
    if (end.clock - stream.since < end.settings.typeTimeoutMs) return
    punish(end, stream, 'protocol', 'no type in time')
  }
}

/** The peer opens a stream (spec 4.2). Returns undefined when it does not come about. */
function arrive (end: End, streamId: number, priority: number, type: number, length: number): StreamRecord | undefined {
  const { settings, said } = end
  const used = settings.codec.wire === 1 ? streamId <= end.lastPeerId : end.streams.has(streamId)
  if (used || isOwn(end, streamId)) {
    protocol(end, `a SYN on stream ${streamId}`)
    return undefined
  }
  if (end.forgotten.has(streamId)) {
    shrug(end)
    return undefined
  }
  end.lastPeerId = Math.max(end.lastPeerId, streamId)
  if (!said) end.lastServedId = end.lastPeerId
  const foreign = type >= RESERVED && !settings.extensions.has(type)
  const oversized = length > settings.window
  // spec 10.1
  const full = (end.inbound >= settings.maxInbound && type < RESERVED) || end.committed + settings.window > settings.memoryBudget
  if (said || foreign || oversized || full) {
    refuse(end, streamId, oversized ? 'flowControl' : foreign ? 'streamClosed' : 'refused')
    if (oversized) waste(end)
    return undefined
  }
  const stream = new StreamRecord(streamId, false, type, priority, settings.window, settings.typeInBand ? 4 : 0)
  add(end, stream)
  welcome(end)
  if (stream.typing > 0) {
    stream.since = end.clock
    end.typeless.add(stream)
  } else emit(end, { type: 'accept', streamId, streamType: type, priority })
  return stream
}

/** Collect the four bytes that lead a stream (spec 9.2). Returns what follows them. */
function readType (end: End, stream: StreamRecord, view: Uint8Array): Uint8Array {
  let at = 0
  // Multiplied and not shifted: a type has 32 bits without a sign.
  while (stream.typing > 0 && at < view.length) {
    stream.type = stream.type * 256 + byteAt(view, at++)
    stream.typing--
  }
  giveCredit(end, stream, at)
  if (stream.typing > 0) return EMPTY
  end.typeless.delete(stream)
  if (stream.type >= RESERVED) {
    end.application--
    end.inbound--
    if (!end.settings.extensions.has(stream.type)) {
      kill(end, stream, 'streamClosed')
      shrug(end)
      return EMPTY
    }
  }
  emit(end, { type: 'accept', streamId: stream.id, streamType: stream.type, priority: 0 })
  return view.subarray(at)
}

/** The peer's half of a stream is complete (spec 4.5). */
function finishReceiving (end: End, stream: StreamRecord): void {
  if (stream.receive === 'finished') {
    shrug(end)
  } else if (stream.typing > 0) {
    punish(end, stream, 'protocol', 'no type in time')
  } else {
    stream.receive = RECEIVE.open.fin
    // The peer needs no more credit.
    stream.granting = 0
    if (!stream.opening) end.control.delete(stream)
    welcome(end)
    emit(end, { type: 'finish', streamId: stream.id })
    settle(end, stream)
  }
}

/** DATA for a stream that is not there (spec 4.7). */
function stray (end: End, streamId: number, length: number, fin: boolean): void {
  const late = end.forgotten.has(streamId)
  // Payload that was on its way when the stream ended costs its sender more than us; empty frames are free to send.
  if (length === 0 && (fin || late)) shrug(end)
  else if (!late) {
    refuse(end, streamId, 'streamClosed')
    waste(end)
  }
}

/** The stream that RST or WNDINC names; undefined when it is gone, or when the session ends for the name (spec 2.7, 3.3). */
function find (end: End, streamId: number, paid: boolean): StreamRecord | undefined {
  if (!isAddressed(end, streamId)) return undefined
  const stream = end.streams.get(streamId)
  if (!stream && !paid) shrug(end)
  return stream
}

/** Whether a frame may name this stream at all (spec 2.7, 3.3). */
function isAddressed (end: End, streamId: number): boolean {
  if ((streamId > 0 || end.settings.codec.wire === 1) && !isIdle(end, streamId)) return true
  protocol(end, `stream ${streamId} was never opened`)
  return false
}

function protocol (end: End, text: string): void {
  die(end, 'protocol', text)
}

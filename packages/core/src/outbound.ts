/**
 * What waits to be sent, and the frames made of it when the transport pulls (spec 5.5). Decides nothing about streams' lives.
 *
 * @module
 */
import { emit, settle, trace } from './end.ts'
import type { End } from './end.ts'
import { SEND } from './half.ts'
import { StreamRecord } from './stream.ts'
import type { GoAwaySnapshot, ResetSnapshot } from './types.ts'
import { DATA, FLAG_FIN, FLAG_PRIORITY, FLAG_SYN, FLAG_TYPE, GOAWAY, HEADER, RST, SYN, WNDINC, writeU32 } from './wire/codec.ts'
import type { Kind } from './wire/codec.ts'

/** Announce a stream before anything else of it is sent (spec 4.1), its type in band first (spec 9.2). */
export function announce (end: End, stream: StreamRecord): void {
  end.control.add(stream)
  if (!end.settings.typeInBand) return
  const type = new Uint8Array(4)
  writeU32(type, 0, stream.type)
  stream.enqueue(type)
  end.queued += 4
}

/** Queue a prefix of `data`; returns its length (spec 5.3). */
export function queue (end: End, stream: StreamRecord, data: Uint8Array): number {
  const size = Math.min(room(end, stream), data.length)
  if (size > 0) {
    stream.enqueue(size === data.length ? data : data.subarray(0, size))
    end.queued += size
    schedule(end, stream)
  }
  const short = size < data.length
  if (short && stream.credit > stream.queued) end.stalled.add(stream)
  else if (stream.short) end.stalled.delete(stream)
  stream.short = short
  return size
}

/** Nothing more will be queued: the FIN follows what is. */
export function queueFin (end: End, stream: StreamRecord): void {
  stream.short = false
  end.stalled.delete(stream)
  schedule(end, stream)
}

/** Let a stream take its turns if it has anything to send. */
export function schedule (end: End, stream: StreamRecord): void {
  if (!stream.opening && stream.sendable) end.scheduler.add(stream)
}

/** Tell a sender that came back short when it has room again. */
export function resume (end: End, stream: StreamRecord): void {
  if (!stream.short) return
  const credit = room(end, stream)
  if (credit > 0) {
    stream.short = false
    end.stalled.delete(stream)
    emit(end, { type: 'resume', streamId: stream.id, credit })
  } else if (stream.credit > stream.queued) {
    end.stalled.add(stream)
  }
}

/** Resume those who came back short for want of space, once it is half empty or they have nothing left to send. */
export function resumeStalled (end: End): void {
  for (const stream of end.stalled) if (stream.queued === 0 || end.queued * 2 <= end.settings.maxQueued) resume(end, stream)
}

/** Change a stream's priority, where it waits as well. */
export function reprioritise (end: End, stream: StreamRecord, priority: number): void {
  end.scheduler.remove(stream)
  stream.priority = priority
  schedule(end, stream)
}

/** Build what goes out next; by default four frames of 64 KiB or sixteen of 16 KiB, with their headers and some control frames. */
export function transmit (end: End, limit: number = 264_192): Uint8Array[] {
  // Largest frame while something more urgent waits. Arbitrary: some 30 us of a gigabit link.
  const SMALL = 4_096
  // A frame smaller than this is not begun just to fill a flush up.
  const WORTHWHILE = 1_024
  // The smallest payload that a caller's limit can force: a type in band stays in one piece.
  const LEAST = 16
  const { blocks, control, scheduler, settings } = end
  for (const item of control) {
    if (blocks.bytes && blocks.bytes >= limit) return blocks.take()
    control.delete(item)
    sayControl(end, item)
  }
  while (blocks.bytes === 0 || limit - blocks.bytes >= HEADER + WORTHWHILE) {
    const stream = scheduler.next()
    if (!stream) break
    sayData(end, stream, Math.min(settings.maxFrame, scheduler.yields ? SMALL : Infinity, Math.max(LEAST, limit - blocks.bytes - HEADER)))
  }
  return blocks.take()
}

/** Bytes that `queue` would take now. */
function room ({ settings, queued }: End, stream: StreamRecord): number {
  const cap = Math.max(settings.maxQueued - queued, settings.maxFrame - stream.queued)
  return Math.max(0, Math.min(stream.credit - stream.queued, cap))
}

/** The SYN of a new stream, or the credit an old one returns. */
function sayStream (end: End, stream: StreamRecord): void {
  const { id, opening, priority, type, granting } = stream
  if (!opening) {
    stream.granting = 0
    say(end, WNDINC, 0, 4, id, granting)
    return
  }
  stream.opening = false
  // Where the type travels in band, the SYN goes alone: a deployed peer that refuses the stream parses a payload as frames (quirk Q2).
  const inBand = end.settings.codec.wire === 2
  const urgency = inBand ? 0 : priority
  const kind = inBand ? 0 : type
  const flags = FLAG_SYN | (urgency && FLAG_PRIORITY) | (kind && FLAG_TYPE)
  say(end, SYN, flags, (urgency && 4) + (kind && 4), id, urgency || undefined, kind || undefined)
  schedule(end, stream)
}

/** What waits in `control`: a stream, an RST or a GOAWAY. */
function sayControl (end: End, item: StreamRecord | ResetSnapshot | GoAwaySnapshot): void {
  if (item instanceof StreamRecord) {
    sayStream(end, item)
  } else if (item.kind === 'rst') {
    if (item.answer) end.replies--
    say(end, RST, 0, 4, item.streamId, item.code)
  } else {
    say(end, GOAWAY, 0, 8 + item.debug.length, 0, item.lastStreamId, item.code)
    end.blocks.payload(item.debug)
    // What follows feeds peers that read eight bytes too many (quirk Q1): an empty DATA with FIN on id 1, which means nothing to all others.
    if (!item.final && end.settings.codec.wire === 2) say(end, DATA, FLAG_FIN, 0, 1)
  }
}

/** One DATA frame of at most `most` bytes, with the FIN on it when it is the last (spec 4.5). */
function sayData (end: End, stream: StreamRecord, most: number): void {
  const size = Math.min(stream.queued, stream.credit, most)
  const fin = stream.send === 'finishing' && size === stream.queued
  say(end, DATA, fin ? FLAG_FIN : 0, size, stream.id)
  for (let left = size; left > 0;) {
    const piece = stream.take(left)
    end.blocks.payload(piece)
    left -= piece.length
  }
  stream.credit -= size
  end.queued -= size
  if (fin) {
    stream.send = SEND.finishing.flushed
    settle(end, stream)
  } else {
    schedule(end, stream)
  }
}

/** A header, and the numbers at the start of the body. */
function say (end: End, kind: Kind, flags: number, length: number, streamId: number, a?: number, b?: number): void {
  const { blocks, settings } = end
  blocks.u32(settings.codec.encode(kind, flags, length))
  blocks.u32(streamId)
  if (a !== undefined) blocks.u32(a)
  if (b !== undefined) blocks.u32(b)
  trace(end, 'out', { kind, flags, length, streamId }, a, b)
}

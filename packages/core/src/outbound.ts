/**
 * Everything that waits to be sent, and the frames made of it when the transport pulls (spec 5.5). Decides nothing about streams' lives.
 *
 * @module
 */
import { Blocks } from './blocks.ts'
import { SEND } from './half.ts'
import type { Settings } from './options.ts'
import { Scheduler } from './scheduler.ts'
import type { StreamRecord } from './stream.ts'
import type { Action, TraceFrame } from './types.ts'
import { HEADER, Kind, reasonOf } from './wire/codec.ts'
import { synFlags } from './wire/wire1.ts'

/** Default for `transmit`: two frames of 64 KiB or eight of 16 KiB, with their headers and some control frames. */
const FLUSH = 132_096

/** Largest frame while something more urgent waits. Arbitrary: some 30 us of a gigabit link. */
const SMALL = 4_096

/** A frame smaller than this is not begun just to fill a flush up. */
const WORTHWHILE = 1_024

/** The smallest payload that a caller's limit can force: a type in band stays in one piece. */
const LEAST = 16

type Resume = Extract<Action, { type: 'resume' }>

/** A GOAWAY that waits. */
export interface GoAway {
  readonly lastStreamId: number
  readonly code: number
  readonly debug: Uint8Array
  /** Nothing follows. */
  readonly final: boolean
}

/** The sending side of one end. */
export class Outbound {
  readonly #settings: Settings
  readonly #flushed: (stream: StreamRecord) => void
  readonly #blocks: Blocks
  readonly #scheduler = new Scheduler()
  readonly #opening = new Set<StreamRecord>()
  readonly #credits = new Set<StreamRecord>()
  /** Streams that came back short because of `maxQueued` and not for want of credit. */
  readonly #stalled = new Set<StreamRecord>()
  #resets: Array<{ readonly streamId: number, readonly code: number }> = []
  #goAway: GoAway | undefined
  /** Bytes queued over all streams. */
  queued = 0
  /** `resume` actions that came due in `transmit`. */
  due: Resume[] = []

  /** `flushed` is told when a stream's FIN has gone out. */
  constructor (settings: Settings, flushed: (stream: StreamRecord) => void) {
    this.#settings = settings
    this.#flushed = flushed
    this.#blocks = new Blocks(settings.codec)
  }

  get wantsTransmit (): boolean {
    return this.#opening.size > 0 || this.#credits.size > 0 || this.#resets.length > 0 || this.#goAway !== undefined || !this.#scheduler.idle
  }

  /** RST frames that wait. */
  get replies (): number {
    return this.#resets.length
  }

  /** The control frames that wait, for snapshots. */
  get control (): string[] {
    return [
      ...Array.from(this.#opening, stream => `syn ${stream.id}`),
      ...Array.from(this.#credits, stream => `wndinc ${stream.id} ${stream.granting}`),
      ...this.#resets.map(({ streamId, code }) => `rst ${streamId} ${code}`),
      ...(this.#goAway === undefined ? [] : [`goaway ${this.#goAway.lastStreamId} ${this.#goAway.code}${this.#goAway.final ? ' final' : ''}`])
    ]
  }

  /** Announce a stream before anything else of it is sent. */
  open (stream: StreamRecord): void {
    this.#opening.add(stream)
    if (this.#settings.typeInBand) {
      stream.queueType()
      this.queued += stream.queued
    }
  }

  /** Queue a prefix of `data`; returns its length. */
  send (stream: StreamRecord, data: Uint8Array): number {
    const room = this.room(stream)
    const size = Math.min(room, data.byteLength)
    if (size > 0) {
      stream.enqueue(size === data.byteLength ? data : data.subarray(0, size))
      this.queued += size
      this.wake(stream)
    }
    if (size < data.byteLength) {
      stream.short = true
      if (stream.credit > stream.queued) this.#stalled.add(stream)
    }
    return size
  }

  /** Bytes that `send` would take now. */
  room (stream: StreamRecord): number {
    const cap = Math.max(this.#settings.maxQueued - this.queued, this.#settings.maxFrame - stream.queued)
    return Math.max(0, Math.min(stream.credit - stream.queued, cap))
  }

  /** A short sender that has room again is owed a `resume`. */
  resume (stream: StreamRecord, actions: Action[] | Resume[]): void {
    if (!stream.short) return
    const credit = this.room(stream)
    if (credit === 0) {
      if (stream.credit > stream.queued) this.#stalled.add(stream)
      return
    }
    stream.short = false
    this.#stalled.delete(stream)
    actions.push({ type: 'resume', streamId: stream.id, credit } as const)
  }

  /** Let a stream take its turns if it has anything to send. */
  wake (stream: StreamRecord): void {
    if (!stream.opening && stream.sendable) this.#scheduler.add(stream)
  }

  /** The stream has credit to return. */
  credit (stream: StreamRecord): void {
    this.#credits.add(stream)
  }

  /** The peer needs no more credit on this stream. */
  withhold (stream: StreamRecord): void {
    this.#credits.delete(stream)
    stream.granting = 0
  }

  /** Drop all that a stream still had to send. */
  drop (stream: StreamRecord): void {
    this.#scheduler.remove(stream)
    this.#opening.delete(stream)
    this.#stalled.delete(stream)
    this.withhold(stream)
    this.queued -= stream.queued
    stream.clear()
  }

  rst (streamId: number, code: number): void {
    this.#resets.push({ streamId, code })
  }

  /** A later GOAWAY takes the place of one that still waits. */
  goAway (goAway: GoAway): void {
    this.#goAway = goAway
  }

  /** Nothing but the last GOAWAY goes out from now on; without one, the one that still waits. Streams have been dropped already. */
  end (goAway: GoAway | undefined): void {
    this.#resets = []
    this.#goAway = goAway ?? (this.#goAway === undefined ? undefined : { ...this.#goAway, final: true })
  }

  reprioritise (stream: StreamRecord, priority: number): void {
    const waiting = stream.ready
    this.#scheduler.remove(stream)
    stream.priority = priority
    if (waiting) this.#scheduler.add(stream)
  }

  /** Build what goes out next. */
  transmit (limit: number = FLUSH): Uint8Array[] {
    const blocks = this.#blocks
    this.#transmitControl(limit)
    while (blocks.bytes === 0 || limit - blocks.bytes >= HEADER + WORTHWHILE) {
      const turn = this.#scheduler.next()
      if (turn === undefined) break
      const most = Math.min(this.#settings.maxFrame, turn.yields ? SMALL : Infinity)
      this.#data(turn.stream, Math.min(most, Math.max(LEAST, limit - blocks.bytes - HEADER)))
    }
    if (this.#stalled.size > 0 && this.queued * 2 <= this.#settings.maxQueued) {
      for (const stream of this.#stalled) this.resume(stream, this.due)
    }
    return blocks.take()
  }

  #transmitControl (limit: number): void {
    const blocks = this.#blocks
    for (const stream of this.#opening) {
      if (blocks.bytes >= limit) return
      this.#opening.delete(stream)
      this.#syn(stream)
    }
    for (const stream of this.#credits) {
      if (blocks.bytes >= limit) return
      this.#credits.delete(stream)
      this.#settings.trace?.(sent('wndinc', stream.id, 4, { increment: stream.granting }))
      blocks.header(Kind.wndinc, 4, stream.id, false, false)
      blocks.u32(stream.granting)
      stream.granting = 0
    }
    let done = 0
    for (const { streamId, code } of this.#resets) {
      if (blocks.bytes >= limit) break
      done++
      this.#settings.trace?.(sent('rst', streamId, 4, { reason: reasonOf(this.#settings.codec, code) }))
      blocks.header(Kind.rst, 4, streamId, false, false)
      blocks.u32(code)
    }
    if (done > 0) this.#resets = this.#resets.slice(done)
    if (this.#goAway !== undefined && blocks.bytes < limit) this.#sayGoAway(this.#goAway)
  }

  #syn (stream: StreamRecord): void {
    const blocks = this.#blocks
    const { codec, trace } = this.#settings
    stream.opening = false
    if (codec.hasSynFrame) {
      const { priority, type } = stream
      const length = (priority === 0 ? 0 : 4) + (type === 0 ? 0 : 4)
      trace?.(sent('syn', stream.id, length, { syn: true, ...(priority === 0 ? {} : { priority }), ...(type === 0 ? {} : { streamType: type }) }))
      blocks.header(Kind.syn, length, stream.id, false, true)
      blocks.flags(synFlags(priority, type))
      if (priority !== 0) blocks.u32(priority)
      if (type !== 0) blocks.u32(type)
    } else {
      // Alone, without payload: a deployed peer that refuses the stream parses the payload of its SYN as frames (quirk Q2).
      trace?.(sent('syn', stream.id, 0, { syn: true }))
      blocks.header(Kind.syn, 0, stream.id, false, true)
    }
    this.wake(stream)
  }

  #sayGoAway (goAway: GoAway): void {
    const blocks = this.#blocks
    const { codec, trace } = this.#settings
    const { lastStreamId, code, debug } = goAway
    this.#goAway = undefined
    trace?.(sent('goaway', 0, 8 + debug.byteLength, { lastStreamId, reason: reasonOf(codec, code) }))
    blocks.header(Kind.goaway, 8 + debug.byteLength, 0, false, false)
    blocks.u32(lastStreamId)
    blocks.u32(code)
    blocks.payload(debug)
    if (!goAway.final && codec.goAwayPadding !== undefined) blocks.payload(codec.goAwayPadding)
  }

  /** One DATA frame of at most `most` bytes, with the FIN on it when it is the last (spec 4.5). */
  #data (stream: StreamRecord, most: number): void {
    const blocks = this.#blocks
    const size = Math.min(stream.queued, stream.credit, most)
    const fin = stream.send === 'finishing' && size === stream.queued
    this.#settings.trace?.(sent('data', stream.id, size, { fin }))
    blocks.header(Kind.data, size, stream.id, fin, false)
    for (let left = size; left > 0;) {
      const piece = stream.take(left)
      blocks.payload(piece)
      left -= piece.byteLength
    }
    stream.credit -= size
    this.queued -= size
    if (fin) {
      stream.send = SEND.finishing.flushed ?? stream.send
      this.#flushed(stream)
    } else if (stream.queued === 0) {
      if (this.#stalled.has(stream)) this.resume(stream, this.due)
    } else {
      this.wake(stream)
    }
  }
}

function sent (type: TraceFrame['type'], streamId: number, length: number, rest: Partial<TraceFrame>): TraceFrame {
  return { direction: 'out', type, streamId, length, fin: false, syn: false, ...rest }
}

/**
 * What the frames of a session tell about its streams: states, credit, bytes and rates. Fed by `trace`; knows no session and draws nothing.
 *
 * @module
 */
import type { TraceFrame } from '@muxado/session'

/** How far a stream has come, as seen from this end. */
export type StreamState = 'open' | 'localClosed' | 'remoteClosed' | 'closed' | 'reset'

/** A stream, as of now. */
export interface Entry {
  readonly id: number
  /** Whether this end opened it. */
  readonly local: boolean
  readonly type: number
  readonly priority: number
  state: StreamState
  /** Payload bytes. */
  sent: number
  received: number
  /** Bytes that this end may still send. */
  sendCredit: number
  /** Bytes that the peer may still send. */
  receiveCredit: number
  /** The most that `receiveCredit` has been: the receive window, as it grows. */
  receiveWindow: number
  /** The same for `sendCredit`. */
  sendWindow: number
  /** Bytes a second, both ways together, one for each tick, the newest last. */
  readonly rates: number[]
  /** When it ended, as `tick` tells time; undefined while it lives. */
  endedAt: number | undefined
  /** Bytes both ways at the last tick. */
  counted: number
}

/** Both directions of the session. */
export interface Totals {
  readonly received: number[]
  readonly sent: number[]
}

/** Ticks that are remembered. */
export const remembered = 120

/** Milliseconds that an ended stream stays listed. */
const lingerMs = 10_000

/** Ended streams that stay listed beside the living, so that thousands of short ones cost nothing. */
const maxEnded = 50

/** The streams of one session. */
export class Ledger {
  readonly #window: number
  readonly #entries = new Map<number, Entry>()
  readonly #totals = { received: [] as number[], sent: [] as number[] }
  readonly #counts = { received: 0, sent: 0 }
  readonly #counted = { received: 0, sent: 0 }
  #tickedAt: number | undefined
  #fresh: Entry[] = []

  /** `window`: what both ends begin with (spec 5.1). */
  constructor (window: number) {
    this.#window = window
  }

  /** Streams in the order they were opened. */
  get entries (): ReadonlyMap<number, Entry> {
    return this.#entries
  }

  /** Bytes a second of payload, one for each tick, the newest last. */
  get totals (): Totals {
    return this.#totals
  }

  /** Take note of a frame. Called for each, so it does little. */
  record (frame: TraceFrame): void {
    const { direction, streamId } = frame
    const out = direction === 'out'
    if (frame.syn) this.#begin(frame)
    const entry = this.#entries.get(streamId)
    if (entry === undefined) return
    switch (frame.type) {
      case 'data':
        this.#move(entry, out, frame.length)
        break
      case 'wndinc':
        this.#grant(entry, out, frame.increment ?? 0)
        break
      case 'rst':
        this.#end(entry, 'reset')
        return
      default:
    }
    if (frame.fin) this.#finish(entry, out)
  }

  /** Count what came since the last tick. `now` in milliseconds. */
  tick (now: number): void {
    const seconds = Math.max(1, now - (this.#tickedAt ?? now - 1000)) / 1000
    this.#tickedAt = now
    for (const way of ['received', 'sent'] as const) {
      keep(this.#totals[way], (this.#counts[way] - this.#counted[way]) / seconds)
      this.#counted[way] = this.#counts[way]
    }
    let ended = 0
    for (const entry of [...this.#entries.values()].reverse()) {
      const bytes = entry.received + entry.sent
      keep(entry.rates, (bytes - entry.counted) / seconds)
      entry.counted = bytes
      if (entry.state !== 'closed' && entry.state !== 'reset') continue
      entry.endedAt ??= now
      ended += 1
      if (ended > maxEnded || now - entry.endedAt > lingerMs) this.#entries.delete(entry.id)
    }
    // Between ticks thousands may begin and end.
    this.#fresh = []
  }

  #begin ({ direction, streamId: id, streamType = 0, priority = 0 }: TraceFrame): void {
    const entry: Entry = {
      id,
      local: direction === 'out',
      type: streamType,
      priority,
      state: 'open',
      sent: 0,
      received: 0,
      sendCredit: this.#window,
      receiveCredit: this.#window,
      sendWindow: this.#window,
      receiveWindow: this.#window,
      rates: [],
      endedAt: undefined,
      counted: 0
    }
    this.#entries.set(id, entry)
    this.#fresh.push(entry)
    const oldest = this.#fresh.length > 2 * maxEnded ? this.#fresh.shift() : undefined
    if (oldest !== undefined && (oldest.state === 'closed' || oldest.state === 'reset')) this.#entries.delete(oldest.id)
  }

  #move (entry: Entry, out: boolean, bytes: number): void {
    if (out) {
      entry.sent += bytes
      entry.sendCredit -= bytes
      this.#counts.sent += bytes
    } else {
      entry.received += bytes
      entry.receiveCredit -= bytes
      this.#counts.received += bytes
    }
  }

  #grant (entry: Entry, out: boolean, bytes: number): void {
    if (out) {
      entry.receiveCredit += bytes
      entry.receiveWindow = Math.max(entry.receiveWindow, entry.receiveCredit)
    } else {
      entry.sendCredit += bytes
      entry.sendWindow = Math.max(entry.sendWindow, entry.sendCredit)
    }
  }

  #finish (entry: Entry, out: boolean): void {
    const [mine, other] = out ? ['localClosed', 'remoteClosed'] as const : ['remoteClosed', 'localClosed'] as const
    if (entry.state === 'open') entry.state = mine
    else if (entry.state === other) this.#end(entry, 'closed')
  }

  #end (entry: Entry, state: 'closed' | 'reset'): void {
    if (entry.state !== 'closed') entry.state = state
  }
}

function keep (list: number[], value: number): void {
  list.push(value)
  if (list.length > remembered) list.shift()
}

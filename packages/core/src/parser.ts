/**
 * Bytes in any chunking to frames. Holds at most one control frame; bodies of DATA pass through as views. Knows lengths, no streams.
 *
 * @module
 */
import { shrug, trace } from './end.ts'
import type { End } from './end.ts'
import { onBody, onBodyEnd, onCredit, onData, onDebug, onFault, onGoAway, onReset, onSyn } from './inbound.ts'
import { AT_BODY, AT_CONTROL, AT_DEBUG, AT_GUESS, AT_HEADER, AT_SKIP } from './parser-states.ts'
import type { Snapshot } from './types.ts'
import { DATA, EMPTY, FLAG_FIN, FLAG_PRIORITY, FLAG_TYPE, GOAWAY, HEADER, readI32, readU31, readU32, RST, SYN, UNKNOWN, WNDINC } from './wire/codec.ts'
import type { Header } from './wire/codec.ts'
import { isPlausible } from './wire/wire1.ts'

/** Turns bytes into calls of `inbound.ts`, in the order of the wire (spec 2.6). */
export class Parser {
  readonly #end: End
  readonly #header: Header = { kind: UNKNOWN, flags: 0, length: 0, streamId: 0 }
  readonly #held = new Uint8Array(HEADER)
  #state = AT_HEADER
  #have = 0
  /** Bytes still to come in AT_BODY, AT_SKIP and AT_DEBUG; bytes to collect in AT_CONTROL. */
  #remaining = 0
  #debug: Uint8Array = EMPTY
  #debugAt = 0

  constructor (end: End) {
    this.#end = end
  }

  /** Whether the input so far ends inside a frame. */
  get midFrame (): boolean {
    return this.#have > 0 || this.#state > AT_GUESS
  }

  /** What is held of an unfinished frame, for snapshots. */
  get partial (): Snapshot['partial'] {
    return { held: Array.from(this.#held.subarray(0, this.#have)), state: this.#state, remaining: this.#remaining }
  }

  /** Take in the next bytes; what follows the frame that ended the session is not looked at. */
  parse (chunk: Uint8Array): void {
    const end = chunk.length
    for (let at = 0; at < end && !this.#end.ending;) {
      const left = end - at
      if (this.#state >= AT_BODY) {
        const size = Math.min(this.#remaining, left)
        this.#remaining -= size
        if (this.#state !== AT_SKIP) this.#pass(size === end ? chunk : chunk.subarray(at, at + size))
        at += size
      } else {
        const need = this.#state === AT_CONTROL ? this.#remaining : HEADER
        const size = Math.min(need - this.#have, left)
        if (size === need) {
          this.#whole(chunk, at)
        } else {
          this.#held.set(chunk.subarray(at, at + size), this.#have)
          this.#have += size
          if (this.#have < need) return
          this.#have = 0
          this.#whole(this.#held, 0)
        }
        at += size
      }
      if (this.#state >= AT_BODY && this.#remaining === 0) this.#complete()
    }
  }

  /** The run of bytes that the state calls for is there. */
  #whole (bytes: Uint8Array, at: number): void {
    if (this.#state === AT_CONTROL) {
      this.#control(bytes, at)
    } else if (this.#state === AT_HEADER || isPlausible(bytes, at)) {
      this.#state = AT_HEADER
      this.#end.settings.codec.decode(readI32(bytes, at), this.#header)
      this.#header.streamId = readU31(bytes, at + 4)
      this.#begin()
    } else {
      // spec 8.3: no header, so the length of the GOAWAY told the truth and these are its first bytes of debug.
      this.#state = AT_DEBUG
      this.#remaining -= HEADER
      this.#pass(bytes.subarray(at, at + HEADER))
    }
  }

  #pass (view: Uint8Array): void {
    if (this.#state === AT_BODY) {
      onBody(this.#end, view)
      return
    }
    const kept = view.subarray(0, this.#debug.length - this.#debugAt)
    this.#debug.set(kept, this.#debugAt)
    this.#debugAt += kept.length
  }

  /** All of a body, or of debug data, is there. */
  #complete (): void {
    const state = this.#state
    this.#state = AT_HEADER
    if (state === AT_BODY) onBodyEnd(this.#end, (this.#header.flags & FLAG_FIN) !== 0)
    else if (state === AT_DEBUG) onDebug(this.#end, this.#debug)
  }

  #begin (): void {
    const header = this.#header
    const { kind, flags, length, streamId } = header
    const { wire } = this.#end.settings.codec
    if (kind === DATA || (kind === UNKNOWN && wire === 2)) {
      trace(this.#end, 'in', header)
      if (kind === UNKNOWN) shrug(this.#end)
      this.#state = kind === DATA && onData(this.#end, header) ? AT_BODY : AT_SKIP
      this.#remaining = length
      return
    }
    // GOAWAY debug beyond this is an attack, not a message (spec 10.1).
    const MAX_DEBUG = 65_536
    const need = kind === GOAWAY ? 8 : kind === SYN ? (flags & FLAG_PRIORITY) + ((flags & FLAG_TYPE) >>> 1) : 4
    const fits = kind === GOAWAY ? length >= need && length <= need + MAX_DEBUG : length === need
    const misplaced = kind === UNKNOWN || (kind === GOAWAY && wire === 2 && streamId !== 0)
    if (misplaced || !fits) {
      onFault(this.#end, header, fits || kind === UNKNOWN ? 'protocol' : 'frameSize')
      return
    }
    this.#remaining = need
    this.#state = AT_CONTROL
    if (need === 0) this.#control(EMPTY, 0)
  }

  /** The fixed body of a control frame is there. */
  #control (bytes: Uint8Array, at: number): void {
    const { kind, flags, length } = this.#header
    const first = kind === SYN && (flags & FLAG_PRIORITY) === 0 ? 0 : kind === RST ? readU32(bytes, at) : readU31(bytes, at)
    const second = kind === GOAWAY || (flags & FLAG_TYPE) > 0 ? readU32(bytes, at + this.#remaining - 4) : 0
    trace(this.#end, 'in', this.#header, first, second)
    this.#state = AT_HEADER
    this.#remaining = 0
    if (kind === SYN) {
      onSyn(this.#end, this.#header, first, second)
    } else if (kind === RST) {
      onReset(this.#end, this.#header, first)
    } else if (kind === WNDINC) {
      onCredit(this.#end, this.#header, first)
    } else {
      onGoAway(this.#end, first, second)
      if (length === HEADER) return
      this.#remaining = length - HEADER
      this.#debug = new Uint8Array(Math.min(this.#remaining, this.#end.settings.maxDebug))
      this.#debugAt = 0
      this.#state = this.#end.settings.codec.wire === 1 && this.#remaining >= HEADER ? AT_GUESS : AT_DEBUG
    }
  }
}

/**
 * Bytes in any chunking to frames. Holds at most one control frame; bodies of DATA pass through as views. Knows lengths, no streams.
 *
 * @module
 */
import type { End } from './end.ts'
import type { Fault } from './errors.ts'
import { onBody, onBodyEnd, onCredit, onData, onDebug, onFault, onGoAway, onReset, onSyn, onUnknown } from './inbound.ts'
import type { Snapshot } from './types.ts'
import { DATA, EMPTY, FLAG_FIN, FLAG_PRIORITY, FLAG_TYPE, GOAWAY, HEADER, readU31, readU32, RST, SYN, UNKNOWN, WNDINC } from './wire/codec.ts'
import type { Header } from './wire/codec.ts'
import { isPlausible } from './wire/wire1.ts'

/** The parser's states: what the next bytes belong to. The first three want a whole run of bytes, the next three take what comes. */
const AT_HEADER = 0
const AT_CONTROL = 1
/** After a GOAWAY of wire 1 whose length may lie: the next eight bytes decide. */
const AT_GUESS = 2
const AT_BODY = 3
const AT_SKIP = 4
const AT_DEBUG = 5

/** GOAWAY debug beyond this is an attack, not a message (spec 10.1). */
const MAX_DEBUG = 65_536

/** Turns bytes into calls of `inbound.ts`, in the order of the wire (spec 2.6). */
export class Parser {
  readonly #end: End
  readonly #header: Header = { kind: UNKNOWN, flags: 0, length: 0, streamId: 0 }
  readonly #held = new Uint8Array(HEADER)
  #state = AT_HEADER
  #have = 0
  /** Bytes still to come in AT_BODY, AT_SKIP and AT_DEBUG; bytes to collect in AT_CONTROL. */
  #remaining = 0
  #lastStreamId = 0
  #code = 0
  #debug: Uint8Array = EMPTY
  #debugAt = 0
  /** The GOAWAY of this debug data has been reported. */
  #guessed = false

  constructor (end: End) {
    this.#end = end
  }

  /** Whether the input so far ends inside a frame. */
  get midFrame (): boolean {
    return this.#have > 0 || (this.#state !== AT_HEADER && this.#state !== AT_GUESS)
  }

  /** What is held of an unfinished frame, for snapshots. */
  get partial (): Snapshot['partial'] {
    return { held: Array.from(this.#held.subarray(0, this.#have)), state: this.#state, remaining: this.#remaining }
  }

  /** Take in the next bytes; what follows the frame that ended the session is not looked at. */
  parse (chunk: Uint8Array): void {
    const end = chunk.byteLength
    for (let at = 0; at < end && this.#end.ending === undefined;) {
      const left = end - at
      if (this.#state >= AT_BODY) {
        const size = Math.min(this.#remaining, left)
        this.#remaining -= size
        if (this.#state !== AT_SKIP) this.#pass(size === end ? chunk : chunk.subarray(at, at + size))
        at += size
        if (this.#remaining === 0) this.#complete()
        continue
      }
      const need = this.#state === AT_CONTROL ? this.#remaining : HEADER
      if (this.#have === 0 && left >= need) {
        this.#whole(chunk, at)
        at += need
        continue
      }
      const size = Math.min(need - this.#have, left)
      this.#held.set(chunk.subarray(at, at + size), this.#have)
      at += size
      this.#have += size
      if (this.#have < need) return
      this.#have = 0
      this.#whole(this.#held, 0)
    }
  }

  /** The run of bytes that the state calls for is there. */
  #whole (bytes: Uint8Array, at: number): void {
    if (this.#state === AT_CONTROL) {
      this.#control(bytes, at)
    } else if (this.#state === AT_HEADER || isPlausible(bytes, at)) {
      this.#state = AT_HEADER
      this.#end.settings.codec.decode(bytes, at, this.#header)
      this.#begin()
    } else {
      // spec 8.3: no header, so the length of the GOAWAY told the truth and these are its first bytes of debug.
      this.#state = AT_DEBUG
      this.#remaining -= HEADER
      this.#pass(bytes.subarray(at, at + HEADER))
      if (this.#remaining === 0) this.#complete()
    }
  }

  #pass (view: Uint8Array): void {
    if (this.#state === AT_BODY) {
      onBody(this.#end, view)
      return
    }
    const kept = view.subarray(0, this.#debug.byteLength - this.#debugAt)
    this.#debug.set(kept, this.#debugAt)
    this.#debugAt += kept.byteLength
  }

  /** All of a body, or of debug data, is there. */
  #complete (): void {
    const state = this.#state
    this.#state = AT_HEADER
    if (state === AT_BODY) onBodyEnd(this.#end, (this.#header.flags & FLAG_FIN) !== 0)
    else if (state === AT_DEBUG) this.#endDebug()
  }

  #begin (): void {
    const header = this.#header
    switch (header.kind) {
      case DATA: {
        this.#stream(onData(this.#end, header) ? AT_BODY : AT_SKIP)
        return
      }
      case SYN: {
        const need = ((header.flags & FLAG_PRIORITY) === 0 ? 0 : 4) + ((header.flags & FLAG_TYPE) === 0 ? 0 : 4)
        if (header.length !== need) this.#fault(header)
        else if (need === 0) onSyn(this.#end, header.streamId, 0, 0, header)
        else this.#collect(need)
        return
      }
      case RST:
      case WNDINC:
        if (header.length !== 4) this.#fault(header)
        else this.#collect(4)
        return
      case GOAWAY:
        if (header.length < 8 || header.length - 8 > MAX_DEBUG) this.#fault(header)
        else if (this.#end.settings.codec.strictFrames && header.streamId !== 0) this.#fault(header, 'protocol')
        else this.#collect(8)
        return
      default:
        if (!this.#end.settings.codec.skipsUnknown) {
          this.#fault(header, 'protocol')
          return
        }
        onUnknown(this.#end, header)
        this.#stream(AT_SKIP)
    }
  }

  /** Take the body as it comes. */
  #stream (state: number): void {
    this.#state = state
    this.#remaining = this.#header.length
    if (this.#remaining === 0) this.#complete()
  }

  #collect (need: number): void {
    this.#remaining = need
    this.#state = AT_CONTROL
  }

  #control (bytes: Uint8Array, at: number): void {
    const header = this.#header
    this.#state = AT_HEADER
    this.#remaining = 0
    switch (header.kind) {
      case SYN: {
        const hasPriority = (header.flags & FLAG_PRIORITY) !== 0
        const type = (header.flags & FLAG_TYPE) !== 0 ? readU32(bytes, hasPriority ? at + 4 : at) : 0
        onSyn(this.#end, header.streamId, hasPriority ? readU31(bytes, at) : 0, type, header)
        return
      }
      case RST:
        onReset(this.#end, header.streamId, readU32(bytes, at))
        return
      case WNDINC:
        onCredit(this.#end, header.streamId, readU31(bytes, at))
        return
      default:
        this.#goAway(readU31(bytes, at), readU32(bytes, at + 4), header.length - 8)
    }
  }

  #goAway (lastStreamId: number, code: number, debugLength: number): void {
    if (debugLength === 0) {
      onGoAway(this.#end, lastStreamId, code, EMPTY)
      return
    }
    this.#lastStreamId = lastStreamId
    this.#code = code
    this.#debug = new Uint8Array(Math.min(debugLength, this.#end.settings.maxDebug))
    this.#debugAt = 0
    this.#remaining = debugLength
    this.#guessed = this.#end.settings.codec.goAwayMayLie && debugLength >= HEADER
    this.#state = this.#guessed ? AT_GUESS : AT_DEBUG
    if (this.#guessed) onGoAway(this.#end, lastStreamId, code, undefined)
  }

  #endDebug (): void {
    const { heard } = this.#end
    if (this.#guessed && heard !== undefined) onDebug(this.#end, heard, this.#debug)
    else onGoAway(this.#end, this.#lastStreamId, this.#code, this.#debug)
  }

  #fault (header: Header, reason: Fault = 'frameSize'): void {
    onFault(this.#end, header, reason)
  }
}

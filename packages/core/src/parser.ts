/**
 * Bytes in any chunking to frames. Holds at most one control frame; bodies of DATA pass through as views. Knows lengths, no streams.
 *
 * @module
 */
import type { Reason } from './errors.ts'
import { HEADER, Kind, readU31, readU32 } from './wire/codec.ts'
import type { Codec, Header } from './wire/codec.ts'

/** What the parser calls, in the order of the wire. */
export interface FrameHandler {
  /** A SYN frame of wire 1 is complete. */
  syn (streamId: number, priority: number, type: number, header: Header): void
  /** A DATA header is complete. Returns whether its body is wanted; otherwise it is skipped. */
  data (header: Header): boolean
  /** Part of a wanted body, never empty. */
  body (view: Uint8Array): void
  /** A wanted body is complete. */
  bodyEnd (fin: boolean): void
  rst (streamId: number, code: number): void
  wndinc (streamId: number, increment: number): void
  /** `debug` is undefined while it is not known yet whether there is any (spec 8.3): the call comes again if there is. */
  goAway (lastStreamId: number, code: number, debug: Uint8Array | undefined): void
  /** A frame of unknown type is being skipped. */
  unknown (header: Header): void
  /** The input cannot be understood. The parser has stopped. */
  fault (reason: Reason, text: string): void
}

/** The parser's states: what the next byte belongs to. */
const AT_HEADER = 0
const AT_BODY = 1
const AT_SKIP = 2
const AT_CONTROL = 3
const AT_DEBUG = 4
/** After a GOAWAY of wire 1 whose length may lie: the next eight bytes decide. */
const AT_GUESS = 5
const STOPPED = 6

/** GOAWAY debug beyond this is an attack, not a message (spec 10.1). */
const MAX_DEBUG = 65_536

const EMPTY = new Uint8Array(0)

/** Turns bytes into calls of a `FrameHandler` (spec 2.6). */
export class Parser {
  readonly #codec: Codec
  readonly #handler: FrameHandler
  readonly #maxDebug: number
  readonly #header: Header = { kind: Kind.unknown, length: 0, streamId: 0, fin: false, syn: false, hasPriority: false, hasType: false }
  readonly #held = new Uint8Array(HEADER)
  #state = AT_HEADER
  #have = 0
  /** Body bytes still to come in AT_BODY, AT_SKIP and AT_DEBUG; bytes to collect in AT_CONTROL. */
  #remaining = 0
  #lastStreamId = 0
  #code = 0
  #debug: Uint8Array = EMPTY
  #debugAt = 0

  /** `maxDebug`: bytes of GOAWAY debug to keep. */
  constructor (codec: Codec, handler: FrameHandler, maxDebug: number) {
    this.#codec = codec
    this.#handler = handler
    this.#maxDebug = maxDebug
  }

  /** Whether the input so far ends inside a frame. */
  get midFrame (): boolean {
    return this.#have > 0 || (this.#state !== AT_HEADER && this.#state !== AT_GUESS && this.#state !== STOPPED)
  }

  /** What is held of an unfinished frame, for snapshots. */
  get partial (): { held: string, remaining: number } {
    let held = `${this.#state}:`
    for (let i = 0; i < this.#have; i++) held += (this.#held[i] ?? 0).toString(16).padStart(2, '0')
    return { held, remaining: this.#remaining }
  }

  /** Ignore everything from now on. */
  stop (): void {
    this.#state = STOPPED
    this.#have = 0
  }

  /** Take in the next bytes. */
  parse (chunk: Uint8Array): void {
    const end = chunk.byteLength
    let at = 0
    while (at < end) {
      switch (this.#state) {
        case AT_HEADER: {
          if (this.#have === 0 && end - at >= HEADER) {
            this.#codec.decode(chunk, at, this.#header)
            at += HEADER
          } else {
            at = this.#hold(chunk, at, HEADER)
            if (this.#have < HEADER) return
            this.#codec.decode(this.#held, 0, this.#header)
            this.#have = 0
          }
          this.#begin()
          break
        }
        case AT_BODY: {
          const size = Math.min(this.#remaining, end - at)
          this.#handler.body(size === end ? chunk : chunk.subarray(at, at + size))
          at += size
          this.#remaining -= size
          if (this.#remaining === 0) this.#endBody()
          break
        }
        case AT_SKIP: {
          const size = Math.min(this.#remaining, end - at)
          at += size
          this.#remaining -= size
          if (this.#remaining === 0) this.#state = AT_HEADER
          break
        }
        case AT_CONTROL: {
          const need = this.#remaining
          if (this.#have === 0 && end - at >= need) {
            this.#control(chunk, at)
            at += need
          } else {
            at = this.#hold(chunk, at, need)
            if (this.#have < need) return
            this.#have = 0
            this.#control(this.#held, 0)
          }
          break
        }
        case AT_GUESS: {
          at = this.#hold(chunk, at, HEADER)
          if (this.#have < HEADER) return
          this.#have = 0
          this.#guess()
          break
        }
        case AT_DEBUG: {
          const size = Math.min(this.#remaining, end - at)
          this.#keepDebug(chunk.subarray(at, at + size))
          at += size
          break
        }
        default: return
      }
    }
  }

  #hold (chunk: Uint8Array, at: number, need: number): number {
    const size = Math.min(need - this.#have, chunk.byteLength - at)
    this.#held.set(chunk.subarray(at, at + size), this.#have)
    this.#have += size
    return at + size
  }

  #begin (): void {
    const header = this.#header
    switch (header.kind) {
      case Kind.data: {
        const wanted = this.#handler.data(header)
        if (this.#state === STOPPED) return
        this.#remaining = header.length
        if (header.length > 0) this.#state = wanted ? AT_BODY : AT_SKIP
        else if (wanted) this.#endBody()
        return
      }
      case Kind.syn: {
        const need = (header.hasPriority ? 4 : 0) + (header.hasType ? 4 : 0)
        if (header.length !== need) this.#fault(`a SYN of ${header.length} bytes, where its flags call for ${need}`)
        else if (need === 0) this.#handler.syn(header.streamId, 0, 0, header)
        else this.#collect(need)
        return
      }
      case Kind.rst:
      case Kind.wndinc:
        if (header.length !== 4) this.#fault(`a ${header.kind === Kind.rst ? 'RST' : 'WNDINC'} of ${header.length} bytes instead of 4`)
        else this.#collect(4)
        return
      case Kind.goaway:
        if (header.length < 8 || header.length - 8 > MAX_DEBUG) this.#fault(`a GOAWAY of ${header.length} bytes`)
        else if (this.#codec.strictFrames && header.streamId !== 0) this.#fault(`a GOAWAY on stream ${header.streamId}`, 'protocol')
        else this.#collect(8)
        return
      default:
        if (!this.#codec.skipsUnknown) {
          this.#fault('a frame of unknown type', 'protocol')
          return
        }
        this.#handler.unknown(header)
        if (this.#state === STOPPED) return
        this.#remaining = header.length
        if (header.length > 0) this.#state = AT_SKIP
    }
  }

  #collect (need: number): void {
    this.#remaining = need
    this.#state = AT_CONTROL
  }

  #endBody (): void {
    this.#state = AT_HEADER
    this.#handler.bodyEnd(this.#header.fin)
  }

  #control (bytes: Uint8Array, at: number): void {
    const header = this.#header
    this.#state = AT_HEADER
    this.#remaining = 0
    switch (header.kind) {
      case Kind.syn: {
        const priority = header.hasPriority ? readU31(bytes, at) : 0
        const type = header.hasType ? readU32(bytes, header.hasPriority ? at + 4 : at) : 0
        this.#handler.syn(header.streamId, priority, type, header)
        return
      }
      case Kind.rst:
        this.#handler.rst(header.streamId, readU32(bytes, at))
        return
      case Kind.wndinc:
        this.#handler.wndinc(header.streamId, readU31(bytes, at))
        return
      default:
        this.#goAway(readU31(bytes, at), readU32(bytes, at + 4), header.length - 8)
    }
  }

  #goAway (lastStreamId: number, code: number, debugLength: number): void {
    this.#lastStreamId = lastStreamId
    this.#code = code
    if (debugLength === 0) {
      this.#handler.goAway(lastStreamId, code, EMPTY)
      return
    }
    this.#debug = new Uint8Array(Math.min(debugLength, this.#maxDebug))
    this.#debugAt = 0
    this.#remaining = debugLength
    if (this.#codec.goAwayMayLie && debugLength >= 8) {
      this.#state = AT_GUESS
      this.#handler.goAway(lastStreamId, code, undefined)
    } else {
      this.#state = AT_DEBUG
    }
  }

  /** spec 8.3: a deployed peer counts 8 + debug bytes in the length and sends none of them. */
  #guess (): void {
    if (this.#codec.plausible(this.#held, 0)) {
      this.#remaining = 0
      this.#state = AT_HEADER
      this.#codec.decode(this.#held, 0, this.#header)
      this.#begin()
    } else {
      this.#state = AT_DEBUG
      this.#keepDebug(this.#held)
    }
  }

  #keepDebug (bytes: Uint8Array): void {
    const room = this.#debug.byteLength - this.#debugAt
    if (room > 0) this.#debug.set(bytes.subarray(0, room), this.#debugAt)
    this.#debugAt += Math.min(room, bytes.byteLength)
    this.#remaining -= bytes.byteLength
    if (this.#remaining > 0) return
    this.#state = AT_HEADER
    const debug = this.#debug
    this.#debug = EMPTY
    this.#handler.goAway(this.#lastStreamId, this.#code, debug)
  }

  #fault (text: string, reason: Reason = 'frameSize'): void {
    this.stop()
    this.#handler.fault(reason, text)
  }
}

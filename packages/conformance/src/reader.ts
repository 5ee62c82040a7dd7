/**
 * Bytes of the endpoint under test to frames. Says what it saw, wrong frames included, and judges nothing. Shares nothing with @muxado/core.
 *
 * @module
 */
import { FIN, type Kind, MAX_31, PRIORITY, reasonText, SYN, TYPE, TYPES, type WireNumber } from './wire.ts'

/** One frame as it came. */
export interface Frame {
  readonly kind: Kind
  /** The eight bytes. */
  readonly header: Uint8Array
  readonly type: number
  readonly flags: number
  readonly length: number
  readonly id: number
  readonly fin: boolean
  /** It opens a stream. */
  readonly syn: boolean
  /** The body of a control frame, as far as it has come. */
  body: Uint8Array
  /** All of the body has come. */
  whole: boolean
  /** A GOAWAY of wire 1 whose length counts debug that is not there (spec 8.3). */
  lies: boolean
}

/** Who is told. */
export interface Visitor {
  /** A header of DATA, or all of another frame: of a GOAWAY, its fixed part. */
  frame (frame: Frame): void
  /** Some of the payload of a DATA frame. */
  payload (frame: Frame, bytes: Uint8Array): void
  /** The last byte of a DATA frame, or of debug, has come. */
  end (frame: Frame): void
}

/** What comes next: a header, the fixed body of a control frame, payload, debug, or what tells debug from a header (spec 8.3). */
type Place = 'header' | 'fixed' | 'payload' | 'debug' | 'guess'

const NOTHING = new Uint8Array(0)

/** Turns bytes into calls of a visitor. */
export class Reader {
  /** What made the rest unreadable, if anything did. */
  broken: string | undefined
  readonly #wire: WireNumber
  readonly #visitor: Visitor
  #held: Uint8Array = NOTHING
  #frame: Frame | undefined
  #at: Place = 'header'
  #left = 8

  constructor (wire: WireNumber, visitor: Visitor) {
    this.#wire = wire
    this.#visitor = visitor
  }

  /** The next bytes. */
  push (chunk: Uint8Array): void {
    let rest = chunk
    while (this.broken === undefined && (rest.length > 0 || this.#left === 0)) {
      const taken = rest.subarray(0, this.#left)
      rest = rest.subarray(taken.length)
      if (this.#at === 'payload' || this.#at === 'debug') this.#pass(taken)
      else this.#collect(taken)
    }
  }

  /** The transport has ended. Returns whether that was inside a frame. */
  end (): boolean {
    if (this.#at === 'guess' && this.#held.length === 0) this.#lied()
    return this.#held.length > 0 || this.#at !== 'header'
  }

  #pass (bytes: Uint8Array): void {
    const frame = this.#frame
    this.#left -= bytes.length
    if (frame === undefined) return
    if (this.#at === 'debug' || frame.kind === 'unknown') frame.body = Buffer.concat([frame.body, bytes])
    else if (bytes.length > 0) this.#visitor.payload(frame, bytes)
    if (this.#left === 0) {
      frame.whole = true
      this.#next('header', 8)
      this.#visitor.end(frame)
    }
  }

  #collect (bytes: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, bytes])
    this.#left -= bytes.length
    if (this.#left > 0) return
    const held = this.#held
    const at = this.#at
    this.#held = NOTHING
    if (at === 'guess') {
      if (!isHeader(held)) {
        this.#next('debug', (this.#frame?.length ?? 0) - 16)
        if (this.#frame !== undefined) this.#frame.body = Buffer.concat([this.#frame.body, held])
        return
      }
      this.#lied()
    }
    if (at === 'fixed') this.#fixed(held)
    else this.#begin(held)
  }

  #begin (header: Uint8Array): void {
    const frame = decode(this.#wire, header)
    this.#frame = frame
    const need = fixedLength(frame)
    if (need === undefined) {
      this.#visitor.frame(frame)
      if (frame.kind === 'unknown' && this.#wire === 1) this.broken = `a frame of the unknown type ${frame.type}`
      this.#next('payload', frame.length)
      return
    }
    // A GOAWAY of a deployed peer may say less than its eight fixed bytes: they are there all the same.
    if (frame.kind === 'goaway' ? frame.length < 8 : frame.length !== need) this.broken = `${frame.kind.toUpperCase()} with a length of ${frame.length}`
    if (this.broken !== undefined) this.#visitor.frame(frame)
    else this.#next('fixed', need)
  }

  #fixed (body: Uint8Array): void {
    const frame = this.#frame
    if (frame === undefined) return
    frame.body = body
    frame.whole = frame.kind !== 'goaway' || frame.length === 8
    this.#next('header', 8)
    if (!frame.whole) this.#next(this.#wire === 1 && frame.length >= 16 ? 'guess' : 'debug', this.#wire === 1 && frame.length >= 16 ? 8 : frame.length - 8)
    this.#visitor.frame(frame)
  }

  #lied (): void {
    if (this.#frame === undefined) return
    this.#frame.lies = true
    this.#next('header', 8)
  }

  #next (at: Place, left: number): void {
    this.#at = at
    this.#left = left
  }
}

function decode (wire: WireNumber, header: Uint8Array): Frame {
  const view = Buffer.from(header)
  const last = view[3] ?? 0
  const type = wire === 1 ? last & 0x1f : last >>> 4
  const flags = wire === 1 ? view[2] ?? 0 : last & 15
  const kind = (Object.entries(TYPES[wire]).find(([, number]) => number === type)?.[0] ?? 'unknown') as Kind // the keys are kinds
  return {
    kind,
    header: view,
    type,
    flags,
    length: wire === 1 ? view.readUInt16BE(0) & 0x3fff : view.readUIntBE(0, 3),
    id: view.readUInt32BE(4) & MAX_31,
    fin: (kind === 'data' || kind === 'syn') && (flags & FIN) !== 0,
    syn: kind === 'syn' || (wire === 2 && kind === 'data' && (flags & SYN) !== 0),
    body: NOTHING,
    whole: false,
    lies: false
  }
}

/** Bytes of the fixed body; undefined for frames that have none. */
function fixedLength ({ kind, flags }: Frame): number | undefined {
  switch (kind) {
    case 'data':
    case 'unknown': return undefined
    case 'syn': return ((flags & PRIORITY) === 0 ? 0 : 4) + ((flags & TYPE) === 0 ? 0 : 4)
    case 'goaway': return 8
    default: return 4
  }
}

/** Whether eight bytes look like a header of wire 1 and not like text (spec 8.3). */
function isHeader (bytes: Uint8Array): boolean {
  return (bytes[2] ?? 255) <= 7 && (bytes[3] ?? 255) <= 6
}

/** Field `index` of a control frame's body. */
export function field ({ body }: Frame, index: number): number {
  return body.length >= index * 4 + 4 ? Buffer.from(body).readUInt32BE(index * 4) : 0
}

/** Priority and type of a SYN of wire 1. */
export function synFields (frame: Frame): { readonly priority: number, readonly type: number } {
  const priority = (frame.flags & PRIORITY) !== 0
  return {
    priority: priority ? field(frame, 0) & MAX_31 : 0,
    type: (frame.flags & TYPE) !== 0 ? field(frame, priority ? 1 : 0) : 0
  }
}

/** A frame in words, behind its header: `0004000200000003  RST 3, cancel (7)`. */
export function frameText (wire: WireNumber, frame: Frame): string {
  return `${Buffer.from(frame.header).toString('hex')}  ${words(wire, frame)}`
}

function words (wire: WireNumber, frame: Frame): string {
  const { kind, id, length } = frame
  switch (kind) {
    case 'syn': {
      const { priority, type } = synFields(frame)
      return `SYN ${id}${frame.fin ? ', FIN' : ''}${priority === 0 ? '' : `, priority ${priority}`}${type === 0 ? '' : `, type 0x${type.toString(16)}`}`
    }
    case 'data': return `DATA ${id}${frame.syn ? ', SYN' : ''}${frame.fin ? ', FIN' : ''}, ${length} bytes`
    case 'rst': return `RST ${id}, ${reasonText(wire, field(frame, 0))}`
    case 'wndinc': return `WNDINC ${id}, ${field(frame, 0)}`
    case 'goaway': {
      const debug = frame.body.subarray(8)
      const shown = debug.length === 0 ? '' : `, ${JSON.stringify(Buffer.from(debug.subarray(0, 60)).toString('latin1'))}`
      return `GOAWAY, last id ${field(frame, 0) & MAX_31}, ${reasonText(wire, field(frame, 1))}${shown}${frame.lies ? `, length ${length} without debug` : ''}`
    }
    case 'unknown': return `unknown type ${frame.type}, stream ${id}, ${length} bytes`
    default: return kind satisfies never
  }
}

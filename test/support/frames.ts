/**
 * Frames of both dialects, built and read for tests. Written from the description of the wire alone and independent of the codec
 * under test on purpose: a mistake in one shows against the other.
 *
 * @module
 */
import { concat, toAscii } from './bytes.ts'

/** What a SYN may carry. In wire 2 only `fin` and `data` exist. */
export interface SynFields {
  readonly priority?: number
  readonly type?: number
  readonly fin?: boolean
  readonly data?: Uint8Array
}

/** Builds the frames of one dialect. */
export interface FrameBuilder {
  readonly wire: 1 | 2
  syn (id: number, fields?: SynFields): Uint8Array<ArrayBuffer>
  data (id: number, payload: Uint8Array, fin?: boolean): Uint8Array<ArrayBuffer>
  fin (id: number): Uint8Array<ArrayBuffer>
  rst (id: number, code: number): Uint8Array<ArrayBuffer>
  credit (id: number, bytes: number): Uint8Array<ArrayBuffer>
  goaway (lastId: number, code: number, debug?: Uint8Array): Uint8Array<ArrayBuffer>
  /** Any frame; `length` is what the header says when it is to lie. */
  raw (type: number, flags: number, id: number, body?: Uint8Array, length?: number): Uint8Array<ArrayBuffer>
}

const none = new Uint8Array(0)

function numbers (...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  values.forEach((value, at) => view.setUint32(4 * at, value))
  return bytes
}

function raw1 (type: number, flags: number, id: number, body: Uint8Array = none, length = body.length): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(8)
  const view = new DataView(header.buffer)
  view.setUint16(0, length)
  view.setUint8(2, flags)
  view.setUint8(3, type)
  view.setUint32(4, id)
  return concat([header, body])
}

function raw2 (type: number, flags: number, id: number, body: Uint8Array = none, length = body.length): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(8)
  const view = new DataView(header.buffer)
  view.setUint32(0, length * 256 + type * 16 + flags)
  view.setUint32(4, id)
  return concat([header, body])
}

/** Frames of the first dialect. */
export const wire1: FrameBuilder = {
  wire: 1,
  syn: (id, { priority, type, fin = false } = {}) => {
    const flags = (fin ? 1 : 0) + (priority === undefined ? 0 : 2) + (type === undefined ? 0 : 4)
    return raw1(1, flags, id, numbers(...[priority, type].filter((value) => value !== undefined)))
  },
  data: (id, payload, fin = false) => raw1(3, fin ? 1 : 0, id, payload),
  fin: (id) => raw1(3, 1, id),
  rst: (id, code) => raw1(2, 0, id, numbers(code)),
  credit: (id, bytes) => raw1(4, 0, id, numbers(bytes)),
  goaway: (lastId, code, debug = none) => raw1(6, 0, 0, concat([numbers(lastId, code), debug])),
  raw: raw1
}

/** Frames of the second dialect. */
export const wire2: FrameBuilder = {
  wire: 2,
  syn: (id, { fin = false, data = none } = {}) => raw2(1, fin ? 3 : 2, id, data),
  data: (id, payload, fin = false) => raw2(1, fin ? 1 : 0, id, payload),
  fin: (id) => raw2(1, 1, id),
  rst: (id, code) => raw2(0, 0, id, numbers(code)),
  credit: (id, bytes) => raw2(2, 0, id, numbers(bytes)),
  goaway: (lastId, code, debug = none) => raw2(3, 0, 0, concat([numbers(lastId, code), debug])),
  raw: raw2
}

/** The four bytes that open a typed stream of wire 2. */
export function typeBytes (type: number): Uint8Array<ArrayBuffer> {
  return numbers(type)
}

/** One frame as read. `payload` counts body bytes seen so far of DATA. */
export interface SeenFrame {
  readonly kind: 'syn' | 'rst' | 'data' | 'credit' | 'goaway' | 'unknown'
  readonly id: number
  readonly length: number
  readonly fin: boolean
  /** Opens a stream, in either dialect. */
  readonly syn: boolean
  body: Uint8Array
}

const KINDS = {
  1: ['unknown', 'syn', 'rst', 'data', 'credit', 'unknown', 'goaway'],
  2: ['rst', 'data', 'credit', 'goaway']
} as const

/** Reads frames from bytes in any chunking, as a peer would that trusts every length. */
export class FrameReader {
  readonly frames: SeenFrame[] = []
  /** Body bytes of the last frame that are still to come. */
  remaining = 0
  readonly #wire: 1 | 2
  #held: Uint8Array = none

  constructor (wire: 1 | 2) {
    this.#wire = wire
  }

  /** True between frames. */
  get whole (): boolean {
    return this.remaining === 0 && this.#held.length === 0
  }

  /** Takes bytes in; `onBody` sees each piece of a body as it comes. */
  push (bytes: Uint8Array, onBody: (frame: SeenFrame, piece: Uint8Array) => void = keepBody): void {
    let rest = this.#held.length === 0 ? bytes : concat([this.#held, bytes])
    this.#held = none
    while (rest.length > 0) {
      const last = this.frames.at(-1)
      if (this.remaining > 0 && last !== undefined) {
        const piece = rest.subarray(0, this.remaining)
        this.remaining -= piece.length
        rest = rest.subarray(piece.length)
        onBody(last, piece)
      } else if (rest.length < 8) {
        this.#held = rest.slice()
        return
      } else {
        const frame = readHeader(this.#wire, rest)
        this.frames.push(frame)
        this.remaining = frame.length
        rest = rest.subarray(8)
      }
    }
  }
}

function keepBody (frame: SeenFrame, piece: Uint8Array): void {
  frame.body = concat([frame.body, piece])
}

function readHeader (wire: 1 | 2, bytes: Uint8Array): SeenFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
  const id = view.getUint32(4)
  if (wire === 1) {
    const flags = view.getUint8(2)
    const kind = KINDS[1][view.getUint8(3)] ?? 'unknown'
    const fin = (flags & 1) !== 0 && (kind === 'syn' || kind === 'data')
    return { kind, id, length: view.getUint16(0), fin, syn: kind === 'syn', body: flagged(kind === 'syn' ? flags : 0) }
  }
  const word = view.getUint32(0)
  const kind = KINDS[2][(word >>> 4) & 15] ?? 'unknown'
  const data = kind === 'data'
  return { kind, id, length: word >>> 8, fin: data && (word & 1) !== 0, syn: data && (word & 2) !== 0, body: none }
}

// The fields of a wire 1 SYN are named by its flags; they lead the kept body as one byte so that a frame stays plain data.
function flagged (flags: number): Uint8Array {
  return flags === 0 ? none : Uint8Array.of(flags)
}

/** All frames of bytes that must be whole frames. */
export function readFrames (wire: 1 | 2, bytes: Uint8Array): SeenFrame[] {
  const reader = new FrameReader(wire)
  reader.push(bytes)
  if (!reader.whole) throw new Error('bytes end in the middle of a frame')
  return reader.frames
}

/** A frame in words, e.g. `syn 3 type 7`, `data 3 "hi" fin`, `credit 3 100`, `rst 3 4`, `goaway 3 0 "bye"`. */
export function frameText (frame: SeenFrame): string {
  const { kind, id, fin, syn, body } = frame
  const end = fin ? ' fin' : ''
  switch (kind) {
    case 'syn': return `syn ${id}${synText(body)}${end}`
    case 'data': return `${syn ? 'syn' : 'data'} ${id}${frame.length === 0 ? '' : ' ' + payloadText(body)}${end}`
    case 'rst': return `rst ${id} ${number(body, 0)}`
    case 'credit': return `credit ${id} ${number(body, 0)}`
    case 'goaway': return `goaway ${number(body, 0)} ${number(body, 4)}${body.length === 8 ? '' : ' ' + payloadText(body.subarray(8))}`
    case 'unknown': return `unknown ${id} [${body.length}]`
    default: return kind satisfies never
  }
}

/** Bytes in words: short printable ones quoted, short others in hexadecimal, longer ones by their count. */
export function payloadText (bytes: Uint8Array): string {
  if (bytes.length > 24) return `[${bytes.length}]`
  const text = toAscii(bytes)
  return text === undefined || bytes.length === 0 ? `<${Buffer.from(bytes).toString('hex')}>` : JSON.stringify(text)
}

function synText (body: Uint8Array): string {
  const flags = body[0] ?? 0
  let at = 1
  let text = ''
  if ((flags & 2) !== 0) {
    text += ` priority ${number(body, at)}`
    at += 4
  }
  if ((flags & 4) !== 0) text += ` type ${number(body, at)}`
  return text
}

function number (bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)
}

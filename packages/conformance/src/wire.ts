/**
 * Both dialects as bytes: numbers, and a writer that writes whatever it is told, wrong frames included. Shares nothing with @muxado/core, so that
 * an error there cannot hide behind the same error here. Knows no connection.
 *
 * @module
 */

/** A dialect (spec 2.1). */
export type WireNumber = 1 | 2

/** One end of a session (spec 3.1). */
export type Role = 'client' | 'server'

/** What both ends were set up for; nothing on the wire tells it (spec 2.1). */
export interface Terms {
  readonly wire: WireNumber
  /** The role of this command; the endpoint under test has the other. */
  readonly role: Role
  /** Wire 2: every stream starts with its type (spec 9.2). */
  readonly typed: boolean
  /** The initial window of each direction of each stream (spec 5.1). */
  readonly window: number
}

/** What a frame is, dialects aside. In wire 2 a stream is opened by a `data` frame with SYN. */
export type Kind = 'syn' | 'rst' | 'data' | 'wndinc' | 'goaway' | 'unknown'

/** Numbers of types: wire 1 (spec 2.3), wire 2 (spec 2.5). */
export const TYPES = {
  1: { syn: 1, rst: 2, data: 3, wndinc: 4, goaway: 6 },
  2: { rst: 0, data: 1, wndinc: 2, goaway: 3 }
} as const

/** Flags: FIN is the same in both, SYN belongs to DATA of wire 2, the others to SYN of wire 1. */
export const FIN = 1
/** DATA of wire 2 opens a stream. */
export const SYN = 2
/** SYN of wire 1 carries a priority. */
export const PRIORITY = 2
/** SYN of wire 1 carries a type. */
export const TYPE = 4

/** Largest body: wire 1 has 14 bits for it, wire 2 has 24. */
export const LARGEST = { 1: 16_383, 2: 16_777_215 } as const
/** Initial windows (spec 5.1). */
export const WINDOW = { 1: 65_536, 2: 262_144 } as const
/** Types of heartbeat streams (spec 9.3). */
export const HEARTBEAT = { 1: 0xfffffeff, 2: 0xffffffff } as const
/** 2^31-1: the largest id, priority, increment and credit. */
export const MAX_31 = 0x7fffffff
/** The bit that is reserved in ids, increments, priorities and last ids. */
export const TOP_BIT = 0x80000000

/** Reasons by name: their number in wire 1 and in wire 2 (spec 6.1). */
export const REASONS = {
  none: [0, 0],
  protocol: [1, 1],
  internal: [2, 2],
  flowControl: [3, 3],
  streamClosed: [4, 4],
  frameSize: [5, 8],
  refused: [6, 5],
  cancel: [7, 6],
  acceptQueueFull: [6, 9],
  calm: [1, 10],
  peerEof: [2, 15]
} as const

/** A reason that cases expect or give. */
export type Reason = keyof typeof REASONS

/** The number of a reason in a dialect. */
export function numberOf (wire: WireNumber, reason: Reason | number): number {
  return typeof reason === 'number' ? reason : REASONS[reason][wire - 1 as 0 | 1]
}

/** A number with its first name in a dialect, for people: `frameSize (5)`. */
export function reasonText (wire: WireNumber, number: number): string {
  const name = Object.entries(REASONS).find(([, numbers]) => numbers[wire - 1] === number)?.[0]
  return name === undefined ? `${number}` : `${name} (${number})`
}

/** 32 bits, big-endian. */
export function u32 (...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => { bytes.writeUInt32BE(value >>> 0, i * 4) })
  return bytes
}

/** Bytes that tell where they are: byte k is k modulo 251, from `from` on. */
export function pattern (length: number, from: number = 0): Uint8Array {
  const start = from % PERIOD
  if (sheet.length < start + length) {
    const larger = Buffer.alloc(2 * (start + length))
    for (let i = 0; i < larger.length; i++) larger[i] = i % PERIOD
    sheet = larger
  }
  return sheet.subarray(start, start + length)
}

const PERIOD = 251
let sheet: Uint8Array = Buffer.alloc(0)

/** One run of bytes out of several. */
export function join (...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}

const NOTHING = new Uint8Array(0)

/** The parts of a frame that a case may want to be wrong. */
export interface Oddities {
  /** Instead of those that belong there. */
  readonly flags?: number
  /** What the header says, whatever follows. */
  readonly length?: number
  /** Stream id of a frame that has none. */
  readonly id?: number
}

/** Writes frames of one dialect. */
export class Writer {
  readonly #wire: WireNumber
  readonly #typed: boolean

  constructor ({ wire, typed }: Pick<Terms, 'wire' | 'typed'>) {
    this.#wire = wire
    this.#typed = wire === 2 && typed
  }

  /** Any frame: numbers go out as they are, reserved bits included. */
  frame (type: number, flags: number, id: number, body: Uint8Array = NOTHING, length: number = body.length): Uint8Array {
    const header = Buffer.alloc(8)
    if (this.#wire === 1) {
      header.writeUInt16BE(length, 0)
      header[2] = flags
      header[3] = type
    } else {
      header.writeUIntBE(length, 0, 3)
      header[3] = type << 4 | flags
    }
    header.writeUInt32BE(id >>> 0, 4)
    return join(header, body)
  }

  /** What opens a stream, as a correct peer writes it (spec 4.1): the type goes out when there is one to tell. */
  open (id: number, type: number = 0): Uint8Array {
    if (this.#wire === 1) return type === 0 ? this.syn(id) : this.syn(id, TYPE, u32(type))
    return join(this.data(id, NOTHING, SYN), this.#typed ? this.data(id, u32(type)) : NOTHING)
  }

  /** A SYN frame of wire 1. */
  syn (id: number, flags: number = 0, body: Uint8Array = NOTHING, length: number = body.length): Uint8Array {
    return this.frame(TYPES[1].syn, flags, id, body, length)
  }

  /** A DATA frame. */
  data (id: number, payload: Uint8Array = NOTHING, flags: number = 0): Uint8Array {
    return this.frame(TYPES[this.#wire].data, flags, id, payload)
  }

  /** The header of a DATA frame, whose body comes later or never. */
  head (id: number, length: number, flags: number = 0): Uint8Array {
    return this.frame(TYPES[this.#wire].data, flags, id, NOTHING, length)
  }

  /** An RST frame. */
  rst (id: number, reason: Reason | number = 'cancel', odd: Oddities = {}): Uint8Array {
    const body = u32(numberOf(this.#wire, reason))
    return this.frame(TYPES[this.#wire].rst, odd.flags ?? 0, id, sized(body, odd.length), odd.length)
  }

  /** A WNDINC frame. */
  wndinc (id: number, increment: number, odd: Oddities = {}): Uint8Array {
    return this.frame(TYPES[this.#wire].wndinc, odd.flags ?? 0, id, sized(u32(increment), odd.length), odd.length)
  }

  /** A GOAWAY frame. */
  goaway (last: number, reason: Reason | number = 'none', debug: Uint8Array = NOTHING, odd: Oddities = {}): Uint8Array {
    const body = join(u32(last, numberOf(this.#wire, reason)), debug)
    return this.frame(TYPES[this.#wire].goaway, odd.flags ?? 0, odd.id ?? 0, body, odd.length)
  }

  /** A GOAWAY behind which more will follow: in wire 2 with the eight bytes that some deployed peers take for its end (spec 8.2). */
  farewell (last: number, reason: Reason | number = 'none', debug: Uint8Array = NOTHING, odd: Oddities = {}): Uint8Array {
    const goaway = this.goaway(last, reason, debug, odd)
    return this.#wire === 1 ? goaway : join(goaway, this.data(1, NOTHING, FIN))
  }

  /** A frame whose type nobody knows. */
  unknown (type: number, id: number = 0, body: Uint8Array = NOTHING): Uint8Array {
    return this.frame(type, 0, id, body)
  }
}

/** A body of as many bytes as the header will say. */
function sized (body: Uint8Array, length: number = body.length): Uint8Array {
  return length <= body.length ? body.subarray(0, length) : join(body, new Uint8Array(length - body.length))
}

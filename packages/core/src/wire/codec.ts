/**
 * The frame model that both dialects share, and what a dialect must say about itself. Knows no stream and no session.
 *
 * @module
 */
import type { Reason, ReasonName } from '../errors.ts'

/** Kinds of frame, dialects aside. The numbers are ours, not the wire's. */
export const Kind: Readonly<{ unknown: 0, syn: 1, rst: 2, data: 3, wndinc: 4, goaway: 5 }> =
  Object.freeze({ unknown: 0, syn: 1, rst: 2, data: 3, wndinc: 4, goaway: 5 } as const)
export type Kind = (typeof Kind)[keyof typeof Kind]

/** Bytes of every header, in both dialects. */
export const HEADER = 8

/** The largest id, and the largest window: 31 bits. */
export const MAX_31 = 0x7fffffff

/** A decoded header. One object is reused for every frame: copy what must outlive the call. */
export interface Header {
  kind: Kind
  /** Body bytes that follow. */
  length: number
  streamId: number
  fin: boolean
  /** Opens a stream: always so for `Kind.syn`, a flag on `Kind.data` in wire 2. */
  syn: boolean
  /** `Kind.syn`: bytes of body the flags call for, and which fields they are. */
  hasPriority: boolean
  hasType: boolean
}

/** One dialect: how frames look, and what it can and cannot do. Everything above branches on these fields only. */
export interface Codec {
  readonly wire: 1 | 2
  /** A SYN frame of its own carries priority and type (spec 2.3); otherwise SYN is a flag on DATA and the type travels in band (spec 9.2). */
  readonly hasSynFrame: boolean
  /** SYNs come in increasing order, so that every id is idle, open or used (spec 3.2). */
  readonly orderedIds: boolean
  /** Frames on id 0, and increments of 0, are fatal (spec 2.7). */
  readonly strictFrames: boolean
  /** Unknown frame types are skipped (spec 2.7); otherwise they are fatal. */
  readonly skipsUnknown: boolean
  /** GOAWAY frames may carry a length that counts debug bytes which never come (spec 8.3, quirk B1). */
  readonly goAwayMayLie: boolean
  /** A frame to follow every GOAWAY that is not the last frame, for peers that over-read by eight bytes (spec 8.2, quirk Q1). */
  readonly goAwayPadding: Uint8Array | undefined
  /** What `lastStreamId` a server reports before it accepted anything (spec 8.1). */
  readonly firstLastId: 0 | 1
  /** Largest body of a DATA frame. */
  readonly maxPayload: number
  /** Default window. */
  readonly window: number
  /** Default for the largest DATA payload sent. */
  readonly maxFrame: number
  /** The type of heartbeat streams (spec 9.3). */
  readonly heartbeatType: number
  /** Numbers of all reasons (spec 6.1). */
  readonly reasons: Readonly<Record<ReasonName, number>>
  /** Names of the numbers that have one. */
  readonly names: readonly ReasonName[]

  /** Decode eight bytes at `at`. */
  decode (bytes: Uint8Array, at: number, header: Header): void
  /** Write eight bytes at `at`. `fin` and `syn` are honoured where the kind has them. */
  encode (bytes: Uint8Array, at: number, kind: Kind, length: number, streamId: number, fin: boolean, syn: boolean): void
  /** Whether eight bytes at `at` look like a header rather than text (spec 8.3). */
  plausible (bytes: Uint8Array, at: number): boolean
}

/** The number of a reason in a dialect; numbers pass through. */
export function codeOf (codec: Codec, reason: Reason): number {
  return typeof reason === 'number' ? reason : codec.reasons[reason]
}

/** The name of a number in a dialect; a number without one passes through. */
export function reasonOf (codec: Codec, code: number): Reason {
  return codec.names[code] ?? code
}

/** Read 32 bits, big-endian. */
export function readU32 (bytes: Uint8Array, at: number): number {
  return readU31(bytes, at) + (byteAt(bytes, at) >= 0x80 ? 0x80000000 : 0)
}

/** Read 32 bits, big-endian, with the top bit masked off. */
export function readU31 (bytes: Uint8Array, at: number): number {
  return ((byteAt(bytes, at) & 0x7f) << 24) | (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3)
}

/** Write 32 bits, big-endian. */
export function writeU32 (bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** A byte that is known to be there: callers check lengths once for a whole field. */
export function byteAt (bytes: Uint8Array, at: number): number {
  return bytes[at] as number // in range: see above
}

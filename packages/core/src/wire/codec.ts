/**
 * The frame model that both dialects share, and what a dialect must say about itself. Knows no stream and no session.
 *
 * @module
 */
import type { Reason } from '../errors.ts'

// Kinds of frame, dialects aside. The numbers are ours, not the wire's.
/** A type that the dialect does not know. */
export const UNKNOWN = 0
/** Opens a stream. */
export const SYN = 1
/** Ends a stream early. */
export const RST = 2
/** Carries payload. */
export const DATA = 3
/** Returns credit. */
export const WNDINC = 4
/** Announces the end of the session. */
export const GOAWAY = 5

/** A kind of frame. */
export type Kind = 0 | 1 | 2 | 3 | 4 | 5

/** What traces and messages call each kind. */
export const KINDS = ['unknown', 'syn', 'rst', 'data', 'wndinc', 'goaway'] as const

// Flags of a header, dialects aside.
/** The last frame of its stream's half. */
export const FLAG_FIN = 1
/** Opens a stream: set on every SYN frame, and on the DATA frame that stands for one in wire 2. */
export const FLAG_SYN = 2
/** A SYN frame carries a priority. */
export const FLAG_PRIORITY = 4
/** A SYN frame carries a type. */
export const FLAG_TYPE = 8

/** Bytes of every header, in both dialects. */
export const HEADER = 8

/** The largest id, and the largest window: 31 bits. */
export const MAX_31 = 0x7fffffff
/** The largest type and the largest reason: 32 bits. */
export const MAX_32 = 0xffffffff

/** No bytes. */
export const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0)

/** A decoded header. One object is reused for every frame: copy what must outlive the call. */
export interface Header {
  kind: Kind
  flags: number
  /** Body bytes that follow. */
  length: number
  streamId: number
}

/** One dialect: how frames look. */
export interface Codec {
  /**
   * Which one. Beyond the look of frames these rules differ, and everything above asks for no other:
   *
   * - In wire 1 a SYN frame of its own carries priority and type (spec 2.3). In wire 2 SYN is a flag on DATA, and the type travels in band
   *   (spec 9.2).
   * - In wire 1 SYNs come in increasing order, so that every id is idle, open or used (spec 3.2).
   * - In wire 2 frames on id 0, and increments of 0, are fatal, and unknown types are skipped; in wire 1 it is the other way about (spec 2.7).
   * - In wire 1 GOAWAY frames may carry a length that counts debug bytes which never come (spec 8.3, quirk B1), and a server that has accepted
   *   nothing names 1 as the last id, not 0 (spec 8.1). In wire 2 peers over-read by eight bytes behind a GOAWAY (spec 8.2, quirk Q1).
   */
  readonly wire: 1 | 2
  /** Largest body of a DATA frame. */
  readonly maxPayload: number
  /** Default window. */
  readonly window: number

  /** Decode the first four bytes of a header, read as one number; the other four are the id, in both dialects. */
  decode (word: number, header: Header): void
  /** The first four bytes of a header, as one number. */
  encode (kind: Kind, flags: number, length: number): number
}

/** Names of reasons, in the order of their numbers in wire 2 (spec 6.1). */
export const NAMES: readonly Reason[] = [
  'none', 'protocol', 'internal', 'flowControl', 'streamClosed', 'refused', 'cancel', 'reset', 'frameSize', 'acceptQueueFull', 'calm',
  'remoteGoneAway', 'streamsExhausted', 'writeTimeout', 'sessionClosed', 'peerEof'
]

/** Their numbers in wire 1, which has eight: a number belongs to the first name that has it, the others go out as the nearest. */
const WIRE_1 = [0, 1, 2, 3, 4, 6, 7, 7, 5, 6, 1, 6, 2, 7, 0, 2]

/** The number of a reason in a dialect; numbers pass through. */
export function codeOf ({ wire }: Codec, reason: Reason): number {
  if (typeof reason === 'number') return reason
  const at = NAMES.indexOf(reason)
  return wire === 1 ? WIRE_1[at] as number : at // as long as NAMES
}

/** The name of a number in a dialect; a number without one passes through. */
export function reasonOf ({ wire }: Codec, code: number): Reason {
  return NAMES[wire === 1 ? WIRE_1.indexOf(code) : code] ?? code
}

/** Read 32 bits, big-endian, of which the first is the sign. */
export function readI32 (bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 24) | (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3)
}

/** Read 32 bits, big-endian. */
export function readU32 (bytes: Uint8Array, at: number): number {
  return readI32(bytes, at) >>> 0
}

/** Read 32 bits, big-endian, with the top bit masked off. */
export function readU31 (bytes: Uint8Array, at: number): number {
  return readI32(bytes, at) & MAX_31
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

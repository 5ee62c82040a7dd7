/**
 * Wire 1: the dialect of the first Go generation (spec 2.2, 2.3).
 *
 * @module
 */
import { byteAt, Kind, readU31, writeU32 } from './codec.ts'
import type { Codec, Header } from './codec.ts'

const FIN = 0x01
const PRIORITY = 0x02
const TYPE = 0x04

/** Wire numbers to kinds; 5 was meant for priorities and never was implemented. */
const KINDS: readonly Kind[] = [Kind.unknown, Kind.syn, Kind.rst, Kind.data, Kind.wndinc, Kind.unknown, Kind.goaway]

/** Kinds to wire numbers. */
const NUMBERS: Readonly<Record<Kind, number>> = {
  [Kind.unknown]: 0, [Kind.syn]: 1, [Kind.rst]: 2, [Kind.data]: 3, [Kind.wndinc]: 4, [Kind.goaway]: 6
}

/** The codec of wire 1. */
export const wire1: Codec = {
  wire: 1,
  hasSynFrame: true,
  orderedIds: true,
  strictFrames: false,
  skipsUnknown: false,
  goAwayMayLie: true,
  goAwayPadding: undefined,
  firstLastId: 1,
  maxPayload: 16_383,
  window: 65_536,
  maxFrame: 16_383,
  heartbeatType: 0xfffffeff,
  reasons: {
    none: 0,
    protocol: 1,
    internal: 2,
    flowControl: 3,
    streamClosed: 4,
    frameSize: 5,
    refused: 6,
    cancel: 7,
    // This dialect has eight numbers; the other names go out as the nearest of them.
    reset: 7,
    acceptQueueFull: 6,
    calm: 1,
    remoteGoneAway: 6,
    streamsExhausted: 2,
    writeTimeout: 7,
    sessionClosed: 0,
    peerEof: 2
  },
  names: ['none', 'protocol', 'internal', 'flowControl', 'streamClosed', 'frameSize', 'refused', 'cancel'],

  decode (bytes: Uint8Array, at: number, header: Header): void {
    const flags = byteAt(bytes, at + 2)
    const kind = KINDS[byteAt(bytes, at + 3) & 0x1f] ?? Kind.unknown
    header.kind = kind
    header.length = ((byteAt(bytes, at) & 0x3f) << 8) | byteAt(bytes, at + 1)
    header.streamId = readU31(bytes, at + 4)
    header.fin = (flags & FIN) !== 0 && (kind === Kind.data || kind === Kind.syn)
    header.syn = kind === Kind.syn
    header.hasPriority = (flags & PRIORITY) !== 0
    header.hasType = (flags & TYPE) !== 0
  },

  encode (bytes: Uint8Array, at: number, kind: Kind, length: number, streamId: number, fin: boolean): void {
    bytes[at] = length >>> 8
    bytes[at + 1] = length
    bytes[at + 2] = fin ? FIN : 0
    bytes[at + 3] = NUMBERS[kind]
    writeU32(bytes, at + 4, streamId)
  },

  plausible (bytes: Uint8Array, at: number): boolean {
    if ((byteAt(bytes, at) & 0xc0) !== 0 || (byteAt(bytes, at + 4) & 0x80) !== 0) return false
    const flags = byteAt(bytes, at + 2)
    const length = (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1)
    switch (byteAt(bytes, at + 3)) {
      case 1: return flags <= (FIN | PRIORITY | TYPE) && length === ((flags & PRIORITY) === 0 ? 0 : 4) + ((flags & TYPE) === 0 ? 0 : 4)
      case 2:
      case 4: return flags === 0 && length === 4
      case 3: return flags <= FIN
      case 6: return flags === 0 && length >= 8
      default: return false
    }
  }
}

/** The flags of a SYN, which `encode` leaves out because only this dialect has them. */
export function synFlags (priority: number, type: number): number {
  return (priority === 0 ? 0 : PRIORITY) | (type === 0 ? 0 : TYPE)
}

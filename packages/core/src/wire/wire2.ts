/**
 * Wire 2: the dialect of the later Go and Rust generations (spec 2.4, 2.5).
 *
 * @module
 */
import { byteAt, Kind, readU31, writeU32 } from './codec.ts'
import type { Codec, Header } from './codec.ts'

const FIN = 0x1
const SYN = 0x2

/** Wire numbers to kinds; 4 to 15 are unknown. */
const KINDS: readonly Kind[] = [Kind.rst, Kind.data, Kind.wndinc, Kind.goaway]

/** Kinds to wire numbers; a SYN is a DATA frame with a flag here. */
const NUMBERS: Readonly<Record<Kind, number>> = {
  [Kind.unknown]: 15, [Kind.syn]: 1, [Kind.rst]: 0, [Kind.data]: 1, [Kind.wndinc]: 2, [Kind.goaway]: 3
}

/** The codec of wire 2. */
export const wire2: Codec = {
  wire: 2,
  hasSynFrame: false,
  orderedIds: false,
  strictFrames: true,
  skipsUnknown: true,
  goAwayMayLie: false,
  // An empty DATA with FIN on id 1, which nobody uses: ignored when parsed, harmless when swallowed.
  goAwayPadding: Uint8Array.of(0, 0, 0, 0x11, 0, 0, 0, 1),
  firstLastId: 0,
  maxPayload: 0xffffff,
  window: 262_144,
  maxFrame: 65_536,
  heartbeatType: 0xffffffff,
  reasons: {
    none: 0,
    protocol: 1,
    internal: 2,
    flowControl: 3,
    streamClosed: 4,
    refused: 5,
    cancel: 6,
    reset: 7,
    frameSize: 8,
    acceptQueueFull: 9,
    calm: 10,
    remoteGoneAway: 11,
    streamsExhausted: 12,
    writeTimeout: 13,
    sessionClosed: 14,
    peerEof: 15
  },
  names: [
    'none', 'protocol', 'internal', 'flowControl', 'streamClosed', 'refused', 'cancel', 'reset', 'frameSize', 'acceptQueueFull', 'calm',
    'remoteGoneAway', 'streamsExhausted', 'writeTimeout', 'sessionClosed', 'peerEof'
  ],

  decode (bytes: Uint8Array, at: number, header: Header): void {
    const kind = KINDS[byteAt(bytes, at + 3) >> 4] ?? Kind.unknown
    const flags = kind === Kind.data ? byteAt(bytes, at + 3) : 0
    header.kind = kind
    header.length = (byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2)
    header.streamId = readU31(bytes, at + 4)
    header.fin = (flags & FIN) !== 0
    header.syn = (flags & SYN) !== 0
    header.hasPriority = false
    header.hasType = false
  },

  encode (bytes: Uint8Array, at: number, kind: Kind, length: number, streamId: number, fin: boolean, syn: boolean): void {
    bytes[at] = length >>> 16
    bytes[at + 1] = length >>> 8
    bytes[at + 2] = length
    bytes[at + 3] = (NUMBERS[kind] << 4) | (fin ? FIN : 0) | (syn ? SYN : 0)
    writeU32(bytes, at + 4, streamId)
  },

  // GOAWAY is well formed in this dialect: nobody asks.
  plausible (): boolean {
    return true
  }
}

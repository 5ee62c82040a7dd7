/**
 * Wire 2: the dialect of the later Go and Rust generations (spec 2.4, 2.5).
 *
 * @module
 */
import { byteAt, DATA, GOAWAY, readU31, RST, SYN, UNKNOWN, WNDINC, writeU32 } from './codec.ts'
import type { Codec, Header, Kind } from './codec.ts'

/** Wire numbers to kinds; 4 to 15 are unknown. */
const KINDS: readonly Kind[] = [RST, DATA, WNDINC, GOAWAY]

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

  // On the wire the flags are FIN 1 and SYN 2, as in the model.
  decode (bytes: Uint8Array, at: number, header: Header): void {
    const type = byteAt(bytes, at + 3)
    const kind = KINDS[type >> 4] ?? UNKNOWN
    header.kind = kind
    header.length = (byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2)
    header.streamId = readU31(bytes, at + 4)
    header.flags = kind === DATA ? type & 3 : 0
  },

  // A SYN is an empty DATA frame with a flag here.
  encode (bytes: Uint8Array, at: number, kind: Kind, flags: number, length: number, streamId: number): void {
    bytes[at] = length >>> 16
    bytes[at + 1] = length >>> 8
    bytes[at + 2] = length
    bytes[at + 3] = (KINDS.indexOf(kind === SYN ? DATA : kind) << 4) | flags
    writeU32(bytes, at + 4, streamId)
  }
}

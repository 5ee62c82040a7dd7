/**
 * Wire 2: the dialect of the later Go and Rust generations (spec 2.4, 2.5).
 *
 * @module
 */
import { DATA, GOAWAY, RST, SYN, UNKNOWN, WNDINC } from './codec.ts'
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
  decode (word: number, header: Header): void {
    const kind = KINDS[(word >>> 4) & 15] ?? UNKNOWN
    header.kind = kind
    header.length = word >>> 8
    header.flags = kind === DATA ? word & 3 : 0
  },

  // A SYN is an empty DATA frame with a flag here.
  encode (kind: Kind, flags: number, length: number): number {
    return (length << 8) | (KINDS.indexOf(kind === SYN ? DATA : kind) << 4) | flags
  }
}

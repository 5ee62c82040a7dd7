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
  maxPayload: 0xffffff,
  window: 262_144,

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

/**
 * Wire 1: the dialect of the first Go generation (spec 2.2, 2.3).
 *
 * @module
 */
import { byteAt, DATA, FLAG_FIN, FLAG_SYN, GOAWAY, RST, SYN, UNKNOWN, WNDINC } from './codec.ts'
import type { Codec, Header, Kind } from './codec.ts'

/** Wire numbers to kinds; 5 was meant for priorities and never was implemented. */
const KINDS: readonly Kind[] = [UNKNOWN, SYN, RST, DATA, WNDINC, UNKNOWN, GOAWAY]

/** The codec of wire 1. */
export const wire1: Codec = {
  wire: 1,
  maxPayload: 16_383,
  window: 65_536,

  // On the wire the flags are FIN 1, PRIORITY 2, TYPE 4: the last two are one bit below the model's, which has SYN between.
  decode (word: number, header: Header): void {
    const flags = word >>> 8
    const kind = KINDS[word & 0x1f] ?? UNKNOWN
    header.kind = kind
    header.length = (word >>> 16) & 0x3fff
    header.flags = kind === SYN ? (flags & FLAG_FIN) | ((flags & 6) << 1) | FLAG_SYN : kind === DATA ? flags & FLAG_FIN : 0
  },

  encode (kind: Kind, flags: number, length: number): number {
    return (length << 16) | ((flags & FLAG_FIN) << 8) | ((flags & 12) << 7) | KINDS.indexOf(kind, 1)
  }
}

/** Whether eight bytes look like a header and not like text: flags and type of a header are control characters (spec 8.3). */
export function isPlausible (bytes: Uint8Array, at: number): boolean {
  return byteAt(bytes, at + 2) <= 7 && byteAt(bytes, at + 3) <= 6
}

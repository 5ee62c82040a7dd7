/**
 * Seeded randomness: the same seed gives the same draws on every machine. Knows nothing of muxado.
 *
 * @module
 */

/** A source of draws. */
export interface Random {
  /** A whole number of 0 to `below` - 1. */
  below (below: number): number
  /** A whole number of `low` to `high`, both included. */
  between (low: number, high: number): number
  /** True once in `times` on average. */
  oneIn (times: number): boolean
  /** One of the items. */
  pick<T> (items: readonly T[]): T
}

/** Draws that depend on `seed` only (the splitmix32 generator). */
export function createRandom (seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const below = (limit: number): number => Math.floor(next() / 0x100000000 * limit)
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    oneIn: (times) => below(times) === 0,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new Error('nothing to pick from')
      return items[below(items.length)] as T // in range
    }
  }
}

/** `bytes` cut into random pieces; most are small, some are large, one byte is common. */
export function chunks (random: Random, bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const size = random.oneIn(3) ? 1 : random.oneIn(4) ? random.between(1, 4096) : random.between(1, 24)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

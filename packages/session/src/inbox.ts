/**
 * What a reader gets of the bytes that came. Knows nothing of credit or streams.
 *
 * @module
 */
import type { Pieces } from '@muxado/core/pieces'
import { Uint8ArrayList } from 'uint8arraylist'

/** No bytes. */
export const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0)

/**
 * One such list that always lives: V8 forgets the shape of objects when a collection finds none of them, and throws away all that it compiled for
 * them, so bulk was compiled again after each full collection. Bundlers drop it.
 */
export const SHAPE: Uint8ArrayList = /* @__PURE__ */ new Uint8ArrayList()

/** Take up to `max` bytes from the front; the caller owns them. */
export function take (unread: Pieces, max: number): Uint8ArrayList {
  const runs: Uint8Array[] = []
  const size = Math.min(max, unread.length)
  for (let left = size; left > 0;) {
    const run = unread.take(left)
    runs.push(run)
    left -= run.length
  }
  return Uint8ArrayList.fromUint8Arrays(runs, size)
}

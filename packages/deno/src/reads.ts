/**
 * How a connection is read. Knows nothing of iterators or of writing.
 *
 * @module
 */
import type { Conn } from './types.ts'

/** What one read takes at most. */
const BUFFER = 65_536

/** Up to here a read is copied out and its buffer used again, or a few bytes that wait for their reader would keep 64 KiB. */
const SMALL = 16_384

/** A function that reads what has come, or undefined at the end. One call at a time. */
export function readsOf (conn: Conn): () => Promise<Uint8Array | undefined> {
  let buffer: Uint8Array | undefined
  return async () => {
    const into = buffer ??= new Uint8Array(BUFFER)
    const count = await conn.read(into)
    if (count === null) return undefined
    if (count <= SMALL) return into.slice(0, count)
    buffer = undefined
    return into.subarray(0, count)
  }
}

/**
 * Memory for messages that is used again once it was sent, since memory outside V8's heap makes it collect: at 200 MiB/s some twenty times a
 * second, which a ping beside such bulk notices. Knows no socket.
 *
 * @module
 */
import type { MessageMemory } from '../types.ts'

/** The largest message that is made here. */
const SIZE = 65_536

/** Smaller ones are not worth a whole block. */
const LEAST = 16_384

/** Blocks to keep, of all connections together: 2 MiB. */
const MOST = 32

const free: Array<Uint8Array<ArrayBuffer>> = []
const lent = new WeakMap<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>()

/** For sockets of the system: what wraps another stream may go on holding what it says it has written. */
export const memory: MessageMemory = {
  take (size) {
    if (size > SIZE || size < LEAST) return new Uint8Array(size)
    const block = free.pop() ?? new Uint8Array(SIZE)
    const message = block.subarray(0, size)
    lent.set(message, block)
    return message
  },
  give (message) {
    const block = lent.get(message)
    if (block === undefined) return
    lent.delete(message)
    if (free.length < MOST) free.push(block)
  }
}

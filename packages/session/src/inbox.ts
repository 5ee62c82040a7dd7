/**
 * Bytes that came and were not read yet. Knows how to keep them without keeping much else, and nothing of credit or streams.
 *
 * @module
 */
import { Uint8ArrayList } from 'uint8arraylist'

/** No bytes. */
export const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0)

/**
 * One such list that always lives: V8 forgets the shape of objects when a collection finds none of them, and throws away all that it compiled for
 * them, so bulk was compiled again after each full collection. Bundlers drop it.
 */
export const SHAPE: Uint8ArrayList = /* @__PURE__ */ new Uint8ArrayList()

/** A queue of chunks. */
export class Inbox {
  /** Bytes held. */
  length: number = 0
  #chunks = new Uint8ArrayList()
  /** Copies, up to `#end`, that follow `#chunks`. */
  #block = EMPTY
  #end = 0

  /** Append `chunk`, by reference when it is worth it. */
  add (chunk: Uint8Array): void {
    // A view costs some 200 bytes of its own in V8: below this it is cheaper to copy than to keep
    const SMALL = 256
    // Copies share blocks of up to this many bytes. Arbitrary; a quarter of the smallest window
    const BLOCK = 16_384
    // A view may keep this many times its size
    const SHARE = 5
    const size = chunk.length
    // A view keeps the whole chunk it points into. A peer that sends a byte in each 64 KiB read would make a window of 64 KiB hold 4 GiB: what
    // covers less than a fifth of its chunk is copied, so that memory stays within five windows. Not a quarter: a full frame of wire 1 in a
    // 64 KiB read is a hair less than that, and copying those costs a bulk reader a sixth of its time (Node 20, loopback TCP).
    if (size >= SMALL && size * SHARE >= chunk.buffer.byteLength) {
      this.#seal()
      this.#chunks.append(chunk)
    } else {
      if (this.#block.length - this.#end < size) {
        this.#seal()
        // As large as all that is held: one message takes no more than it needs, a thousand of them share a few blocks
        this.#block = new Uint8Array(Math.max(size, Math.min(this.length, BLOCK)))
      }
      this.#block.set(chunk, this.#end)
      this.#end += size
    }
    this.length += size
  }

  /** Take up to `max` bytes from the front; the caller owns them. */
  take (max: number): Uint8ArrayList {
    this.#seal()
    const all = this.#chunks
    const taken = max < this.length ? all.sublist(0, max) : all
    if (taken === all) this.#chunks = new Uint8ArrayList()
    else all.consume(max)
    this.length -= taken.length
    return taken
  }

  #seal (): void {
    if (this.#end > 0) this.#chunks.append(this.#block.subarray(0, this.#end))
    this.#block = EMPTY
    this.#end = 0
  }
}

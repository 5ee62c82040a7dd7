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
  /** About how much views keep beside themselves, and what the last of them points into. */
  #waste = 0
  #buffer: unknown

  /** Append `chunk`, by reference when it is worth it. */
  add (chunk: Uint8Array): void {
    // A view costs some 200 bytes of its own in V8: below this it is cheaper to copy than to keep
    const SMALL = 256
    // Copies share blocks of up to this many bytes. Arbitrary; a quarter of the smallest window
    const BLOCK = 16_384
    // What views may keep beside themselves: one read of a socket
    const WASTE = 65_536
    const size = chunk.length
    // A view keeps the whole chunk it points into. A peer that sends a byte in each 64 KiB read would make a window of 64 KiB hold 4 GiB: what
    // would keep more is copied. What bulk brings is kept as it is, for reads are full of it: copying costs a reader a sixth of its time (Node
    // 20, loopback TCP).
    const { buffer } = chunk
    const waste = this.#waste - size + (buffer === this.#buffer ? 0 : buffer.byteLength)
    if (size >= SMALL && waste <= WASTE) {
      this.#waste = waste
      this.#buffer = buffer
      this.#seal()
      this.#chunks.append(chunk)
    } else {
      for (let at = 0; at < size;) {
        if (this.#end === this.#block.length) {
          this.#seal()
          // As large as all that is held: one message takes no more than it needs, a thousand of them share a few blocks
          this.#block = new Uint8Array(Math.max(size - at, Math.min(this.length, BLOCK)))
        }
        const part = chunk.subarray(at, at + this.#block.length - this.#end)
        this.#block.set(part, this.#end)
        this.#end += part.length
        at += part.length
      }
    }
    this.length += size
  }

  /** Take up to `max` bytes from the front; the caller owns them. */
  take (max: number): Uint8ArrayList {
    this.#seal()
    // Whoever owns what is taken may give its buffer away
    this.#block = EMPTY
    const all = this.#chunks
    const taken = max < this.length ? all.sublist(0, max) : all
    if (taken === all) this.#chunks = new Uint8ArrayList()
    else all.consume(max)
    this.#waste *= 1 - taken.length / this.length
    this.length -= taken.length
    return taken
  }

  /** What was copied goes behind the rest; its block has room left. */
  #seal (): void {
    if (this.#end > 0) this.#chunks.append(this.#block.subarray(0, this.#end))
    this.#block = this.#block.subarray(this.#end)
    this.#end = 0
  }
}

/**
 * Bytes that wait, sent or received. Knows how to keep them without keeping much else, and nothing of streams.
 *
 * @module
 */
import { Fifo } from './fifo.ts'
import { EMPTY } from './wire/codec.ts'

/** A queue of bytes, for the machine and for whoever keeps what it delivers. */
export class Pieces {
  /** Bytes that wait. */
  length: number = 0
  readonly #chunks: Fifo<Uint8Array> = new Fifo()
  /** Bytes of the first chunk that were taken. */
  #offset = 0
  /** What the next copies may fill, behind the last ones. */
  #space: Uint8Array = EMPTY
  /** About how much views keep beside themselves, and what the last of them points into. */
  #waste = 0
  #buffer: unknown

  /** Append `data`, by reference when it is worth it: the caller gives it away. */
  push (data: Uint8Array): void {
    // A view costs some 200 bytes of its own in V8: below this it is cheaper to copy than to keep. The first seldom waits long
    const SMALL = 256
    // Copies share blocks of up to this many bytes. Arbitrary; a quarter of the smallest window
    const BLOCK = 16_384
    // What views may keep beside themselves: one read of a socket
    const WASTE = 65_536
    const size = data.length
    const waiting = this.length
    this.length += size
    // A view keeps the whole buffer it points into. A peer that sends a byte in each 64 KiB read would make a window of 64 KiB hold 4 GiB: what
    // would keep more is copied. What bulk brings is kept as it is, for reads are full of it: copying costs a reader a sixth of its time (Node
    // 20, loopback TCP).
    const { buffer } = data
    const waste = this.#waste - size + (buffer === this.#buffer ? 0 : buffer.byteLength)
    if (waste <= WASTE && (size >= SMALL || (!waiting && buffer.byteLength <= BLOCK))) {
      this.#waste = waste
      this.#buffer = buffer
      this.#chunks.push(data)
      return
    }
    for (let at = 0; at < size;) {
      // As large as all that waits: one message takes no more than it needs, a thousand of them share a few blocks
      if (this.#space.length === 0) this.#space = new Uint8Array(Math.max(size - at, Math.min(waiting, BLOCK)))
      const space = this.#space
      const part = data.subarray(at, at + space.length)
      space.set(part)
      const { tail } = this.#chunks
      if (tail?.buffer === space.buffer) this.#chunks.tail = new Uint8Array(space.buffer, tail.byteOffset, tail.length + part.length)
      else this.#chunks.push(space.subarray(0, part.length))
      this.#space = space.subarray(part.length)
      at += part.length
    }
  }

  /** Take the next run of bytes, at most `max`; it is the caller's. Something must wait. */
  take (max: number): Uint8Array {
    const chunk = this.#chunks.head as Uint8Array // the caller knows that something waits
    const start = this.#offset
    const end = Math.min(start + max, chunk.length)
    // Whoever owns what is taken may give its buffer away
    if (chunk.buffer === this.#space.buffer) this.#space = EMPTY
    this.#waste -= this.#waste * (end - start) / this.length
    this.length -= end - start
    this.#offset = end
    if (end === chunk.length) {
      this.#offset = 0
      this.#chunks.shift()
    }
    return end - start === chunk.length ? chunk : chunk.subarray(start, end)
  }
}

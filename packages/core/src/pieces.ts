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
  /** Where copies go, how far it is filled, and from where on that is no chunk yet: a view for each copy would cost more than the copy. */
  #block: Uint8Array = EMPTY
  #end = 0
  #start = 0
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
    if (size >= SMALL || !waiting) {
      const { buffer } = data
      const waste = this.#waste - size + (buffer === this.#buffer ? 0 : buffer.byteLength)
      if (waste <= WASTE && (size >= SMALL || buffer.byteLength <= BLOCK)) {
        this.#seal()
        this.#waste = waste
        this.#buffer = buffer
        this.#chunks.push(data)
        return
      }
    }
    const space = this.#block.length - this.#end
    let rest = data
    if (size > space) {
      this.#copy(data.subarray(0, space))
      this.#seal()
      rest = data.subarray(space)
      // As large as all that waits: one message takes no more than it needs, a thousand of them share a few blocks
      this.#block = new Uint8Array(Math.max(rest.length, Math.min(waiting, BLOCK)))
      this.#start = this.#end = 0
    }
    this.#copy(rest)
  }

  /** Take the next run of bytes, at most `max`; it is the caller's. Something must wait. */
  take (max: number): Uint8Array {
    if (this.#chunks.length === 0) this.#seal()
    const chunk = this.#chunks.head as Uint8Array // the caller knows that something waits
    const start = this.#offset
    const end = Math.min(start + max, chunk.length)
    // Whoever owns what is taken may give its buffer away
    if (chunk.buffer === this.#block.buffer) {
      this.#seal()
      this.#block = EMPTY
      this.#start = this.#end = 0
    }
    this.#waste -= this.#waste * (end - start) / this.length
    this.length -= end - start
    this.#offset = end
    if (end === chunk.length) {
      this.#offset = 0
      this.#chunks.shift()
    }
    return end - start === chunk.length ? chunk : chunk.subarray(start, end)
  }

  #copy (data: Uint8Array): void {
    this.#block.set(data, this.#end)
    this.#end += data.length
  }

  /** What was copied becomes a chunk; more may follow in the same block. */
  #seal (): void {
    if (this.#end > this.#start) this.#chunks.push(this.#block.subarray(this.#start, this.#end))
    this.#start = this.#end
  }
}

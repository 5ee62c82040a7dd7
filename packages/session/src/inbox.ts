/**
 * Bytes that came and were not read yet. Knows how to keep them without keeping much else, and nothing of credit or streams.
 *
 * @module
 */
import { Uint8ArrayList } from 'uint8arraylist'

/** A view costs some 200 bytes of its own in V8: below this it is cheaper to copy than to keep. */
const SMALL = 256

/** Copies share blocks of up to this many bytes. Arbitrary; a quarter of the smallest window. */
const BLOCK = 16_384

/** A queue of chunks. */
export class Inbox {
  /** Bytes held. */
  length: number = 0
  #chunks: Uint8Array[] = []
  /** The block at the end of `#chunks` that later copies may still fill, from `#start` to `#end`; empty when there is none. */
  #block: Uint8Array | undefined
  #start: number = 0
  #end: number = 0

  /** Append `chunk`, by reference when it is worth it. */
  add (chunk: Uint8Array): void {
    this.length += chunk.byteLength
    // A view keeps the whole chunk it points into. A peer that sends a byte in each 64 KiB read would make a window of 64 KiB hold 4 GiB: what
    // covers less than a quarter of its chunk is copied, so that memory stays within four times the window.
    if (chunk.byteLength >= SMALL && chunk.byteLength * 4 >= chunk.buffer.byteLength) {
      this.#chunks.push(chunk)
      this.#block = undefined
    } else {
      this.#copy(chunk)
    }
  }

  #copy (chunk: Uint8Array): void {
    let block = this.#block
    if (block === undefined || block.byteLength - this.#end < chunk.byteLength) {
      // As large as all that is held: one message takes no more than it needs, a thousand of them share a few blocks
      block = new Uint8Array(Math.max(chunk.byteLength, Math.min(this.length - chunk.byteLength, BLOCK)))
      this.#block = block
      this.#start = this.#end = 0
      this.#chunks.push(block)
    }
    block.set(chunk, this.#end)
    this.#end += chunk.byteLength
    this.#chunks[this.#chunks.length - 1] = block.subarray(this.#start, this.#end)
  }

  /** Take up to `max` bytes from the front; the caller owns them. */
  take (max: number): Uint8ArrayList {
    this.#block = undefined
    if (max >= this.length) {
      const all = Uint8ArrayList.fromUint8Arrays(this.#chunks, this.length)
      this.#chunks = []
      this.length = 0
      return all
    }
    let left = max
    let whole = 0
    for (let chunk = this.#chunks[0]; chunk !== undefined && chunk.byteLength <= left; chunk = this.#chunks[whole]) {
      left -= chunk.byteLength
      whole++
    }
    const taken = this.#chunks.splice(0, whole)
    const next = this.#chunks[0]
    if (left > 0 && next !== undefined) {
      taken.push(next.subarray(0, left))
      this.#chunks[0] = next.subarray(left)
    }
    this.length -= max
    return Uint8ArrayList.fromUint8Arrays(taken, max)
  }
}

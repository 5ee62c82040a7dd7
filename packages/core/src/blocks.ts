/**
 * Bytes to segments: numbers and small payloads packed into blocks, large payloads by reference between them. Knows no frame and no stream.
 *
 * @module
 */
import { EMPTY, writeU32 } from './wire/codec.ts'

/** Collects what one `transmit` returns. */
export class Blocks {
  #block = EMPTY
  #start = 0
  #at = 0
  #segments: Uint8Array[] = []
  /** Bytes collected since the last `take`. */
  bytes = 0

  u32 (value: number): void {
    this.#reserve(4)
    writeU32(this.#block, this.#at, value)
    this.#at += 4
    this.bytes += 4
  }

  /** Payload, by copy or by reference as its size says. */
  payload (bytes: Uint8Array): void {
    // Pieces up to this are copied next to their header: 0.24 against 0.60 us a message by reference (Node 20, loopback TCP). No block is smaller.
    const COPY = 2_048
    const size = bytes.length
    if (size > COPY) {
      this.#seal()
      this.#segments.push(bytes)
    } else {
      this.#reserve(size)
      this.#block.set(bytes, this.#at)
      this.#at += size
    }
    this.bytes += size
  }

  /** Everything collected. The segments are never written again. */
  take (): Uint8Array[] {
    this.#seal()
    const segments = this.#segments
    this.#segments = []
    this.bytes = 0
    return segments
  }

  #reserve (size: number): void {
    if (this.#block.length - this.#at >= size) return
    this.#seal()
    // The first is small, since thousands of sessions may be idle; they double as they are used up.
    this.#block = new Uint8Array(Math.min(65_536, this.#block.length * 2 || 2_048))
    this.#start = this.#at = 0
  }

  #seal (): void {
    if (this.#at > this.#start) this.#segments.push(this.#block.subarray(this.#start, this.#at))
    this.#start = this.#at
  }
}

/**
 * Bytes as a source of draws: what a fuzzer changes in them changes one draw and leaves the others as they were. Knows nothing of muxado.
 *
 * @module
 */
import type { Random } from '../support/random.ts'

/** Draws from bytes, in order; when they are used up every draw is 0. */
export class Source implements Random {
  readonly #bytes: Uint8Array
  #at = 0

  constructor (bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Nothing is left. */
  get spent (): boolean {
    return this.#at >= this.#bytes.length
  }

  byte (): number {
    return this.#bytes[this.#at++] ?? 0
  }

  /** All that has not been drawn. */
  rest (): Uint8Array<ArrayBuffer> {
    const rest = this.#bytes.slice(this.#at)
    this.#at = this.#bytes.length
    return rest
  }

  below (limit: number): number {
    let value = this.byte()
    for (let reach = 256; reach < limit; reach *= 256) value = value * 256 + this.byte()
    return value % limit
  }

  between (low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  oneIn (times: number): boolean {
    return this.below(times) === 0
  }

  pick<T> (items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from')
    return items[this.below(items.length)] as T // in range
  }
}

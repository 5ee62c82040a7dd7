/**
 * Bytes on their way, by numbers: equal bytes have equal numbers, and what was joined or cut once is looked up. Knows no frames.
 *
 * @module
 */
import { concat } from '../support/bytes.ts'

/** Two numbers as one: there are fewer than 2^26 of each. */
function both (a: number, b: number): number {
  return a * 0x4000000 + b
}

/** All sequences of bytes that were seen. */
export class Pipes {
  readonly #numbers = new Map<string, number>()
  readonly #bytes: Uint8Array[] = []
  readonly #joined = new Map<number, number>()
  readonly #cuts = new Map<number, readonly [number, number]>()

  constructor () {
    this.number(new Uint8Array(0))
  }

  /** The number of these bytes; 0 if there are none. */
  number (bytes: Uint8Array): number {
    const text = String.fromCharCode(...bytes)
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.#bytes.push(bytes.slice()) - 1
      this.#numbers.set(text, number)
    }
    return number
  }

  bytes (number: number): Uint8Array {
    const bytes = this.#bytes[number]
    if (!bytes) throw new Error(`no bytes ${number}`)
    return bytes
  }

  length (number: number): number {
    return this.bytes(number).length
  }

  /** One behind the other. */
  join (first: number, second: number): number {
    if (first === 0 || second === 0) return first + second
    const key = both(first, second)
    let joined = this.#joined.get(key)
    if (joined === undefined) this.#joined.set(key, joined = this.number(concat([this.bytes(first), this.bytes(second)])))
    return joined
  }

  /** The first `size` bytes, and the rest. */
  cut (number: number, size: number): readonly [number, number] {
    const key = both(number, size)
    let cut = this.#cuts.get(key)
    if (!cut) {
      const bytes = this.bytes(number)
      this.#cuts.set(key, cut = [this.number(bytes.subarray(0, size)), this.number(bytes.subarray(size))])
    }
    return cut
  }
}

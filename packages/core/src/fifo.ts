/**
 * A queue. `Array.shift` on thousands of entries is quadratic in a drain; this is not.
 *
 * @module
 */

/** First in, first out. */
export class Fifo<T> {
  readonly #items: Array<T | undefined> = []
  #first = 0

  get length (): number {
    return this.#items.length - this.#first
  }

  /** The oldest, which stays. */
  get head (): T | undefined {
    return this.#items[this.#first]
  }

  push (item: T): void {
    this.#items.push(item)
  }

  /** Take out the oldest. */
  shift (): T | undefined {
    const item = this.#items[this.#first]
    // What was taken out must not be kept by its place: 31 chunks may be many megabytes
    this.#items[this.#first] = undefined
    if (++this.#first >= 32 && this.#first * 2 >= this.#items.length) {
      this.#items.splice(0, this.#first)
      this.#first = 0
    }
    return item
  }

  /** Take out one that may stand anywhere, or not at all; slow, for rare occasions. */
  remove (item: T): void {
    const at = this.#items.indexOf(item, this.#first)
    if (at >= 0) this.#items.splice(at, 1)
  }
}

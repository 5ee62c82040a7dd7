/**
 * Allowances that a peer spends by misbehaving and that refill by time or by useful work (spec 10.3). Knows no clock.
 *
 * @module
 */

/** An allowance of so many at once, refilled as time is reported. */
export class Allowance {
  readonly #burst: number
  readonly #perSecond: number
  #left: number

  constructor (burst: number, perSecond: number) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#left = burst
  }

  get left (): number {
    return this.#left
  }

  /** Spend one. Returns false when there was none. */
  spend (): boolean {
    if (this.#left < 1) return false
    this.#left--
    return true
  }

  elapse (ms: number): void {
    this.#left = Math.min(this.#burst, this.#left + ms * this.#perSecond / 1000)
  }
}

/** How many useless frames one that does something makes up for. Arbitrary: deployed peers stay below two. */
const WORTH = 4

/** A surplus of useless frames over useful ones: by work and not by time, since a fast honest peer sends more of both. */
export class Surplus {
  readonly #most: number
  #count = 0

  constructor (most: number) {
    this.#most = most
  }

  get count (): number {
    return this.#count
  }

  /** Note a frame that did nothing. Returns false when there were too many. */
  useless (): boolean {
    this.#count++
    return this.#count <= this.#most
  }

  useful (): void {
    this.#count = Math.max(0, this.#count - WORTH)
  }
}

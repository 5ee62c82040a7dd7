/**
 * How a case fails.
 *
 * @module
 */

/** What a case expected did not come. */
export class Unmet extends Error {
  readonly expected: string
  readonly came: string

  constructor (expected: string, came: string) {
    super(`expected ${expected}; came ${came}`)
    this.name = 'Unmet'
    this.expected = expected
    this.came = came
  }
}

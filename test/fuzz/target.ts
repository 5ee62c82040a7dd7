/**
 * What a fuzz target is.
 *
 * @module
 */

/** One thing to fuzz: bytes in; an exception, if what they lead to is not as it must be. */
export interface Target {
  readonly name: string
  /** What it does with the bytes. */
  readonly title: string
  /** Longest input that is worth trying, in bytes. */
  readonly longest: number
  /** Judge an input. Throws at the first thing that is wrong; `note` sees what happens. */
  run (input: Uint8Array, note?: (line: string) => void): void | Promise<void>
  /** Inputs to begin with, by name. */
  seeds (): Iterable<readonly [string, Uint8Array]>
  /** Start what it needs beside us. Returns why that is missing, if it is. */
  start? (): Promise<string | undefined>
  stop? (): void
  /** Note what has to be known of the inputs that are kept. */
  kept? (inputs: readonly (readonly [string, Uint8Array])[]): Promise<void>
}

/**
 * What a case is: written once, run against each peer that can do it, in both roles.
 *
 * @module
 */
import type { PeerKind } from './build.ts'
import type { Role, Trial } from './trial.ts'

/** Where a case runs: `true`, or why it cannot. What is not said of `go-2.0.1` is as for `go`. */
export type Where = Readonly<Partial<Record<PeerKind, true | string>>>

/** One case. */
export interface Case {
  readonly name: string
  readonly where: Where
  /** Our roles it makes sense in. Default both. */
  readonly roles?: readonly Role[]
  readonly run: (trial: Trial) => Promise<void>
}

/** Cases that belong together. */
export interface Group {
  readonly title: string
  readonly cases: readonly Case[]
}

/** Both peers that speak wire 2. */
export const both: Where = { go: true, rust: true }
/** The Go peer alone, and why. */
export const goOnly = (why: string): Where => ({ go: true, rust: why })
/** The Rust peer alone, and why. */
export const rustOnly = (why: string): Where => ({ go: why, rust: true })
/** Bytes by hand. */
export const script: Where = { script: true }

/**
 * What is explored and what a state is made of: two machines, the bytes between them, and what their hosts know. No logic.
 *
 * @module
 */
import type { MachineOptions, Snapshot } from '@muxado/core'
import type { Counts } from '../support/conduct.ts'
import type { OpenMachine } from './open-core.ts'

/** What is explored: both machines' options, and how often their hosts may do what. */
export interface Configuration {
  readonly name: string
  readonly options: Omit<MachineOptions, 'role' | 'trace'>
  /** Streams that each end opens: by the options they are opened with. */
  readonly opens: readonly [ReadonlyArray<Open>, ReadonlyArray<Open>]
  /** Sizes of writes, and bytes that each end writes on each stream at most. */
  readonly sends: readonly number[]
  readonly bytes: number
  /** Which ends write. */
  readonly talks: readonly [boolean, boolean]
  /** Readers also take a single byte of several. */
  readonly sips: boolean
  /** Streams are finished; if not, they end by resets only. */
  readonly finishes: boolean
  /** Resets by each end. */
  readonly resets: readonly [number, number]
  readonly goAways: readonly [number, number]
  readonly closes: readonly [number, number]
  /** The connection may end, for this end, behind any byte. */
  readonly ends: readonly [boolean, boolean]
  /** A priority that streams may be given. */
  readonly priority?: number
  /** `every`: bytes on their way come in in every possible split. `few`: one, or all of them. `all`: as they were sent. */
  readonly splits: 'every' | 'few' | 'all'
  /** A transmission may also stop after one frame. */
  readonly single: boolean
  /** Small enough for the gate. */
  readonly quick?: boolean
}

/** How a stream is opened. */
export interface Open { readonly priority?: number, readonly type?: number, readonly finish?: boolean }

/** Something that happens. */
export type Event =
  | { readonly what: 'open' | 'transmit' | 'one' | 'end' | 'goAway' | 'close', readonly at: 0 | 1 }
  | { readonly what: 'receive', readonly at: 0 | 1, readonly bytes: number }
  | { readonly what: 'send' | 'consume', readonly at: 0 | 1, readonly id: number, readonly bytes: number }
  | { readonly what: 'finish' | 'reset' | 'priority', readonly at: 0 | 1, readonly id: number }

/** What a host knows of a stream. */
export interface View {
  readonly id: number
  readonly local: boolean
  /** Bytes that `send` took, that it did not take, and whether it owes a `resume`. */
  taken: number
  rest: number
  owed: 'no' | 'yes'
  finished: boolean
  delivered: number
  consumed: number
  ended: boolean
  death: 'none' | 'reset' | 'aborted'
}

/** One end. */
export interface End {
  machine: OpenMachine
  snapshot: Snapshot
  views: View[]
  counts: Counts[]
  /** Whose DATA came last. */
  body: number
  opened: number
  resets: number
  goAways: number
  closes: number
  /** How the session ended. */
  ended: 'no' | 'closed' | 'cut' | 'died'
  /** It has heard that the peer goes away. */
  drained: boolean
  /** Of everything above. */
  a: number
  b: number
}

/** Everything at one moment. */
export interface State {
  readonly ends: readonly [End, End]
  /** Bytes on their way to each end. */
  readonly pipes: readonly [Uint8Array, Uint8Array]
}

/** What was found wrong. */
export class Violation extends Error {}

/** Throws what was found wrong. */
export function demand (holds: boolean, wrong: () => string): asserts holds {
  if (!holds) throw new Violation(wrong())
}

/** What the ends are called. */
export const NAMES = ['client', 'server'] as const

/**
 * What is explored and what a state is made of: two ends, each a machine and what its host knows, and the bytes between them. No logic.
 *
 * @module
 */
import type { MachineOptions } from '@muxado/core'
import type { Counts } from '../support/conduct.ts'
import type { OpenMachine } from './open-core.ts'

/** What is explored: both machines' options, and how often their hosts may do what. */
export interface Configuration {
  readonly name: string
  /** What is special about it, in words. */
  readonly about: string
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
  /** `every`: bytes on their way come in in every possible split. `none`: all at once. */
  readonly splits: 'every' | 'none'
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

/** What the checks need to know of a stream at one end, as numbers. */
export interface Line {
  readonly id: number
  readonly local: boolean
  readonly priority: number
  readonly queued: number
  readonly credit: number
  /** The receiving half is open. */
  readonly open: boolean
  /** Credit, in the queue or used already, and credit granted, over all its life: the first here is the second at the peer, but for frames on their way. */
  readonly sending: number
  readonly receiving: number
}

/** One end, at one moment. Nothing of it changes once it is made, but for what is known of what follows. */
export interface End {
  readonly at: 0 | 1
  machine: OpenMachine
  views: View[]
  counts: Counts[]
  opened: number
  resets: number
  goAways: number
  closes: number
  /** How the session ended. */
  ended: 'no' | 'closed' | 'cut' | 'died'
  /** It has heard that the peer goes away. */
  drained: boolean

  /** Stands for everything above: equal ends have equal numbers. */
  number: number
  wants: boolean
  lines: Line[]
  /** Control frames that wait. */
  control: number
  /** The pair of half states of each of its streams, as text, and a number that stands for it. */
  status: Status
  /** What its host may do next. */
  commands: Event[]
  /** What has been tried of that, and of what may come in, by the number of the bytes. */
  readonly outcomes: Map<Event, Outcome>
  readonly received: Map<number, Outcome>
}

/** Pairs of half states by stream. */
export interface Status { readonly number: number, readonly pairs: ReadonlyMap<number, string> }

/** What follows from an event at one end. */
export interface Outcome {
  readonly end: End
  /** The number of the bytes that it sends; 0 for none. */
  readonly sent: number
  /** What must be true of the peer for this to be right. */
  readonly claims: ReadonlyArray<(peer: End) => void>
  /** The pairs of half states of all streams that were there before or are there now. */
  readonly pairs: readonly string[]
}

/** Everything at one moment. */
export interface State {
  readonly ends: readonly [End, End]
  /** The numbers of the bytes on their way to each end. */
  readonly pipes: readonly [number, number]
}

/** What was found wrong. */
export class Violation extends Error {}

/** Throws what was found wrong. */
export function demand (holds: boolean, wrong: () => string): asserts holds {
  if (!holds) throw new Violation(wrong())
}

/** What the ends are called. */
export const NAMES = ['client', 'server'] as const

/**
 * Where the Go module and this implementation are known to answer otherwise, and why. The frame that is looked at is the one without which both
 * still fared alike.
 *
 * @module
 */
import type { Snapshot } from '@muxado/core'
import type { SeenFrame } from '../support/frames.ts'
import type { Outcome } from './outcome.ts'

/** The frame that parts the two, what ours held when it came, and what became of both. */
export interface Parting {
  readonly frame: SeenFrame
  /** What came before it. */
  readonly earlier: readonly SeenFrame[]
  readonly before: Snapshot
  readonly ours: Outcome
  readonly theirs: Outcome
}

/** One difference that is known. */
export interface Difference {
  readonly name: string
  /** Where PROTOCOL.md says so. */
  readonly spec: string
  readonly why: string
  applies (parting: Parting): boolean
}

const MAX_31 = 0x7fffffff

/** All of them. */
export const differences: readonly Difference[] = [
  {
    name: 'top bit of the stream id',
    spec: 'A.2, Q9',
    why: 'Go does not mask it: it is another stream to it, or one that it cannot answer',
    applies: ({ frame: { id } }) => id > MAX_31
  },
  {
    name: 'top bit of the id in an earlier frame',
    spec: 'A.2, Q9',
    why: 'what that frame did to the stream here, it did to another at the Go end',
    applies: ({ frame, earlier }) => earlier.some(({ id }) => id > MAX_31 && id - MAX_31 - 1 === frame.id)
  },
  {
    name: 'top bit of the last id',
    spec: 'A.2, Q9',
    why: 'Go cannot write it into its GOAWAY, and dies without one',
    applies: ({ earlier, theirs }) => theirs.dies === 'silently' && earlier.some(({ id, syn }) => syn && id > MAX_31)
  },
  {
    name: 'credit beyond 2^31-1',
    spec: '2.7, Reference (wire 2)',
    why: 'Go lets its credit overflow',
    applies: ({ frame: { kind, id }, ours }) => kind === 'credit' && ours.resets[id] === 3
  },
  {
    name: 'SYN on a forgotten id',
    spec: '3.3, 4.7; A.2, Q5',
    why: 'Go forgets a stream that was reset by its peer or never was, and opens it; of one that it has reset itself it dies for 5 s',
    applies: ({ frame: { kind, syn, id }, before }) => kind === 'data' && syn && before.forgotten.includes(id)
  },
  {
    name: 'DATA on a forgotten id',
    spec: '4.7; 2.7, Reference (wire 2)',
    why: 'Go answers it with RST(4) again',
    applies: ({ frame: { kind, syn, id }, before, theirs }) => kind === 'data' && !syn && before.forgotten.includes(id) && theirs.dies === undefined
  },
  {
    name: 'GOAWAY with more than 64 KiB of text',
    spec: '2.7, 8.3',
    why: 'Go reads up to 1 MiB of it',
    applies: ({ frame: { kind, length }, ours }) => kind === 'goaway' && length > 65_544 && ours.dies === 8
  },
  {
    name: 'a frame that cannot be, behind a goodbye',
    spec: '8.5',
    why: 'ours takes it for the end of a text that was counted wrong, when no stream is open: a clean end, where Go dies',
    applies: ({ before, ours }) => ours.dies === 0 && before.goneAway === 'peer' && before.streams.length === 0
  }
]

/** Why the two part, if it is known. */
export function explain (parting: Parting): Difference | undefined {
  return differences.find((one) => one.applies(parting))
}

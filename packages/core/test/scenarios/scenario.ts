/**
 * How a recorded scenario of the Go peers stands to us: a row of the tables beside this file.
 *
 * @module
 */
import type { MachineOptions } from '@muxado/core'

/**
 * - `equal`: every byte that the Go side sent on account of our role's commands is what we send.
 * - `differs`: we send something else on purpose; `why` says so.
 * - `understood`: the Go side sends nothing in answer, and what it was sent has the effect that it has on us.
 * - `unstable`: the recording is not reproducible; `why` names the reason, and the scripts claim only what does not depend on it.
 */
export interface Scenario {
  readonly verdict: 'equal' | 'differs' | 'understood' | 'unstable'
  readonly why?: string
  /** For both ends. */
  readonly options?: Partial<MachineOptions>
  /** For the client, beside `options`. */
  readonly clientOptions?: Partial<MachineOptions>
  /** We play the client, in the words of test/support/replay.ts. */
  readonly client?: string
  /** We play the server. */
  readonly server?: string
}

/** Rows by name of the scenario. */
export type Scenarios = Readonly<Record<string, Scenario>>

/** The host handles heartbeats itself. */
export const HEARTBEAT_1: Partial<MachineOptions> = { extensions: [0xfffffeff] }

/** The same in wire 2, where streams must be typed for it. */
export const HEARTBEAT_2: Partial<MachineOptions> = { typed: true, extensions: [0xffffffff] }

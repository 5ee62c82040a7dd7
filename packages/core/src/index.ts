/**
 * The muxado protocol as a pure state machine: bytes in, actions out. No dependency, no clock, no promise, no global.
 *
 * @module
 */
export { MuxadoError } from './errors.ts'
export type { ErrorCode, MuxadoErrorOptions, Reason, ReasonName } from './errors.ts'
export { RECEIVE, SEND } from './half.ts'
export type { ReceiveInput, ReceiveState, SendInput, SendState } from './half.ts'
export { createMachine } from './machine.ts'
export type {
  Action, GoAwaySnapshot, Limits, Machine, MachineOptions, OpenOptions, ResetSnapshot, Snapshot, StreamSnapshot, TraceFrame
} from './types.ts'

/**
 * muxado sessions: streams as duplex async iterables over any transport.
 *
 * @module
 */
import { MuxadoSession } from './session.ts'
import type { Session, SessionOptions, Transport } from './types.ts'

export { MuxadoError } from '@muxado/core'
export type { ErrorCode, Limits, MachineOptions, MuxadoErrorOptions, OpenOptions, Reason, ReasonName, TraceFrame } from '@muxado/core'
export type {
  Bytes, ByteSource, CloseOptions, Consumer, Extension, HeartbeatOptions, Session, SessionEnd, SessionOptions, SessionStats, Stream, Transport,
  WaitOptions
} from './types.ts'

/**
 * Bind a session to a transport. It starts at once: the heartbeat, if any, opens its stream, and what comes from the transport is read.
 * @throws {MuxadoError} API_ARGUMENT for an option out of its range
 */
export function createSession (transport: Transport, options: SessionOptions): Session {
  return new MuxadoSession(transport, options)
}

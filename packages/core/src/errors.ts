/**
 * The one error class, its codes, and the names of the reasons that travel in RST and GOAWAY. Knows nothing of frames.
 *
 * @module
 */

/**
 * Why a stream was reset or a session ended, by name (spec 6.1). Each dialect maps the names to its own numbers; a number
 * that has no name in a dialect passes through as it came, so every API that takes a reason takes a number as well.
 */
export type ReasonName =
  | 'none'
  | 'protocol'
  | 'internal'
  | 'flowControl'
  | 'streamClosed'
  | 'frameSize'
  | 'refused'
  | 'cancel'
  | 'reset'
  | 'acceptQueueFull'
  | 'calm'
  | 'remoteGoneAway'
  | 'streamsExhausted'
  | 'writeTimeout'
  | 'sessionClosed'
  | 'peerEof'

/** A reason by name, or a wire code of 0 to 2^32-1 as it is (spec 6.1). */
export type Reason = ReasonName | number

/**
 * What went wrong, by whose doing (spec 6.2): `PEER_` the other end broke the protocol, `STREAM_` one stream ended early,
 * `SESSION_` the whole session ended or refuses, `API_` the caller asked for something that cannot be.
 */
export type ErrorCode =
  | 'PEER_PROTOCOL'
  | 'PEER_FRAME_SIZE'
  | 'PEER_FLOW_CONTROL'
  | 'PEER_STREAM_CLOSED'
  | 'PEER_EXCESS'
  | 'PEER_EOF'
  | 'STREAM_RESET'
  | 'STREAM_REFUSED'
  | 'STREAM_CANCELLED'
  | 'SESSION_GONE_AWAY'
  | 'SESSION_CLOSED'
  | 'SESSION_IDS_EXHAUSTED'
  | 'SESSION_TRANSPORT'
  | 'SESSION_HEARTBEAT'
  | 'API_ARGUMENT'
  | 'API_SEND_AFTER_FINISH'

/** What a `MuxadoError` carries beside its code and message; every field is optional. */
export interface MuxadoErrorOptions {
  /** The reason as it was sent or received: a name where the dialect has one, else the number. */
  readonly reason?: Reason | undefined
  /** The number on the wire, 0 to 2^32-1. */
  readonly wireCode?: number | undefined
  /** The stream concerned; absent when it is the whole session. */
  readonly streamId?: number | undefined
  /** True when the peer is known not to have acted on the stream, so that the same work may be tried again elsewhere. Default false. */
  readonly retryable?: boolean | undefined
  /** What caused this error. */
  readonly cause?: unknown
}

/**
 * The only error that muxado throws, rejects with or reports. Match on `code`, never on the message (spec 6.2).
 */
export class MuxadoError extends Error {
  /** By whose doing, and what. */
  declare readonly code: ErrorCode
  /** The reason that travelled, by name where it has one. */
  declare readonly reason: Reason | undefined
  /** The number on the wire, when one travelled. */
  declare readonly wireCode: number | undefined
  /** The stream concerned; undefined when it is the whole session. */
  declare readonly streamId: number | undefined
  /** Whether the peer is known not to have acted on the stream: the same work may be tried on another session. */
  declare readonly retryable: boolean

  constructor (code: ErrorCode, message: string, options: MuxadoErrorOptions = {}) {
    super(message, options)
    Object.assign(this, { name: 'MuxadoError', code, ...options, retryable: options.retryable ?? false })
  }
}

/** A peer's fault: the reasons that may be given for one. */
export type Fault = 'protocol' | 'frameSize' | 'flowControl' | 'streamClosed' | 'calm' | 'peerEof'

/** The error code of each fault (spec 6.2). */
export const FAULTS: Readonly<Record<Fault, ErrorCode>> = {
  protocol: 'PEER_PROTOCOL',
  frameSize: 'PEER_FRAME_SIZE',
  flowControl: 'PEER_FLOW_CONTROL',
  streamClosed: 'PEER_STREAM_CLOSED',
  calm: 'PEER_EXCESS',
  peerEof: 'PEER_EOF'
}

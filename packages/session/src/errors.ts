/**
 * Making a `MuxadoError` of whatever was thrown. Knows nothing else.
 *
 * @module
 */
import { MuxadoError, type ErrorCode } from '@muxado/core'

/** What was thrown, as an `Error`: JavaScript lets anything be thrown, our callers' `abort` does not. */
export function asError (thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new MuxadoError('STREAM_CANCELLED', `thrown: ${String(thrown)}`, { cause: thrown })
}

/** `error` as the one error class; what is not one already becomes the cause of a `code`. */
export function asMuxadoError (error: Error, code: ErrorCode, streamId?: number): MuxadoError {
  if (error instanceof MuxadoError) return error
  return new MuxadoError(code, error.message, { cause: error, streamId })
}

/** What is asked of a session that has ended, or is about to, fails with this: the same may be tried on another session. */
export function closedBy (cause?: MuxadoError): MuxadoError {
  return new MuxadoError('SESSION_CLOSED', 'the session was closed', { reason: 'sessionClosed', retryable: true, cause })
}

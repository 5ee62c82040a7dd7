/**
 * Close codes: what our errors become on the way out, and what the peer's and the proxies' codes mean (docs/websocket.md has the table).
 *
 * @module
 */
import { MuxadoError, type ReasonName } from '@muxado/core'

/** Both ends had said all. */
export const CLEAN = 1000
/** Given up by the application, without a reason that travels. */
export const ABORTED = 4000
/** A message that is not binary. */
export const NOT_BINARY = 4003
/** Silence: the heartbeat gave up. */
export const SILENT = 4006
/** A message over the limit. */
export const TOO_BIG = 4009
/** Something failed inside. */
export const INTERNAL = 4011

// A page may close with 1000 and 3000 to 4999 only: 4000 plus what the registered code is above 1000, the same for all runtimes.
const ofReason: Partial<Record<ReasonName, number>> = {
  protocol: 4002,
  flowControl: 4002,
  streamClosed: 4002,
  frameSize: 4002,
  calm: 4008,
  internal: INTERNAL,
  acceptQueueFull: 4013,
  refused: 4013
}

const meanings: Record<number, string> = {
  0: 'the application ended it',
  2: 'the protocol was broken',
  3: 'only binary messages are taken',
  6: 'the connection was lost',
  8: 'not allowed',
  9: 'a message was too large for the peer or a proxy on the way: lower maxMessage',
  11: 'the peer failed',
  12: 'the peer restarts',
  13: 'the peer is overloaded'
}

/** The code and the text, at most 123 bytes of UTF-8, to close with because of `error`. */
export function closeOf (error: Error | undefined): [code: number, reason: string] {
  if (!(error instanceof MuxadoError)) return [ABORTED, '']
  const { reason, code, message } = error
  const known = code === 'SESSION_HEARTBEAT' ? SILENT : typeof reason === 'string' ? ofReason[reason] : undefined
  // Bytes, not characters, are counted; a character cut in two is dropped
  const text = new TextDecoder().decode(new TextEncoder().encode(`${code}: ${message}`).subarray(0, 123), { stream: true })
  return [known ?? ABORTED, text]
}

/** Whether a close with this code says that all is well: done, going away, or nothing said. */
export function isEnd (code: number): boolean {
  return code === CLEAN || code === 1001 || code === 1005
}

/** What a close code of the peer, or of a proxy, means as an error. */
export function closedWith (code: number, reason: string): Error {
  const meaning = meanings[code % 1000] ?? 'closed'
  return Object.assign(new Error(`${meaning} (${code}${reason === '' ? '' : ` ${reason}`})`), { closeCode: code, closeReason: reason })
}

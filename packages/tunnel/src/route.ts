/**
 * A way to an origin, and what its failures mean for the client.
 *
 * @module
 */
import type { Agent } from 'node:http'
import type { Fault } from './pages.ts'

/** One way to an origin. */
export interface Route {
  /** Dials a connection to the origin for each request. */
  readonly agent: Agent
}

/** Why a way failed, as a muxado stream tells it; sockets tell no more than a code. */
export interface WayError extends Error {
  readonly code?: string
  /** The origin has not seen the request: another way may be tried. */
  readonly retryable?: boolean
}

/** A stream's socket speaks of errors as sockets do, with the stream's own as the cause. */
export function wayError (error: WayError): WayError {
  const cause = error.cause instanceof Error ? error.cause as WayError : undefined // each field is looked at before it is used
  return cause?.retryable === undefined ? error : cause
}

/** What the client should be told of it. */
export function faultOf (error: WayError): Fault {
  const code = error.code ?? ''
  if (code === 'STREAM_REFUSED' || code === 'ECONNREFUSED') return 'originRefused'
  if (code.startsWith('SESSION_') || code.startsWith('PEER_')) return 'agentLost'
  return 'originBroke'
}

/**
 * Answers one `Request` that asks for a WebSocket: checks who asks, agrees on a dialect, makes a session. Knows no server: `./deno`, `./bun` and
 * `./workers` say how theirs upgrades.
 *
 * @module
 */
import { createMachine } from '@muxado/core'
import { createSession, type Session } from '@muxado/session'
import { admit, offered, type AdmitOptions, type Asked, type Refusal } from './admit.ts'
import { DEFAULTS } from './connect.ts'
import { PROTOCOLS } from './protocols.ts'
import { fromWebSocket } from './transport.ts'
import type { WebSocketLike } from './types.ts'

/** Who asks for a connection, before it stands. */
export type UpgradeRequest = Asked<Request>

/** Whom to let in, and how the sessions behave. */
export type UpgradeOptions = AdmitOptions<UpgradeRequest>

/** What became of a request. */
export interface Upgraded<R = Response> {
  /** What to answer. */
  readonly response: R
  /** Undefined when the request was refused. */
  readonly session: Session | undefined
}

const requests = new WeakMap<Session, UpgradeRequest>()

/** How a session of `acceptUpgrade` was asked for; undefined for other sessions. */
export function requestOf (session: Session): UpgradeRequest | undefined {
  return requests.get(session)
}

/**
 * Answer `request`, by `upgrade` when all is well.
 * @param upgrade what the server does to upgrade and choose that sub-protocol; undefined when it cannot
 * @throws {MuxadoError} API_ARGUMENT
 */
export async function acceptRequest<R> (
  request: Request, options: UpgradeOptions, upgrade: (protocol: string) => { readonly socket: WebSocketLike, readonly response: R } | undefined
): Promise<Upgraded<R | Response>> {
  const { role = 'server' } = options
  // Options that no session accepts are told before anybody is connected
  createMachine({ ...options, role, extensions: [] })
  const { headers, url } = request
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return refused({ status: 426, message: 'a WebSocket, please' }, { Upgrade: 'websocket', Connection: 'Upgrade' })
  const asked: UpgradeRequest = {
    request,
    url: new URL(url),
    origin: headers.get('origin') ?? undefined,
    ...offered(headers.get('sec-websocket-protocol')),
    remoteAddress: options.remoteAddress
  }
  const wire = await admit(asked, options)
  if (typeof wire === 'object') return refused(wire)
  const upgraded = upgrade(PROTOCOLS[wire])
  if (upgraded === undefined) return refused({ status: 400, message: 'this is no request for a WebSocket that can be answered' })
  const transport = fromWebSocket(upgraded.socket, options)
  try {
    const session = createSession(transport, { ...DEFAULTS, ...options, role, wire })
    requests.set(session, asked)
    return { response: upgraded.response, session }
  } catch (error) {
    transport.abort()
    throw error
  }
}

function refused ({ status, message = 'refused' }: Refusal, headers: Record<string, string> = {}): Upgraded {
  return { response: new Response(`${message}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers } }), session: undefined }
}

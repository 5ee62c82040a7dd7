/**
 * Dials a WebSocket server and makes a session of the connection.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { createSession, type Session, type SessionOptions } from '@muxado/session'
import { Pacer } from './pace.ts'
import { bearer, PROTOCOLS, wireOf } from './protocols.ts'
import { fromWebSocket } from './transport.ts'
import type { ConnectOptions, Dial, WebSocketConstructor } from './types.ts'

/**
 * Tuned for what is between a page and its server. Proxies cut what is idle for 60 s, so a ping each 20 s. A hidden tab's timers fire once a
 * minute: a ping that was not answered when the next tick comes, 60 s later, is 15 s late, less than the interval, and so counts as silence.
 */
export const HEARTBEAT = { intervalMs: 20_000, toleranceMs: 45_000 } as const

/**
 * How a session over a WebSocket is made unless told otherwise. What is queued goes out in one flush, which nothing overtakes any more; 4 MiB, core's
 * default, fill each flush up to its 258 KiB.
 */
export const DEFAULTS: Pick<SessionOptions, 'heartbeat' | 'maxQueued'> = { heartbeat: HEARTBEAT, maxQueued: 65_536 }

/** The type of the heartbeat's streams, per dialect (spec 9.3). */
const ECHOED = { 1: 0xfffffeff, 2: 0xffffffff } as const

/**
 * Connect to a muxado server over a WebSocket.
 * @param url `ws:`, `wss:`, `http:` or `https:`; in a page it may be relative
 * @throws {MuxadoError} SESSION_TRANSPORT when there is no connection (nothing was sent: retryable), or the server does not speak muxado;
 *   API_ARGUMENT; or `signal.reason`
 */
export async function connect (url: string | URL, options: ConnectOptions = {}): Promise<Session> {
  const { role = 'client', wire, token, protocols = [], connectTimeoutMs = 10_000, dial = dialWebSocket, signal } = options
  signal?.throwIfAborted()
  const { location } = globalThis as { location?: { href: string } }
  const to = new URL(url, location?.href).href.replace(/^http/, 'ws')
  const offered = (wire === undefined ? [1, 2] as const : [wire]).map((each) => PROTOCOLS[each] as string)
  if (token !== undefined) offered.push(bearer(token))
  const timeout = new AbortController()
  const giveUp = (): void => { timeout.abort(signal?.reason) }
  signal?.addEventListener('abort', giveUp)
  const timer = setTimeout(() => { timeout.abort(failed(to, `no connection within ${connectTimeoutMs} ms`)) }, connectTimeoutMs)
  try {
    const pacer = options.pace === false ? undefined : new Pacer()
    const { transport, protocol } = await dial(to, [...offered, ...protocols], { ...options, pacer, signal: timeout.signal })
    const chosen = wireOf(protocol)
    if (chosen === undefined) {
      const error = failed(to, `the server chose ${protocol === '' ? 'no sub-protocol' : `the sub-protocol ${protocol}`}, it does not speak muxado`)
      transport.abort(error)
      throw error
    }
    try {
      const session = createSession(transport, { ...DEFAULTS, ...options, role, wire: chosen })
      // Where streams have types and the heartbeat's is known
      if (options.heartbeat !== false && (chosen === 1 || options.typed !== false)) pacer?.attach(session, ECHOED[chosen])
      return session
    } catch (error) {
      transport.abort()
      throw error
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', giveUp)
  }
}

/** Opens a `WebSocket`, of `options` or of the runtime, without permessage-deflate. */
export const dialWebSocket: Dial = (url, protocols, options) => {
  const Socket = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
  if (Socket === undefined) throw new MuxadoError('API_ARGUMENT', 'this runtime has no WebSocket: pass one as `WebSocket`')
  const { maxReceive = 1_048_576, signal } = options
  return new Promise((resolve, reject) => {
    // Compressing what is often compressed already costs memory and time; a proxy may ask for it all the same
    const socket = new Socket(url, protocols, { perMessageDeflate: false, maxPayload: maxReceive, ...options.socketOptions })
    let why = 'refused, or nobody listens there'
    const stop = (): void => {
      reject(signal?.reason)
      socket.close()
    }
    signal?.addEventListener('abort', stop)
    socket.addEventListener('open', () => {
      signal?.removeEventListener('abort', stop)
      resolve({ transport: fromWebSocket(socket, options), protocol: socket.protocol })
    })
    socket.addEventListener('error', ({ message = why }: { message?: string }) => { why = message })
    socket.addEventListener('close', ({ code, reason }) => {
      signal?.removeEventListener('abort', stop)
      reject(failed(url, `${why} (${code}${reason === '' ? '' : ` ${reason}`})`))
    })
  })
}

/** There is no connection; another try may find one. */
function failed (url: string, why: string): MuxadoError {
  return new MuxadoError('SESSION_TRANSPORT', `cannot connect to ${url}: ${why}`, { retryable: true })
}

/**
 * Answers one HTTP upgrade: checks who asks, agrees on a dialect, makes a session. Knows no listener.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { createSession, type Session, type SessionOptions } from '@muxado/session'
import { STATUS_CODES, type IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { HEARTBEAT } from '../connect.ts'
import { PROTOCOLS, tokenIn, wireOf } from '../protocols.ts'
import { fromWebSocket } from '../transport.ts'
import type { FromWebSocketOptions } from '../types.ts'
import { flushAfterMicrotasks } from './schedule.ts'

/** Who asks for a connection, before it stands. */
export interface UpgradeRequest {
  /** The request as it came. */
  readonly request: IncomingMessage
  /** What was asked for; its host is what the client called us. */
  readonly url: URL
  /** The page that asks; undefined for what is not a browser. */
  readonly origin: string | undefined
  /** What the client gave `connect` as `token`. */
  readonly token: string | undefined
  /** All sub-protocols that the client offers. */
  readonly protocols: readonly string[]
  /** `host:port` of the other end, which may be a proxy. */
  readonly remoteAddress: string | undefined
}

/** An answer other than a connection. */
export interface Refusal {
  /** Of HTTP, 400 to 599. A page cannot see it: browsers hide why a WebSocket failed. */
  readonly status: number
  /** Plain text. Default: the status's own. */
  readonly message?: string
}

/** Whom to let in, and how the sessions behave. */
export interface UpgradeOptions extends Omit<SessionOptions, 'role' | 'wire'>, FromWebSocketOptions {
  /** Which end of the session to be. Default `'server'`. */
  readonly role?: SessionOptions['role'] | undefined
  /** Dialects to speak, the dearest first. Default 1, then 2. */
  readonly wires?: ReadonlyArray<1 | 2> | undefined
  /**
   * Pages that may connect, as `https://example.com`, or `'any'`. Default: those of the host they connect to, since a browser sends its user's
   * cookies from any page. What sends no `Origin` is no browser, and is let in.
   */
  readonly origins?: readonly string[] | 'any' | undefined
  /** Asked when all else is well. False means 403. Throwing means 500. Default: everybody. */
  readonly verify?: ((request: UpgradeRequest) => boolean | Refusal | Promise<boolean | Refusal>) | undefined
}

const requests = new WeakMap<Session, UpgradeRequest>()

/** How a session of `listen` or `acceptUpgrade` was asked for; undefined for other sessions. */
export function requestOf (session: Session): UpgradeRequest | undefined {
  return requests.get(session)
}

/**
 * Make a session of an `'upgrade'` event of an HTTP server, or answer why not. The arguments are those of the event.
 * @throws {MuxadoError} SESSION_TRANSPORT when it was refused (and answered), API_ARGUMENT
 */
export async function acceptUpgrade (request: IncomingMessage, socket: Duplex, head: Uint8Array, options: UpgradeOptions = {}): Promise<Session> {
  const { wires = [1, 2], role = 'server', maxReceive = 1_048_576 } = options
  const ignore = (): void => {} // who asks may be gone before we answer: that shows in `destroyed`
  socket.on('error', ignore)
  try {
    const asked = describe(request)
    const refusal = await judge(asked, options, wires)
    if (refusal !== undefined) throw refuse(socket, asked, refusal)
    if (socket.destroyed) throw new MuxadoError('SESSION_TRANSPORT', `${nameOf(asked)} hung up before it was answered`)
    const wire = wires.find((wire) => asked.protocols.includes(PROTOCOLS[wire])) ?? 1
    const ws = await upgrade(asked, socket, head, PROTOCOLS[wire], maxReceive)
    const transport = fromWebSocket(ws, { schedule: flushAfterMicrotasks, remoteAddress: asked.remoteAddress, ...options })
    try {
      const made = createSession(transport, { heartbeat: HEARTBEAT, ...options, role, wire })
      requests.set(made, asked)
      return made
    } catch (error) {
      transport.abort()
      throw error
    }
  } finally {
    socket.off('error', ignore)
  }
}

function describe (request: IncomingMessage): UpgradeRequest {
  const { headers, socket: { remoteAddress: address, remotePort: port } } = request
  const host = headers.host ?? 'localhost'
  const target = request.url ?? '/'
  const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '')
  return {
    request,
    url: URL.canParse(target, `http://${host}`) ? new URL(target, `http://${host}`) : new URL('http://localhost/'),
    origin: headers.origin,
    token: tokenIn(protocols),
    protocols,
    remoteAddress: address === undefined ? undefined : `${isIPv6(address) ? `[${address}]` : address}:${port}`
  }
}

/** Why not, if not. */
async function judge (asked: UpgradeRequest, { origins, verify }: UpgradeOptions, wires: ReadonlyArray<1 | 2>): Promise<Refusal | undefined> {
  if (!asked.protocols.some((name) => wires.some((wire) => wire === wireOf(name)))) {
    const names = wires.map((wire) => PROTOCOLS[wire]).join(' or ')
    return { status: 400, message: `this speaks the sub-protocol ${names}, the client offers ${asked.protocols.join(', ') || 'none'}` }
  }
  if (!isAllowed(asked, origins)) return { status: 403, message: `pages of ${String(asked.origin)} may not connect` }
  if (verify === undefined) return undefined
  try {
    const verdict = await verify(asked)
    return verdict === true ? undefined : verdict === false ? { status: 403 } : verdict
  } catch {
    return { status: 500 }
  }
}

function isAllowed ({ origin, url }: UpgradeRequest, origins: UpgradeOptions['origins']): boolean {
  if (origin === undefined || origins === 'any') return true
  if (origins !== undefined) return origins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === url.host
}

function refuse (socket: Duplex, asked: UpgradeRequest, { status, message = STATUS_CODES[status] ?? 'refused' }: Refusal): MuxadoError {
  const body = `${message}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, 'Connection: close', 'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`, 'Sec-WebSocket-Version: 13', '', ''
  ]
  socket.once('finish', () => { socket.destroy() })
  socket.end(head.join('\r\n') + body)
  return new MuxadoError('SESSION_TRANSPORT', `refused ${nameOf(asked)}: ${status} ${message}`)
}

function nameOf ({ remoteAddress = 'a peer', origin }: UpgradeRequest): string {
  return origin === undefined ? remoteAddress : `${remoteAddress} (${origin})`
}

function upgrade (asked: UpgradeRequest, socket: Duplex, head: Uint8Array, protocol: string, maxPayload: number): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload, handleProtocols: () => protocol })
  return new Promise((resolve, reject) => {
    server.on('wsClientError', (error) => { reject(refuse(socket, asked, { status: 400, message: error.message })) })
    server.handleUpgrade(asked.request, socket, Buffer.from(head.buffer, head.byteOffset, head.byteLength), resolve)
  })
}

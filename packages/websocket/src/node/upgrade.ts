/**
 * Answers one HTTP upgrade: checks who asks, agrees on a dialect, makes a session. Knows no listener.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { createSession, type Session } from '@muxado/session'
import { STATUS_CODES, type IncomingMessage } from 'node:http'
import { isIPv6, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { admit, offered, type AdmitOptions, type Asked, type Refusal } from '../admit.ts'
import { DEFAULTS } from '../connect.ts'
import { PROTOCOLS } from '../protocols.ts'
import { fromWebSocket } from '../transport.ts'
import { memory } from './memory.ts'
import { flushAfterMicrotasks } from './schedule.ts'

/** Who asks for a connection, before it stands. */
export type UpgradeRequest = Asked<IncomingMessage>

/** Whom to let in, and how the sessions behave. */
export type UpgradeOptions = AdmitOptions<UpgradeRequest>

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
  const { role = 'server', maxReceive = 1_048_576 } = options
  const ignore = (): void => {} // who asks may be gone before we answer: that shows in `destroyed`
  socket.on('error', ignore)
  try {
    const asked = describe(request)
    const wire = await admit(asked, options)
    if (typeof wire === 'object') throw refuse(socket, asked, wire)
    if (socket.destroyed) throw new MuxadoError('SESSION_TRANSPORT', `${nameOf(asked)} hung up before it was answered`)
    const ws = await upgrade(asked, socket, head, PROTOCOLS[wire], maxReceive)
    const own = { schedule: flushAfterMicrotasks, memory: socket instanceof Socket ? memory : undefined, remoteAddress: asked.remoteAddress }
    const transport = fromWebSocket(ws, { ...own, ...options })
    try {
      const made = createSession(transport, { ...DEFAULTS, ...options, role, wire })
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
  return {
    request,
    url: URL.canParse(target, `http://${host}`) ? new URL(target, `http://${host}`) : new URL('http://localhost/'),
    origin: headers.origin,
    ...offered(headers['sec-websocket-protocol']),
    remoteAddress: address === undefined ? undefined : `${isIPv6(address) ? `[${address}]` : address}:${port}`
  }
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

/**
 * muxado over WebSockets that `Bun.serve` takes.
 *
 * @module
 */
import { acceptRequest, type Upgraded, type UpgradeOptions } from '../fetch.ts'
import { BunSocket, type ServerSocket } from './socket.ts'

export { requestOf } from '../fetch.ts'
export type { Upgraded, UpgradeOptions, UpgradeRequest } from '../fetch.ts'
export type { AdmitOptions, Asked, Refusal } from '../admit.ts'
export type { FromWebSocketOptions } from '../types.ts'
export type { ServerSocket } from './socket.ts'

/** The part of a `Bun.Server` that is used here. */
export interface UpgradingServer {
  upgrade (request: Request, options: { data: never, headers: Record<string, string> }): boolean
  requestIP? (request: Request): { readonly address: string, readonly port: number } | null
}

/** What `Bun.serve` is to do with the sockets of `acceptUpgrade`: `Bun.serve({ fetch, websocket })`. */
export const websocket: {
  readonly perMessageDeflate: false
  readonly maxPayloadLength: number
  open (socket: ServerSocket): void
  message (socket: ServerSocket, data: string | Uint8Array): void
  drain (socket: ServerSocket): void
  pong (socket: ServerSocket): void
  close (socket: ServerSocket, code: number, reason: string): void
} = {
  perMessageDeflate: false,
  // Beyond the largest `maxReceive` that makes sense, which is what ends a connection with a reason
  maxPayloadLength: 16 * 1_048_576,
  open: (socket) => { socket.data.opened(socket) },
  message: (socket, data) => { socket.data.received(data) },
  drain: (socket) => { socket.data.drained() },
  pong: (socket) => { socket.data.ponged() },
  close: (socket, code, reason) => { socket.data.closed(code, reason) }
}

/**
 * Make a session of a request that the `fetch` of `Bun.serve` got, or say why not: return `response` in either case. It is undefined after an upgrade,
 * as Bun wants it. Needs `websocket` beside `fetch`.
 * @throws {MuxadoError} API_ARGUMENT
 */
export async function acceptUpgrade (request: Request, server: UpgradingServer, options: UpgradeOptions = {}): Promise<Upgraded<Response | undefined>> {
  const ip = server.requestIP?.(request)
  const remoteAddress = options.remoteAddress ?? (ip === null || ip === undefined ? undefined : `${ip.address.includes(':') ? `[${ip.address}]` : ip.address}:${ip.port}`)
  return await acceptRequest<undefined>(request, { ...options, remoteAddress }, (protocol) => {
    const socket = new BunSocket(protocol)
    // `data` has the type that the server was declared with, and is what `websocket` finds again
    return server.upgrade(request, { data: socket as never, headers: { 'Sec-WebSocket-Protocol': protocol } }) ? { socket, response: undefined } : undefined
  })
}

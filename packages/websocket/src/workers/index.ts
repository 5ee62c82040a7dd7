/**
 * muxado on Cloudflare Workers: over WebSockets that a worker takes, and over TCP sockets of `cloudflare:sockets`.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { acceptRequest, type Upgraded, type UpgradeOptions } from '../fetch.ts'
import type { WebSocketLike } from '../types.ts'

export { requestOf } from '../fetch.ts'
export type { Upgraded, UpgradeOptions, UpgradeRequest } from '../fetch.ts'
export type { AdmitOptions, Asked, Refusal } from '../admit.ts'
export type { FromWebSocketOptions } from '../types.ts'
export { fromSocket } from './socket.ts'
export type { FromSocketOptions, StreamSocket } from './socket.ts'

interface ServerSocket extends WebSocketLike {
  accept (): void
}

type Pair = new () => { readonly 0: object, readonly 1: ServerSocket }

/**
 * Make a session of a request that a worker's `fetch` got, or say why not: return `response` in either case. The session lives as long as its
 * WebSocket does, beyond the answer.
 * @throws {MuxadoError} API_ARGUMENT
 */
export async function acceptUpgrade (request: Request, options: UpgradeOptions = {}): Promise<Upgraded> {
  const { WebSocketPair } = globalThis as { WebSocketPair?: Pair }
  if (WebSocketPair === undefined) throw new MuxadoError('API_ARGUMENT', 'this is no Worker: there is no WebSocketPair')
  const remoteAddress = options.remoteAddress ?? request.headers.get('cf-connecting-ip') ?? undefined
  return await acceptRequest(request, { ...options, remoteAddress }, (protocol) => {
    const { 0: webSocket, 1: socket } = new WebSocketPair()
    socket.accept()
    // Of Workers' own `ResponseInit`
    const answer = { status: 101, webSocket, headers: { 'Sec-WebSocket-Protocol': protocol } }
    return { socket, response: new Response(null, answer) }
  })
}

// What the shared tests need, in Node: `support.browser.ts` is the same for a page.
import type { WebSocketConstructor, WebSocketLike } from '@muxado/websocket'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket as WsSocket, WebSocketServer, type WebSocket } from 'ws'
import { serveEndpoints } from '../../../test/support/websocket-endpoints.ts'

export interface SocketPair {
  readonly client: WebSocket
  readonly server: WebSocket
  readonly close: () => void
}

/** A client and a server socket of `ws` that are connected. */
export async function socketPair (): Promise<SocketPair> {
  const listener = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await once(listener, 'listening')
  const client = new WsSocket(`ws://127.0.0.1:${(listener.address() as AddressInfo).port}`, { perMessageDeflate: false })
  const [[server]] = await Promise.all([once(listener, 'connection') as Promise<[WebSocket]>, once(client, 'open')])
  return { client, server, close: () => { listener.close() } }
}

/** What this runtime calls `WebSocket`; Node 20 has none. */
export const Socket: WebSocketConstructor = WsSocket

/** What this place can do. */
export const can = { pushBack: true, page: false }

/** The test server: `url('/echo')` is the address of an endpoint. Node starts it with the first test of a file and stops it after the last. */
export function testServer (): { url: (path: string) => string } {
  const http = createServer()
  let close: () => Promise<void>
  before(async () => {
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const endpoints = await serveEndpoints(http)
    close = endpoints.close
  })
  after(async () => {
    await close()
    http.close()
    http.closeAllConnections()
  })
  return { url: (path) => `ws://127.0.0.1:${(http.address() as AddressInfo).port}${path}` }
}

/** Two open sockets that are each other's peer, through a relay that passes messages on as they are. */
export async function relayed (url: (path: string) => string): Promise<[WebSocketLike, WebSocketLike]> {
  const path = url(`/relay?id=${Math.random()}`)
  const pair = [new Socket(path, []), new Socket(path, [])] as const
  await Promise.all(pair.map(async (socket) => {
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('close', () => { reject(new Error('the test server took no connection')) })
    })
  }))
  return [...pair]
}

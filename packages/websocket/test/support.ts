// Pairs of sockets on loopback, for tests in Node.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

export interface SocketPair {
  readonly client: WebSocket
  readonly server: WebSocket
  readonly close: () => void
}

/** A client and a server socket of `ws` that are connected. */
export async function socketPair (): Promise<SocketPair> {
  const listener = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await once(listener, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(listener.address() as AddressInfo).port}`, { perMessageDeflate: false })
  const [[server]] = await Promise.all([once(listener, 'connection') as Promise<[WebSocket]>, once(client, 'open')])
  return { client, server, close: () => { listener.close() } }
}

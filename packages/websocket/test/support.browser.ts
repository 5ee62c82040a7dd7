// What the shared tests need, in a page that test/browser/serve.mjs serves.
import type { WebSocketConstructor, WebSocketLike } from '@muxado/websocket'

/** What this runtime calls `WebSocket`. */
export const Socket: WebSocketConstructor = WebSocket

/** What this place can do. */
export const can = { pushBack: false, page: true }

/** The test server, which runs already. */
export function testServer (): { url: (path: string) => string } {
  return { url: (path) => new URL(path, location.href).href.replace(/^http/, 'ws') }
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

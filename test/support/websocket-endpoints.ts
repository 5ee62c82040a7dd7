/**
 * A server for tests over WebSockets, in Node or in a page: sessions whose streams do what their type says, and peers that misbehave.
 *
 * @module
 */
import type { Session } from '@muxado/session'
import { listen } from '@muxado/websocket/node'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { serveStream } from './stream-kinds.ts'

/** Attach all endpoints to `server`. */
export async function serveEndpoints (server: Server): Promise<{ close: () => Promise<void> }> {
  const sessions = await listen({ server, path: '/muxado', maxInbound: 2_000 })
  const accepting = acceptAll(sessions)
  const plain = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: choose })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { pathname } = new URL(request.url ?? '/', 'http://host')
    if (pathname === '/muxado') return
    const endpoint = endpoints[pathname]
    if (endpoint === undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      return
    }
    plain.handleUpgrade(request, socket, head, (ws) => { endpoint(ws, new URL(request.url ?? '/', 'http://host'), socket) })
  }
  server.on('upgrade', onUpgrade)
  return {
    async close () {
      server.off('upgrade', onUpgrade)
      for (const ws of plain.clients) ws.terminate()
      await sessions.close({ sessions: true })
      await accepting
    }
  }
}

async function acceptAll (sessions: AsyncIterable<Session>): Promise<void> {
  for await (const session of sessions) void acceptStreams(session)
}

async function acceptStreams (session: Session): Promise<void> {
  for await (const stream of session) serveStream(stream).catch(() => {}) // what a reset means, the test sees at its own end
}

/** `?choose=NAME` chooses that sub-protocol although nobody may have offered it, `?choose=` none; otherwise the first that is offered. */
function choose (offered: Set<string>, request: IncomingMessage): string | false {
  const asked = new URL(request.url ?? '/', 'http://host').searchParams.get('choose')
  if (asked === null) return [...offered][0] ?? false
  return asked === '' ? false : asked
}

const waiting = new Map<string, WebSocket>()

const endpoints: Record<string, (ws: WebSocket, url: URL, socket: Duplex) => void> = {
  /** What comes goes back. */
  '/echo': (ws) => {
    ws.on('message', (data, isBinary) => { ws.send(data, { binary: isBinary }) })
  },
  /** Two sockets with one `?id=` are each other's peer, message by message, close code by close code. */
  '/relay': (ws, url) => {
    const id = url.searchParams.get('id') ?? ''
    const other = waiting.get(id)
    if (other === undefined) {
      ws.pause()
      waiting.set(id, ws)
      return
    }
    waiting.delete(id)
    relay(ws, other)
    relay(other, ws)
    other.resume()
  },
  /** Closes at once: `?code=4011&reason=text`; without a code it drops the connection when something comes. */
  '/close': (ws, url, socket) => {
    const code = url.searchParams.get('code')
    if (code === null) ws.once('message', () => { socket.destroy() })
    else ws.close(Number(code), url.searchParams.get('reason') ?? '')
  },
  /** Says something in text. */
  '/text': (ws) => { ws.send('hello') },
  /** A message of `?size=` bytes. */
  '/huge': (ws, url) => { ws.send(new Uint8Array(Number(url.searchParams.get('size')))) },
  /** When something comes, promises a message of 1,000 bytes, sends 10 of them and is gone. */
  '/torn': (ws, _url, socket) => {
    ws.once('message', () => { socket.write(Buffer.concat([Buffer.of(0x82, 126, 1000 >> 8, 1000 & 255), Buffer.alloc(10)]), () => { socket.destroy() }) })
  },
  /** Never says anything. */
  '/silent': () => {},
  /** For comparison without muxado: a text `n` asks for n chunks at a time, on and on; what is binary goes back. */
  '/plain': (ws) => {
    const chunk = new Uint8Array(65_536)
    ws.on('message', (data, isBinary) => {
      if (isBinary) {
        ws.send(data)
        return
      }
      const count = Number((data as Buffer).toString()) // it comes in one piece unless asked otherwise
      const send = (): void => { if (ws.readyState === ws.OPEN) ws.send(chunk, () => { setImmediate(send) }) }
      for (let i = 0; i < count; i++) send()
    })
  }
}

function relay (from: WebSocket, to: WebSocket): void {
  from.on('message', (data, isBinary) => {
    to.send(data, { binary: isBinary }, () => { if (to.bufferedAmount < 1_000_000) from.resume() })
    if (to.bufferedAmount >= 1_000_000) from.pause()
  })
  from.on('close', (code, reason) => {
    from.removeAllListeners('message')
    if (code === 1005) to.close()
    else if (code === 1006) to.terminate()
    else to.close(code, reason)
  })
  from.on('error', () => {}) // shows in its close
}

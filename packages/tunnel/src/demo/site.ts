/**
 * The built-in demo site: an ordinary HTTP server with an answer of each kind that a tunnel can get wrong. Knows nothing of tunnels.
 *
 * @module
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { WebSocketServer } from 'ws'
import { icon, page } from './page.ts'

/** A demo site that runs. */
export interface Demo {
  /** On 127.0.0.1. */
  readonly port: number
  /** Ends it, with all connections. */
  close (): Promise<void>
}

/** What a download is made of, over and over. */
const block = Buffer.from('muxado carries this byte by byte. '.repeat(1928))
const maxDownload = 2 ** 40
const maxSlowSeconds = 3600

/** Start the demo site on 127.0.0.1. `port`: 0 takes any free one. */
export async function startDemo (port = 0): Promise<Demo> {
  // Requests come from an agent that sends each as it is: no timeout of Node's may cut a slow upload.
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    answer(request, response).catch(() => { response.destroy() })
  })
  const sockets = new WebSocketServer({ server, path: '/ws', maxPayload: 2 ** 20 })
  sockets.on('connection', (socket) => {
    socket.on('error', () => { socket.terminate() })
    socket.on('message', (data, binary) => { socket.send(data, { binary }) })
  })
  // `ws` passes the server's errors on; they are reported below.
  sockets.on('error', () => {})
  await listening(server, port)
  return {
    port: (server.address() as AddressInfo).port, // a TCP server's address is no string
    async close () {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      const closed = new Promise<void>((resolve) => { server.close(() => { resolve() }) })
      server.closeAllConnections()
      await closed
    }
  }
}

/** Bytes that `text` asks for: `1000`, `64K`, `64M`, `1G`; undefined when it does not. */
export function parseSize (text: string): number | undefined {
  const match = /^(\d{1,15})([KMGT]?)(?:i?B)?$/i.exec(text)
  if (match === null) return undefined
  const bytes = Number(match[1]) * 1024 ** ' KMGT'.indexOf(match[2]?.toUpperCase() || ' ')
  return bytes <= maxDownload ? bytes : undefined
}

async function answer (request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://demo')
  const [, room = '', rest = ''] = url.pathname.split('/')
  switch (room) {
    case '': return send(response, 'text/html; charset=utf-8', page(request.rawHeaders, request.headers))
    case 'favicon.ico':
    case 'icon.svg': return send(response, 'image/svg+xml', icon)
    case 'headers': return send(response, 'application/json', `${JSON.stringify(described(request), undefined, 2)}\n`)
    case 'events': return clock(response)
    case 'download': return download(request, response, rest)
    case 'echo': return echo(request, response)
    case 'slow': return slow(response, Number(url.searchParams.get('seconds') ?? 10))
    default:
      response.statusCode = 404
      send(response, 'text/plain; charset=utf-8', `There is no ${url.pathname} here. Look at / for what there is.\n`)
  }
}

function send (response: ServerResponse, type: string, body: string): void {
  response.setHeader('Content-Type', type)
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.end(body)
}

function described ({ method, url, httpVersion, headers }: IncomingMessage): object {
  return { method, url, httpVersion, headers }
}

/** Server-sent events: the time, once a second, the first at once. */
function clock (response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  let id = 0
  const tell = (): void => {
    id += 1
    response.write(`id: ${id}\ndata: ${new Date().toISOString()}\n\n`)
  }
  tell()
  const timer = setInterval(tell, 1000)
  response.on('close', () => { clearInterval(timer) })
}

async function download (request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
  const size = parseSize(text)
  if (size === undefined) {
    response.statusCode = 404
    return send(response, 'text/plain; charset=utf-8', `'${text}' is not a size: try /download/64M or /download/1G\n`)
  }
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': size,
    'Content-Disposition': `attachment; filename="muxado-${text}.bin"`,
    'Cache-Control': 'no-store'
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  await pipeline(blocks(size), response)
}

function * blocks (size: number): Generator<Buffer, void, undefined> {
  let left = size
  for (; left >= block.length; left -= block.length) yield block
  if (left > 0) yield block.subarray(0, left)
}

/** The body back as it comes. */
async function echo (request: IncomingMessage, response: ServerResponse): Promise<void> {
  const length = request.headers['content-length']
  response.writeHead(200, {
    'Content-Type': request.headers['content-type'] ?? 'application/octet-stream',
    'Cache-Control': 'no-store',
    ...(length === undefined ? {} : { 'Content-Length': length })
  })
  await pipeline(request, response)
}

/** A line a second, the first at once. */
function slow (response: ServerResponse, seconds: number): void {
  const lines = Number.isFinite(seconds) ? Math.min(Math.max(Math.floor(seconds), 1), maxSlowSeconds) : 10
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  let line = 0
  const tell = (): void => {
    line += 1
    response.write(`line ${line} of ${lines}\n`)
    if (line === lines) response.end()
  }
  const timer = setInterval(tell, 1000)
  response.on('close', () => { clearInterval(timer) })
  tell()
}

async function listening (server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

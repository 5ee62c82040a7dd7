// A gateway and an agent in this process, and what speaks to them.
import { once } from 'node:events'
import * as http from 'node:http'
import * as net from 'node:net'
import { type AgentOptions, runAgent } from '../../src/agent.ts'
import { type Gateway, type GatewayOptions, startGateway } from '../../src/gateway.ts'
import { createStop } from '../../src/signals.ts'

const closers: Array<() => Promise<void>> = []

/** Undoes what the test has opened, the last first. */
export async function closeAll (): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}

export function onClose (close: () => Promise<void>): void {
  closers.push(close)
}

/** Lines that were said, and a wait for one. */
export class Lines {
  readonly lines: string[] = []
  readonly #looks = new Set<() => void>()

  readonly say = (line: string): void => {
    this.lines.push(line)
    for (const look of this.#looks) look()
  }

  async said (pattern: RegExp): Promise<string> {
    return await new Promise((resolve) => {
      const look = (): void => {
        const line = this.lines.find((text) => pattern.test(text))
        if (line === undefined) return
        this.#looks.delete(look)
        resolve(line)
      }
      this.#looks.add(look)
      look()
    })
  }
}

export async function openGateway (options: Partial<GatewayOptions> = {}): Promise<Gateway & { readonly lines: Lines }> {
  const lines = new Lines()
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    join: { host: '127.0.0.1', port: 0 },
    firstByteMs: 5000,
    maxRequests: 10_000,
    trustForwarded: false,
    say: lines.say,
    ...options
  })
  closers.push(async () => { await gateway.close(0) })
  return Object.assign(gateway, { lines })
}

export interface OpenAgent {
  readonly lines: Lines
  /** Rejects when the agent gives up. */
  readonly ended: Promise<void>
  /** Ask it to end. */
  ask (): void
  /** End it without waiting for what is under way. */
  end (): Promise<void>
}

export function openAgent (gateway: Pick<Gateway, 'join'>, originPort: number, options: Partial<AgentOptions> = {}): OpenAgent {
  const lines = new Lines()
  const stop = createStop()
  const ended = runAgent({
    to: gateway.join,
    name: 'test',
    origin: { host: '127.0.0.1', port: originPort },
    // Longer than any test: what should end by itself must not be ended by this.
    drainMs: 60_000,
    say: lines.say,
    pauseMs: { least: 5, most: 50 },
    ...options
  }, stop)
  ended.catch(() => {})
  const end = async (): Promise<void> => {
    stop.askNow()
    await ended.catch(() => {})
  }
  closers.push(end)
  return { lines, ended, end, ask: stop.ask }
}

/** The usual: an origin with this listener, a gateway, an agent that has joined. */
export async function openTunnel (listener: http.RequestListener, options: Partial<GatewayOptions> = {}): Promise<{
  readonly gateway: Gateway & { readonly lines: Lines }
  readonly agent: OpenAgent
  readonly origin: http.Server
}> {
  const origin = http.createServer(listener)
  const port = await listenOn(origin)
  const gateway = await openGateway(options)
  const agent = openAgent(gateway, port)
  await agent.lines.said(/^joined/)
  return { gateway, agent, origin }
}

/** Listen on a free port of 127.0.0.1 until the test ends. */
export async function listenOn (server: net.Server, port = 0): Promise<number> {
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.once('close', () => { sockets.delete(socket) })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => { server.close(resolve) })
  })
  return (server.address() as net.AddressInfo).port
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly trailers: NodeJS.Dict<string>
  readonly body: Buffer
}

/** One request over a connection of its own. */
export async function ask (url: string, options: http.RequestOptions = {}, body?: string | Uint8Array): Promise<Answer> {
  const request = http.request(url, { agent: false, ...options })
  request.end(body)
  return await answered(request)
}

export async function answered (request: http.ClientRequest): Promise<Answer> {
  const [response] = await once(request, 'response') as [http.IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, trailers: response.trailers, body: Buffer.concat(chunks) }
}

/** Send `text` over a socket of its own and collect what comes until it ends; `[reset]` marks an end that was none. */
export async function raw (url: string, text: string, onText?: (sofar: string, socket: net.Socket) => void): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  socket.write(text)
  let out = ''
  socket.setEncoding('latin1')
  socket.on('data', (data) => {
    out += String(data)
    onText?.(out, socket)
  })
  socket.on('error', () => { out += '[reset]' })
  await new Promise((resolve) => { socket.once('close', resolve) })
  return out
}

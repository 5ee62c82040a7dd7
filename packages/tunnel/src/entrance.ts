/**
 * The public HTTP server: takes requests in, within limits, and passes each on. Knows how to end without cutting off what is under way.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { answerFault, type Fault } from './pages.ts'
import type { ProxyOptions } from './exchange.ts'
import { proxyRequest, proxyUpgrade } from './proxy.ts'
import type { Route } from './route.ts'
import type { Address } from './values.ts'

/** How an entrance behaves. */
export interface EntranceOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly routes: () => readonly Route[]
  readonly firstByteMs: number
  /** Requests under way at once, upgraded connections among them. */
  readonly maxRequests: number
  readonly trustForwarded: boolean
  readonly onFault?: (fault: Fault, error?: Error) => void
}

/** An entrance that listens. */
export interface Entrance {
  readonly address: Address
  /** Requests under way, upgraded connections among them. */
  readonly active: number
  /** Requests taken so far. */
  readonly taken: number
  /**
   * Take nothing new, wait for what is under way, at most `drainMs` and only until `now` aborts, then close all connections. Event streams and
   * upgraded connections never end by themselves: nobody waits for them.
   */
  close (drainMs: number, now?: AbortSignal): Promise<void>
  /** Requests under way that `close` waits for. */
  readonly finite: number
}

/** A client has this long for the head of a request; it is one packet as a rule. */
const headersTimeoutMs = 15_000

/** And this long for all of it: an upload of 10 GiB at 3 MiB/s. A stalled one ends by `firstByteMs` long before. */
const requestTimeoutMs = 3_600_000

/** How long a connection may wait for its next request: longer than the 60 s of the usual balancers in front, which then are the ones to close it. */
const keepAliveTimeoutMs = 65_000

/** Heads of requests; Node's default, said here because it is a limit that the entrance relies on. */
const maxHeaderSize = 16_384

/** Idle connections beyond the requests under way. Arbitrary, to bound what connections that ask nothing can cost. */
const idleConnections = 10_000

/**
 * Listen.
 * @throws the error of `listen`, e.g. EADDRINUSE
 */
export async function openEntrance (options: EntranceOptions): Promise<Entrance> {
  const { maxRequests } = options
  const active = new Map<IncomingMessage, 'finite' | 'endless'>()
  const upgraded = new Set<Duplex>()
  let phase: 'open' | 'ending' = 'open'
  let taken = 0
  let settled: (() => void) | undefined

  const proxy: ProxyOptions = {
    ...options,
    onEndless (request) {
      if (active.has(request)) active.set(request, 'endless')
      check()
    }
  }
  const server = createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    maxHeaderSize
  })
  server.maxConnections = maxRequests + idleConnections

  const finite = (): number => {
    let count = 0
    for (const kind of active.values()) if (kind === 'finite') count += 1
    return count
  }
  const check = (): void => { if (settled !== undefined && finite() === 0) settled() }
  const begin = (request: IncomingMessage, until: ServerResponse | Duplex): void => {
    taken += 1
    active.set(request, 'finite')
    until.once('close', () => {
      active.delete(request)
      check()
    })
  }
  const refusal = (): Fault | undefined => phase === 'ending' ? 'ending' : active.size >= maxRequests ? 'tooMany' : undefined

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const fault = refusal()
    if (fault === undefined) {
      begin(request, response)
      proxyRequest(request, response, proxy)
      return
    }
    response.shouldKeepAlive = phase === 'open' && response.shouldKeepAlive
    options.onFault?.(fault)
    answerFault(request, response, fault)
    response.end()
  }
  server.on('request', onRequest)
  // The origin decides whether it wants the body, not we.
  server.on('checkContinue', onRequest)
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (refusal() !== undefined) {
      end(socket, '503 Service Unavailable')
      return
    }
    upgraded.add(socket)
    socket.once('close', () => { upgraded.delete(socket) })
    begin(request, socket)
    proxyUpgrade(request, socket, head, proxy)
  })
  // This is not a proxy for the way out.
  server.on('connect', (_request, socket: Duplex) => { end(socket, '405 Method Not Allowed') })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Something was answered already, or there is nobody to answer.
    if (!socket.writable || error.code === 'ECONNRESET' || (socket as Socket).bytesWritten > 0) socket.destroy()
    else if (error.code === 'HPE_HEADER_OVERFLOW') end(socket, '431 Request Header Fields Too Large')
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') end(socket, '408 Request Timeout')
    else end(socket, '400 Bad Request')
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo // a TCP server's address is no string
  return {
    address: { host: options.host, port },
    get active () { return active.size },
    get taken () { return taken },
    get finite () { return finite() },
    async close (drainMs, now) {
      phase = 'ending'
      const closed = new Promise<void>((resolve) => { server.close(() => { resolve() }) })
      if (finite() > 0 && now?.aborted !== true) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, drainMs)
          settled = () => {
            clearTimeout(timer)
            resolve()
          }
          now?.addEventListener('abort', settled, { once: true })
        })
      }
      server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
      await closed
    }
  }
}

function end (socket: Duplex, status: string): void {
  socket.on('error', () => { socket.destroy() })
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
}

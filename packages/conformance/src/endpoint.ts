/**
 * Where connections to the endpoint under test come from: it is dialled, or it dials. Speaks no muxado.
 *
 * @module
 */
import * as net from 'node:net'
import type { Duplex } from 'node:stream'
import * as tls from 'node:tls'

/** Connections to the endpoint under test, as many as are asked for. */
export interface Endpoint {
  /** Where, as text. */
  readonly url: string
  /** The next connection. Rejects with NoConnection when there is none within `timeoutMs`. */
  connect (timeoutMs: number): Promise<Duplex>
  /** No further connections. */
  close (): void
}

/** The endpoint under test cannot be reached, or does not come. */
export class NoConnection extends Error {
  constructor (message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NoConnection'
  }
}

/** A place to dial or to listen at. */
export interface Place {
  readonly scheme: 'tcp' | 'tls' | 'unix'
  readonly host: string
  readonly port: number
  readonly path: string
}

/** Read `tcp://host:port`, `tls://host:port` or `unix:/path`; undefined for anything else. */
export function parsePlace (text: string): Place | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice(5).replace(/^\/\/(?=\/)/, '')
    return path === '' || path.startsWith('//') ? undefined : { scheme: 'unix', host: '', port: 0, path }
  }
  const match = /^(tcp|tls):\/\/(?:\[([^\]]+)\]|([^:[\]/@\s]+)):(\d{1,5})\/?$/.exec(text)
  const port = Number(match?.[4])
  if (match === null || port > 65_535) return undefined
  return { scheme: match[1] === 'tls' ? 'tls' : 'tcp', host: match[2] ?? match[3] ?? '', port, path: '' }
}

/** An endpoint that listens: it is dialled for each conversation. Tries again until the time is over, since the endpoint may be starting anew. */
export function dial (url: string, options: { readonly insecure?: boolean } = {}): Endpoint {
  const place = parsePlace(url)
  if (place === undefined || (place.scheme !== 'unix' && place.port === 0)) throw new RangeError(`cannot dial ${url}`)
  return {
    url,
    async connect (timeoutMs) {
      const until = performance.now() + timeoutMs
      for (;;) {
        try {
          return await open(place, options.insecure === true, until - performance.now())
        } catch (error) {
          // In a place where nothing listens the refusal comes at once: a pause, or this would be a busy loop.
          const pauseMs = 50
          if (performance.now() + pauseMs > until) throw new NoConnection(`cannot connect to ${url}: ${reasonOf(error)}`, { cause: error })
          await new Promise((resolve) => { setTimeout(resolve, pauseMs) })
        }
      }
    },
    close () {}
  }
}

function open ({ scheme, host, port, path }: Place, insecure: boolean, timeoutMs: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const target = scheme === 'unix' ? { path } : { host, port }
    const options = { ...target, allowHalfOpen: true, noDelay: true }
    const socket = scheme !== 'tls'
      ? net.connect(options)
      : tls.connect({ ...options, rejectUnauthorized: !insecure, ...net.isIP(host) === 0 ? { servername: host } : {} })
    // TLS takes this from nobody's options.
    socket.allowHalfOpen = true
    const timer = setTimeout(() => { socket.destroy(new Error('no answer in time')) }, Math.max(1, timeoutMs))
    socket.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    socket.once(scheme === 'tls' ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

/** How long a connection waits for a case. */
const staleMs = 1000

/** An endpoint that dials: each of its connections serves one conversation, so it has to dial again whenever one has ended. */
export async function listen (url: string): Promise<Endpoint> {
  const place = parsePlace(url)
  if (place === undefined || place.scheme === 'tls') throw new RangeError(`cannot listen at ${url}`)
  const waiting: Array<(socket: Duplex) => void> = []
  const idle: net.Socket[] = []
  const drop = (socket: net.Socket): boolean => idle.includes(socket) && idle.splice(idle.indexOf(socket), 1).length > 0
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => {})
    const taker = waiting.shift()
    if (taker === undefined) {
      idle.push(socket)
      // Unread it cannot tell us that it has ended, and a heartbeat that nobody answers ends it before long: rather have a new one.
      setTimeout(() => { if (drop(socket)) socket.destroy() }, staleMs).unref()
    } else taker(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(place.scheme === 'unix' ? { path: place.path } : { host: place.host, port: place.port }, resolve)
  })
  const at = server.address()
  const where = place.scheme === 'unix' || at === null || typeof at === 'string'
    ? url
    : `tcp://${net.isIPv6(place.host) ? `[${place.host}]` : place.host}:${at.port}`
  return {
    url: where,
    connect (timeoutMs) {
      const socket = idle.shift()
      if (socket !== undefined) return Promise.resolve(socket)
      return new Promise((resolve, reject) => {
        const take = (taken: Duplex): void => {
          clearTimeout(timer)
          resolve(taken)
        }
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(take), 1)
          reject(new NoConnection(`nobody has connected to ${where} within ${timeoutMs / 1000} s`))
        }, timeoutMs)
        waiting.push(take)
      })
    },
    close () {
      server.close()
      for (const socket of idle) socket.destroy()
    }
  }
}

function reasonOf (error: unknown): string {
  // Of several addresses that were tried, the first failure speaks for all.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const code = first instanceof Error && 'code' in first ? String(first.code) : ''
  switch (code) {
    case 'ECONNREFUSED': return 'connection refused: nothing listens there; start the endpoint, or check the address'
    case 'ENOENT': return 'there is no such unix socket: start the endpoint, or check the path'
    case 'ENOTFOUND': return 'there is no such host'
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE': return 'its certificate is not trusted: name its authority in NODE_EXTRA_CA_CERTS, or use --insecure'
    default: return first instanceof Error ? first.message : String(first)
  }
}

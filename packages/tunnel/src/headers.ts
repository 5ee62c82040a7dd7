/**
 * Which header fields go on through a proxy, and which are its own to write (RFC 9110, sections 7.6 and 6.5). Pure.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'

/** How the public side's clients are described to the origin. */
export interface ForwardOptions {
  /** Keep what the client says of itself in X-Forwarded-* and add to it; else its claims are dropped. */
  readonly trustForwarded: boolean
}

/** Header fields as node:http takes and gives them: name, value, name, value. */
export type RawHeaders = string[]

const hopByHop: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'transfer-encoding', 'upgrade'
])

/** What a sender may not have us drop by naming it in Connection: the message would change its meaning. */
const endToEnd: ReadonlySet<string> = new Set(['host', 'content-length', 'trailer', 'expect', 'via'])

const forwarded: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'forwarded'])

/** Methods whose requests have no body unless they say so. */
const bodyless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** The mark that this proxy leaves in Via. */
export const viaMark = '1.1 muxado'

/** How many times a request may pass through us before we call it a loop: `expose` of a gateway's own port makes one. */
const maxPasses = 8

/** Whether a body follows the head of `request`. */
export function hasBody (request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) > 0)
}

/** Whether `request` has come through this kind of proxy too often. */
export function isLoop (request: IncomingMessage): boolean {
  return (request.headers.via ?? '').split(',').filter((hop) => hop.trim() === viaMark).length >= maxPasses
}

/** The head that the origin gets for `request`. `upgrade`: ask it to switch protocols, as the client did. */
export function requestHeaders (request: IncomingMessage, options: ForwardOptions, upgrade = false): RawHeaders {
  const { headers, socket } = request
  const chunked = headers['transfer-encoding'] !== undefined
  const out = kept(request.rawHeaders, (name) => forwarded.has(name) || (name === 'trailer' && !chunked))
  const trailers = /(^|,)\s*trailers\s*(;|,|$)/i.test(joined(headers['te']) ?? '')
  if (upgrade) out.push('Connection', 'Upgrade', 'Upgrade', headers.upgrade ?? '')
  // A stream is a connection of its own and ends with its answer.
  else out.push('Connection', trailers ? 'close, TE' : 'close')
  if (trailers) out.push('TE', 'trailers')
  if (chunked) out.push('Transfer-Encoding', 'chunked')
  else if (headers['content-length'] === undefined && !bodyless.has(request.method ?? '')) out.push('Content-Length', '0')

  const trusted = (name: string): string | undefined => options.trustForwarded ? joined(headers[name]) : undefined
  const client = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const before = trusted('x-forwarded-for')
  out.push('X-Forwarded-For', before === undefined ? client : `${before}, ${client}`)
  out.push('X-Forwarded-Host', trusted('x-forwarded-host') ?? headers.host ?? '')
  out.push('X-Forwarded-Proto', trusted('x-forwarded-proto') ?? 'http')
  const port = trusted('x-forwarded-port')
  if (port !== undefined) out.push('X-Forwarded-Port', port)
  const chain = trusted('forwarded')
  if (chain !== undefined) out.push('Forwarded', chain)
  out.push('Via', viaMark)
  return out
}

/** The head that the client gets for the origin's `response` to `request`. */
export function responseHeaders (request: IncomingMessage, response: IncomingMessage): RawHeaders {
  // Trailers need chunks, and chunks need a client of HTTP/1.1 and an answer without a length.
  const chunked = request.httpVersionMinor >= 1 && request.method !== 'HEAD' && response.headers['content-length'] === undefined
  const out = kept(response.rawHeaders, (name) => name === 'trailer' && !(chunked && response.headers['transfer-encoding'] !== undefined))
  out.push('Via', viaMark)
  return out
}

/** The head of the origin's 101 answer: here the hop-by-hop fields are the message. */
export function switchingHead (response: IncomingMessage): string {
  const { rawHeaders } = response
  let head = `HTTP/1.1 ${response.statusCode ?? 101} ${response.statusMessage ?? ''}\r\n`
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) head += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`
  return `${head}\r\n`
}

/** Trailer fields as `addTrailers` takes them. */
export function trailerPairs (raw: readonly string[]): Array<[string, string]> {
  const pairs: Array<[string, string]> = []
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? ''])
  return pairs
}

function kept (raw: readonly string[], drop: (name: string) => boolean): RawHeaders {
  const out: RawHeaders = []
  const named = new Set<string>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() !== 'connection') continue
    for (const token of (raw[i + 1] ?? '').split(',')) named.add(token.trim().toLowerCase())
  }
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    if (hopByHop.has(lower) || (named.has(lower) && !endToEnd.has(lower)) || drop(lower)) continue
    out.push(name, raw[i + 1] ?? '')
  }
  return out
}

function joined (value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}

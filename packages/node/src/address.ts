/**
 * Addresses as text and back: `host:port`, `[v6]:port`, paths, and the urls `tcp://`, `tls://`, `unix:`. Opens nothing.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { isIPv6 } from 'node:net'

/** Where something listens: a host and port, or the path of a unix socket. */
export interface Target {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly path?: string | undefined
}

/** One end of a connection, as `net.Socket` names its parts. */
export interface SocketAddress {
  readonly address: string
  readonly port: number
  readonly family: 'IPv4' | 'IPv6'
}

/** `host:port`, an IPv6 host in brackets; undefined unless both are there. */
export function formatAddress (host: string | undefined, port: number | undefined): string | undefined {
  if (host === undefined || port === undefined) return undefined
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** The parts of `host:port` when the host is an address; undefined for paths, names and nothing. */
export function parseAddress (text: string | undefined): SocketAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+)):(\d{1,5})$/.exec(text ?? '')
  if (match === null) return undefined
  const [, v6, v4, port] = match
  return { address: v6 ?? v4 ?? '', port: Number(port), family: v6 === undefined ? 'IPv4' : 'IPv6' }
}

/** Where to connect or listen, for messages: `127.0.0.1:9000` or a path. */
export function describeTarget (target: Target): string {
  return target.path ?? formatAddress(target.host ?? '', target.port ?? 0) ?? ''
}

/**
 * Read `tcp://host:port`, `tls://host:port`, `unix:/path` or `unix:relative/path`.
 * @param lowest the least port that makes sense: 0 where the system may choose one
 * @throws {MuxadoError} API_ARGUMENT
 */
export function parseUrl (text: string, lowest = 1): Target & { tls?: true } {
  if (text.startsWith('unix:')) {
    // Three slashes are one: `unix:///run/x` is written as often as `unix:/run/x`.
    const path = text.slice(5).replace(/^\/\/(?=\/)/, '')
    if (path === '' || path.startsWith('//')) throw wrongUrl(text)
    return { path }
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'tcp:' && url.protocol !== 'tls:')) throw wrongUrl(text)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '' || url.port === '' || Number(url.port) < lowest || (url.pathname !== '' && url.pathname !== '/')) throw wrongUrl(text)
  return { host, port: Number(url.port), ...(url.protocol === 'tls:' ? { tls: true } : {}) }
}

function wrongUrl (text: string): MuxadoError {
  return new MuxadoError('API_ARGUMENT', `cannot use the url ${JSON.stringify(text)}: write tcp://host:port, tls://host:port or unix:/path`)
}

/**
 * Addresses as text and back: `host:port`, `[v6]:port`, paths, and the urls `tcp://`, `tls://`, `unix:`. Opens nothing.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import type { Addr } from './types.ts'

/** Where something listens: a host and port, or the path of a unix socket. */
export interface Target {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly path?: string | undefined
}

/** `host:port`, an IPv6 host in brackets, or a path; undefined for the end of a unix socket that has none. */
export function formatAddr ({ hostname, port, path }: Addr): string | undefined {
  return hostname === undefined || port === undefined ? path ?? undefined : formatHost(hostname, port)
}

/** Where to connect or listen, for messages: `127.0.0.1:9000` or a path. */
export function describeTarget ({ host = '*', port = 0, path }: Target): string {
  return path ?? formatHost(host, port)
}

function formatHost (host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
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

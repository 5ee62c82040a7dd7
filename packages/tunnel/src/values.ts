/**
 * What people type on the command line, as values: ports, addresses, targets, seconds. Knows the words of its complaints, not the options.
 *
 * @module
 */

/** The command line cannot mean what it says: exit code 2, the message, and where the help is. */
export class UsageError extends Error {
  /** The subcommand whose help tells more. */
  readonly topic: string

  constructor (message: string, topic = '') {
    super(message)
    this.name = 'UsageError'
    this.topic = topic
  }
}

/** A TCP address. IPv6 hosts are without brackets. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What an agent exposes: the built-in demo site, or an HTTP server that is already there. */
export type Target = 'demo' | Address

/** A port, 0 (any free one) only where `zero` allows it. */
export function parsePort (text: string, what: string, zero = true): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port >= (zero ? 0 : 1) && port <= 65535)) {
    throw new UsageError(`${what} must be a port number from ${zero ? '0 (any free port)' : '1'} to 65535, not '${text}'`)
  }
  return port
}

/** `8080`, `host:8080`, `[::1]:8080`. A port alone gets `host`. */
export function parseAddress (text: string, what: string, host: string, zero = true): Address {
  const match = /^(?:(?:\[([^[\]]+)\]|([^:[\]/@\s]+)):)?(\d+)$/.exec(text)
  if (match?.[3] === undefined) throw new UsageError(`${what} must be PORT, HOST:PORT or [IPV6]:PORT, not '${text}'`)
  return { host: match[1] ?? match[2] ?? host, port: parsePort(match[3], what, zero) }
}

/** `demo`, `3000`, `host:3000`, and `http://host:3000/` as people paste it from a browser. */
export function parseTarget (text: string, what: string): Target {
  if (text === 'demo') return 'demo'
  if (/^https:/i.test(text)) {
    throw new UsageError(`${what} takes a plain HTTP server; '${text}' speaks TLS. Give the port of its http:// side`)
  }
  const bare = text.replace(/^http:\/\//i, '').replace(/\/$/, '')
  if (bare.includes('/')) throw new UsageError(`${what} exposes a whole server: leave the path away from '${text}'`)
  // A browser's address of port 80 has no port; a bare word is more likely a mistake than a host.
  return parseAddress(bare === text || /:\d+$/.test(bare) ? bare : `${bare}:80`, what, 'localhost', false)
}

/** Seconds, fractions allowed, as milliseconds. `least` to 86,400. */
export function parseSeconds (text: string, what: string, least = 0): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(seconds >= least && seconds <= 86400)) throw new UsageError(`${what} must be seconds from ${least} to 86400, not '${text}'`)
  return Math.round(seconds * 1000)
}

/** A count, from 1 up. */
export function parseCount (text: string, what: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1) throw new UsageError(`${what} must be a whole number from 1 up, not '${text}'`)
  return count
}

/** An address as people write it. */
export function showAddress (address: Address): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}

/** The URL to open for a server bound to `address`: a wildcard is reachable as this machine. */
export function showUrl (address: Address): string {
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host
  return `http://${showAddress({ host, port: address.port })}`
}

/** Whether only this machine can reach `host`. */
export function isLoopback (host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Of `words`, the one that `word` was probably meant to be. */
export function nearest (word: string, words: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.floor(word.length / 2) + 1
  for (const candidate of words) {
    const far = distance(word, candidate)
    if (far < least) {
      least = far
      best = candidate
    }
  }
  return best
}

function distance (from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const swap = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

/**
 * Dials a peer over TCP, TLS or a unix socket and makes a session of the connection.
 *
 * @module
 */
import { MuxadoError, createMachine } from '@muxado/core'
import type { Session, SessionOptions } from '@muxado/session'
import { describeTarget, parseUrl } from './address.ts'
import type { Target } from './address.ts'
import { sessionOver } from './conns.ts'
import { connectError } from './explain.ts'
import { closeQuietly } from './transport.ts'
import { runtime } from './types.ts'
import type { Conn, ConnectTls } from './types.ts'

/** Where to connect, how long to try, and how the session behaves. */
export interface ConnectOptions extends Omit<SessionOptions, 'role'> {
  /** Default `localhost`. */
  readonly host?: string | undefined
  /** A TCP port, 1 to 65,535. */
  readonly port?: number | undefined
  /** The path of a unix socket, instead of `host` and `port`. */
  readonly path?: string | undefined
  /** Speak TLS, with these options of `Deno.connectTls`. Not over a unix socket. Default: as the url says, else false. */
  readonly tls?: boolean | ConnectTls | undefined
  /** Which end of the session to be. Default `'client'`. */
  readonly role?: SessionOptions['role'] | undefined
  /** Gives up: `connect` rejects with `signal.reason`. Does nothing once the session is there. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the connection, TLS included, must stand. 1 to 2^31-1; default 10,000. */
  readonly connectTimeoutMs?: number | undefined
}

/**
 * Connect to a muxado peer. Needs `--allow-net=host:port`; for a unix socket `--allow-net=unix:path`, `--allow-read` and `--allow-write` of it.
 * The connection keeps the process alive while it is open; `connOf(session)?.unref()` lets go.
 * @param target options, or a url: `tcp://host:port`, `tls://host:port`, `unix:/path`
 * @param more options beside a url; where both say something, these win
 * @throws {MuxadoError} SESSION_TRANSPORT when there is no connection (nothing was sent: retryable), API_ARGUMENT; or `signal.reason`
 */
export async function connect (target: string | URL | ConnectOptions, more: ConnectOptions = {}): Promise<Session> {
  const said: ConnectOptions = typeof target === 'string' || target instanceof URL ? parseUrl(String(target)) : target
  const { host = 'localhost', port, path, tls: _, role = 'client', signal, connectTimeoutMs = 10_000, ...options } = { ...said, ...more }
  // An `undefined` beside a `tls://` url must not switch TLS off.
  const security = more.tls ?? said.tls
  if (path === undefined && !(port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new MuxadoError('API_ARGUMENT', `connect needs a port of 1 to 65535, or a path; got ${String(port)}`)
  }
  if (path !== undefined && security !== undefined && security !== false) {
    throw new MuxadoError('API_ARGUMENT', 'Deno has no TLS over unix sockets: leave tls out, or connect to a host and port')
  }
  // Options that no session accepts are told before anything is dialled.
  createMachine({ ...options, role, extensions: [] })
  signal?.throwIfAborted()
  const where: Target = path === undefined ? { host, port } : { path }
  const conn = await dial(where, security === true ? {} : security, connectTimeoutMs, signal)
  return sessionOver(conn, { ...options, role }, { remoteAddress: path })
}

function dial (where: Target, security: ConnectTls | false | undefined, timeoutMs: number, signal?: AbortSignal): Promise<Conn> {
  const name = describeTarget(where)
  const stop = new AbortController()
  return new Promise((resolve, reject) => {
    const giveUp = (): void => { settle(signal?.reason) }
    const timer = setTimeout(() => {
      settle(new MuxadoError('SESSION_TRANSPORT', `no answer from ${name} within ${timeoutMs} ms; check the address, or allow more connectTimeoutMs`,
        { retryable: true }))
    }, timeoutMs)
    signal?.addEventListener('abort', giveUp, { once: true })
    function settle (error: unknown): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      // oxlint-disable-next-line prefer-promise-reject-errors -- the caller's own reason, whatever it is
      reject(error)
      stop.abort()
    }
    open(where, security, stop.signal).then((conn) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      resolve(conn)
    }, (error: Error) => { settle(connectError(name, error)) })
  })
}

/** Deno can give up a dial, but neither a lookup nor a handshake: what comes too late is closed. */
async function open ({ host = '', port = 0, path }: Target, security: ConnectTls | false | undefined, signal: AbortSignal): Promise<Conn> {
  const deno = runtime()
  const conn = await (path !== undefined
    ? deno.connect({ transport: 'unix', path, signal })
    : security === undefined || security === false ? deno.connect({ hostname: host, port, signal }) : deno.connectTls({ ...security, hostname: host, port }))
  const close = (): void => { closeQuietly(conn) }
  if (signal.aborted) close()
  signal.addEventListener('abort', close, { once: true })
  try {
    await conn.handshake?.()
  } catch (error) {
    close()
    throw error
  } finally {
    signal.removeEventListener('abort', close)
  }
  return conn
}

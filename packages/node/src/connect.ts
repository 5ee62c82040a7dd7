/**
 * Dials a peer over TCP, TLS or a unix socket and makes a session of the connection.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import type { Session, SessionOptions } from '@muxado/session'
import * as net from 'node:net'
import * as tls from 'node:tls'
import { describeTarget, parseUrl } from './address.ts'
import type { Target } from './address.ts'
import { connectError } from './explain.ts'
import { sessionOver } from './sockets.ts'

/** Where to connect, how long to try, and how the session behaves. */
export interface ConnectOptions extends Omit<SessionOptions, 'role'> {
  /** Default `localhost`. */
  readonly host?: string | undefined
  /** A TCP port, 1 to 65,535. */
  readonly port?: number | undefined
  /** The path of a unix socket, instead of `host` and `port`. */
  readonly path?: string | undefined
  /** Speak TLS, with these options. `servername` defaults to `host` when that is a name. Default: as the url says, else false. */
  readonly tls?: boolean | tls.ConnectionOptions | undefined
  /** Which end of the session to be. Default `'client'`. */
  readonly role?: SessionOptions['role'] | undefined
  /** Gives up: `connect` rejects with `signal.reason`. Does nothing once the session is there. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the connection, TLS included, must stand. 1 to 2^31-1; default 10,000. */
  readonly connectTimeoutMs?: number | undefined
}

/**
 * Connect to a muxado peer. The connection keeps the process alive while it is open; `socketOf(session)?.unref()` lets go.
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
  signal?.throwIfAborted()
  const where: Target = path === undefined ? { host, port } : { path }
  const socket = await dial(where, security === true ? {} : security, connectTimeoutMs, signal)
  return sessionOver(socket, { ...options, role }, { remoteAddress: path })
}

function dial (where: Target, security: tls.ConnectionOptions | false | undefined, timeoutMs: number, signal?: AbortSignal): Promise<net.Socket> {
  const name = describeTarget(where)
  return new Promise((resolve, reject) => {
    const socket = open(where, security)
    socket.allowHalfOpen = true
    const giveUp = (): void => { settle(signal?.reason) }
    const timer = setTimeout(() => {
      settle(new MuxadoError('SESSION_TRANSPORT', `no answer from ${name} within ${timeoutMs} ms; check the address, or allow more connectTimeoutMs`,
        { retryable: true }))
    }, timeoutMs)
    function settle (error?: unknown): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      if (error === undefined) {
        resolve(socket)
        return
      }
      // oxlint-disable-next-line prefer-promise-reject-errors -- the caller's own reason, whatever it is
      reject(error)
      socket.destroy()
    }
    signal?.addEventListener('abort', giveUp, { once: true })
    // These stay: after the promise has settled they do nothing, and an error in between finds a listener.
    socket.on('error', (error: Error) => { settle(connectError(name, error)) })
    socket.once(security === undefined || security === false ? 'connect' : 'secureConnect', () => { settle() })
  })
}

function open ({ host = '', port = 0, path }: Target, security: tls.ConnectionOptions | false | undefined): net.Socket {
  const target = path === undefined ? { host, port } : { path }
  if (security === undefined || security === false) return net.connect({ ...target, noDelay: true, allowHalfOpen: true })
  // SNI is for names only, and a unix socket has none.
  const servername = path === undefined && net.isIP(host) === 0 ? { servername: host } : {}
  return tls.connect({ ...servername, ...security, ...target })
}

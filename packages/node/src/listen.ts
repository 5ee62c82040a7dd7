/**
 * Listens on TCP, TLS or a unix socket and makes a session of every connection.
 *
 * @module
 */
import { MuxadoError, createMachine } from '@muxado/core'
import type { Session, SessionOptions, WaitOptions } from '@muxado/session'
import * as net from 'node:net'
import * as tls from 'node:tls'
import { describeTarget, formatAddress, parseUrl } from './address.ts'
import type { Target } from './address.ts'
import { bind } from './bind.ts'
import { connectError } from './explain.ts'
import { sessionOver } from './sockets.ts'
import { Takers } from './takers.ts'

/** Where to listen, and how the sessions behave. */
export interface ListenOptions extends Omit<SessionOptions, 'role'> {
  /** Default: every address of the machine. */
  readonly host?: string | undefined
  /** A TCP port; 0 lets the system choose one. Default 0. */
  readonly port?: number | undefined
  /** The path of a unix socket, instead of `host` and `port`. A socket left there by a process that is gone is replaced. */
  readonly path?: string | undefined
  /** Speak TLS, with these options; `handshakeTimeout` is 10,000 unless they say. Default none. */
  readonly tls?: tls.TlsOptions | undefined
  /** Which end of each session to be. Default `'server'`. */
  readonly role?: SessionOptions['role'] | undefined
  /** Connections that may wait: in the system to be accepted, and then as sessions to be taken. Further ones are hung up on. Default 511. */
  readonly backlog?: number | undefined
  /** Hears of single connections that failed before they were a session, a TLS handshake say. Must not throw. Default: nobody. */
  readonly onError?: ((error: MuxadoError) => void) | undefined
}

/** How to stop listening. */
export interface ListenerCloseOptions {
  /** Close every session too, and wait for that. Default false: they live on. */
  readonly sessions?: boolean
}

/** A source of sessions. Iterating may stop and start again; several iterators share the sessions among them. */
export interface Listener extends AsyncIterable<Session>, AsyncDisposable {
  /** `host:port`, or the path. */
  readonly address: string
  /** The TCP port; undefined over a unix socket. */
  readonly port: number | undefined
  /** What `connect` takes: `tcp://127.0.0.1:9000`, `tls://...`, `unix:/path`. */
  readonly url: string
  /** The next session. Rejects with SESSION_CLOSED once the listener is closed, or `signal.reason`. */
  accept (options?: WaitOptions): Promise<Session>
  /** Stop listening: iterators end, sessions that nobody has taken are closed. Safe to call twice. */
  close (options?: ListenerCloseOptions): Promise<void>
  /** Keep the process alive while listening: the default. */
  ref (): void
  /** Do not keep the process alive. */
  unref (): void
}

/**
 * Listen for muxado peers. Resolves when peers can connect.
 * @param target options, or a url: `tcp://host:port`, `tls://host:port` (needs `tls` options with a key and a certificate), `unix:/path`
 * @param more options beside a url; where both say something, these win
 * @throws {MuxadoError} SESSION_TRANSPORT when it cannot listen there, API_ARGUMENT
 */
export async function listen (target: string | URL | ListenOptions, more: ListenOptions = {}): Promise<Listener> {
  const said = typeof target === 'string' || target instanceof URL ? parseUrl(String(target), 0) : target
  const { host, port = 0, path, tls: security, role = 'server', backlog = 511, onError, ...options } = { ...said, ...more }
  if (security === true || (said.tls !== undefined && security === undefined)) {
    throw new MuxadoError('API_ARGUMENT', 'a tls:// listener needs tls options with a key and a certificate')
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new MuxadoError('API_ARGUMENT', `listen needs a port of 0 to 65535; got ${String(port)}`)
  const sessionOptions = { ...options, role }
  // Options that no session accepts are told now, not once for each connection.
  createMachine({ ...sessionOptions, extensions: [] })
  const server = security === undefined
    ? net.createServer({ allowHalfOpen: true, noDelay: true })
    : tls.createServer({ handshakeTimeout: 10_000, ...security, allowHalfOpen: true })
  const where: Target = path === undefined ? { host, port } : { path }
  await bind(server, where, backlog)
  return new SocketListener(server, where, sessionOptions, backlog, onError)
}

class SocketListener implements Listener {
  readonly address: string
  readonly port: number | undefined
  readonly url: string
  readonly #server: net.Server
  readonly #path: string | undefined
  readonly #options: SessionOptions
  readonly #backlog: number
  readonly #report: (error: MuxadoError) => void
  readonly #sessions = new Set<Session>()
  readonly #untaken = new Takers<Session>()
  /** Connections whose TLS handshake is not done. */
  readonly #handshakes = new Set<net.Socket>()

  constructor (server: net.Server, where: Target, options: SessionOptions, backlog: number, onError: ((error: MuxadoError) => void) | undefined) {
    this.#server = server
    this.#path = where.path
    this.#options = options
    this.#backlog = backlog
    this.#report = onError ?? (() => {})
    const bound = server.address()
    const isTls = server instanceof tls.Server
    this.port = bound !== null && typeof bound === 'object' ? bound.port : undefined
    this.address = where.path ?? describeTarget(typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : where)
    this.url = where.path === undefined ? `${isTls ? 'tls' : 'tcp'}://${this.address}` : `unix:${this.address}`

    // Of accepting: too many open files, say. Listening goes on.
    server.on('error', (error) => { this.#report(connectError(this.address, error)) })
    if (!isTls) {
      server.on('connection', (socket) => { this.#accept(socket) })
      return
    }
    server.on('connection', (socket) => {
      this.#handshakes.add(socket)
      socket.once('close', () => { this.#handshakes.delete(socket) })
    })
    server.on('secureConnection', (socket) => { this.#accept(socket) })
    server.on('tlsClientError', (error, socket) => {
      this.#report(new MuxadoError('SESSION_TRANSPORT', `a TLS handshake with ${nameOf(socket)} failed: ${error.message}`, { cause: error }))
      socket.destroy()
    })
  }

  async accept (options: WaitOptions = {}): Promise<Session> {
    const { signal } = options
    signal?.throwIfAborted()
    const taking = this.#untaken.take()
    signal?.addEventListener('abort', taking.cancel, { once: true })
    const session = await taking.value
    signal?.removeEventListener('abort', taking.cancel)
    if (session !== undefined) return session
    signal?.throwIfAborted()
    throw new MuxadoError('SESSION_CLOSED', `no longer listening at ${this.address}`)
  }

  [Symbol.asyncIterator] (): AsyncIterator<Session, undefined> {
    return this.#untaken.iterate()
  }

  async close (options: ListenerCloseOptions = {}): Promise<void> {
    // It no longer listens when this returns; its callback would wait for every connection to end.
    if (this.#server.listening) this.#server.close()
    for (const socket of this.#handshakes) socket.destroy()
    const untaken = this.#untaken.end()
    await Promise.all((options.sessions === true ? [...this.#sessions] : untaken).map(async (session) => { await session.close() }))
  }

  async [Symbol.asyncDispose] (): Promise<void> {
    await this.close({ sessions: true })
  }

  ref (): void {
    this.#server.ref()
  }

  unref (): void {
    this.#server.unref()
  }

  #accept (socket: net.Socket): void {
    if (!this.#untaken.wanted && this.#untaken.size >= this.#backlog) {
      this.#report(new MuxadoError('SESSION_TRANSPORT', `hung up on ${nameOf(socket)}: ${this.#backlog} sessions wait to be accepted already`))
      socket.destroy()
      return
    }
    let session: Session
    try {
      session = sessionOver(socket, this.#options, { localAddress: this.#path })
    } catch (error) {
      this.#report(error as MuxadoError)
      return
    }
    this.#sessions.add(session)
    session.closed.then(() => {
      this.#sessions.delete(session)
      this.#untaken.withdraw(session)
    }, () => {})
    this.#untaken.offer(session)
  }
}

function nameOf (socket: net.Socket): string {
  return formatAddress(socket.remoteAddress, socket.remotePort) ?? 'a peer'
}

/**
 * Listens on TCP, TLS or a unix socket and makes a session of every connection.
 *
 * @module
 */
import { MuxadoError, createMachine } from '@muxado/core'
import type { Session, SessionOptions, WaitOptions } from '@muxado/session'
import { formatAddr, parseUrl } from './address.ts'
import type { Target } from './address.ts'
import { Arrivals } from './arrivals.ts'
import { bind } from './bind.ts'
import { sessionOver } from './conns.ts'
import { connectError } from './explain.ts'
import { closeQuietly } from './transport.ts'
import type { Conn, ConnListener, ListenTls } from './types.ts'

/** Milliseconds to wait before accepting again after the system could not, for want of file descriptors say. Arbitrary. */
const BREATH_MS = 100

/** Where to listen, and how the sessions behave. */
export interface ListenOptions extends Omit<SessionOptions, 'role'> {
  /** Default `0.0.0.0`: every IPv4 address of the machine. */
  readonly host?: string | undefined
  /** A TCP port; 0 lets the system choose one. Default 0. */
  readonly port?: number | undefined
  /** The path of a unix socket, instead of `host` and `port`. A socket left there by a process that is gone is replaced. */
  readonly path?: string | undefined
  /** Speak TLS, with these options of `Deno.listenTls`. Not over a unix socket. Default none. */
  readonly tls?: ListenTls | undefined
  /**
   * Milliseconds that a TLS handshake may take. Deno 2.9 keeps the TCP connection of one that it gave up until the peer hangs up. 1 to 2^31-1;
   * default 10,000.
   */
  readonly handshakeTimeoutMs?: number | undefined
  /** Which end of each session to be. Default `'server'`. */
  readonly role?: SessionOptions['role'] | undefined
  /** Sessions that may wait to be taken, and handshakes to be done; further connections wait in the system. Default 511. */
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
 * Listen for muxado peers. Resolves when peers can connect. Needs `--allow-net=host:port`; for a unix socket `--allow-net=unix:path`,
 * `--allow-read` and `--allow-write` of it.
 * @param target options, or a url: `tcp://host:port`, `tls://host:port` (needs `tls` options with a key and a certificate), `unix:/path`
 * @param more options beside a url; where both say something, these win
 * @throws {MuxadoError} SESSION_TRANSPORT when it cannot listen there, API_ARGUMENT
 */
export async function listen (target: string | URL | ListenOptions, more: ListenOptions = {}): Promise<Listener> {
  const said = typeof target === 'string' || target instanceof URL ? parseUrl(String(target), 0) : target
  const { host, port = 0, path, tls: security, role = 'server', backlog = 511, handshakeTimeoutMs = 10_000, onError, ...options } = { ...said, ...more }
  if (security === true || (said.tls !== undefined && security === undefined)) {
    throw new MuxadoError('API_ARGUMENT', 'a tls:// listener needs tls options with a key and a certificate')
  }
  if (path !== undefined && security !== undefined) throw new MuxadoError('API_ARGUMENT', 'Deno has no TLS over unix sockets: leave tls out, or listen on a port')
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new MuxadoError('API_ARGUMENT', `listen needs a port of 0 to 65535; got ${String(port)}`)
  if (!(backlog >= 1)) throw new MuxadoError('API_ARGUMENT', `a backlog is at least 1; got ${String(backlog)}`)
  const sessionOptions = { ...options, role }
  // Options that no session accepts are told now, not once for each connection.
  createMachine({ ...sessionOptions, extensions: [] })
  const where: Target = path === undefined ? { host, port } : { path }
  return new ConnsListener(await bind(where, security), security !== undefined, sessionOptions, { backlog, handshakeTimeoutMs, onError })
}

interface Care {
  readonly backlog: number
  readonly handshakeTimeoutMs: number
  readonly onError: ListenOptions['onError']
}

class ConnsListener implements Listener {
  readonly address: string
  readonly port: number | undefined
  readonly url: string
  readonly #listener: ConnListener
  readonly #options: SessionOptions
  readonly #backlog: number
  readonly #handshakeTimeoutMs: number
  readonly #report: (error: MuxadoError) => void
  readonly #sessions = new Set<Session>()
  readonly #untaken = new Arrivals(() => { this.#roomier() })
  /** Connections whose TLS handshake is not done. */
  readonly #handshakes = new Set<Conn>()
  #state: 'open' | 'closed' = 'open'
  /** Resolves when no `accept` is pending: until then the system still listens. */
  readonly #accepting: Promise<void>
  /** Wakes the loop that accepts, which waits because enough is untaken. */
  #roomy: (() => void) | undefined

  constructor (listener: ConnListener, isTls: boolean, options: SessionOptions, { backlog, handshakeTimeoutMs, onError = () => {} }: Care) {
    this.#listener = listener
    this.#options = options
    this.#backlog = backlog
    this.#handshakeTimeoutMs = handshakeTimeoutMs
    this.#report = onError
    this.port = listener.addr.port
    this.address = formatAddr(listener.addr) ?? ''
    this.url = listener.addr.transport === 'unix' ? `unix:${this.address}` : `${isTls ? 'tls' : 'tcp'}://${this.address}`
    this.#accepting = this.#run()
  }

  async accept ({ signal }: WaitOptions = {}): Promise<Session> {
    const session = await this.#untaken.take(signal)
    if (session === undefined) throw new MuxadoError('SESSION_CLOSED', `no longer listening at ${this.address}`)
    return session
  }

  [Symbol.asyncIterator] (): AsyncIterator<Session, undefined> {
    return this.#untaken.iterate()
  }

  async close (options: ListenerCloseOptions = {}): Promise<void> {
    if (this.#state === 'open') this.#listener.close()
    this.#state = 'closed'
    this.#roomier()
    for (const conn of this.#handshakes) closeQuietly(conn)
    const untaken = this.#untaken.end()
    await this.#accepting
    await Promise.all((options.sessions === true ? [...this.#sessions] : untaken).map(async (session) => { await session.close() }))
  }

  async [Symbol.asyncDispose] (): Promise<void> {
    await this.close({ sessions: true })
  }

  ref (): void {
    this.#listener.ref()
  }

  unref (): void {
    this.#listener.unref()
  }

  #roomier (): void {
    this.#roomy?.()
    this.#roomy = undefined
  }

  /** One `accept` at a time: a TLS listener takes no more. */
  async #run (): Promise<void> {
    while (this.#state === 'open') {
      if (this.#untaken.size + this.#handshakes.size >= this.#backlog) {
        await new Promise<void>((resolve) => { this.#roomy = resolve })
        continue
      }
      try {
        const conn = await this.#listener.accept()
        if (conn.handshake === undefined) this.#welcome(conn)
        else void this.#shake(conn, conn.handshake())
      } catch (error) {
        if (this.#state !== 'open') return
        this.#report(connectError(this.address, error as Error))
        await new Promise<void>((resolve) => {
          this.#roomy = resolve
          setTimeout(resolve, BREATH_MS)
        })
      }
    }
  }

  async #shake (conn: Conn, handshake: Promise<unknown>): Promise<void> {
    this.#handshakes.add(conn)
    let why = ''
    const timer = setTimeout(() => {
      why = `took more than ${this.#handshakeTimeoutMs} ms`
      closeQuietly(conn)
    }, this.#handshakeTimeoutMs)
    try {
      await handshake
      this.#welcome(conn)
    } catch (cause) {
      closeQuietly(conn)
      const name = formatAddr(conn.remoteAddr) ?? 'a peer'
      this.#report(new MuxadoError('SESSION_TRANSPORT', `a TLS handshake with ${name} failed: ${why === '' ? (cause as Error).message : why}`, { cause }))
    } finally {
      clearTimeout(timer)
      this.#handshakes.delete(conn)
      this.#roomier()
    }
  }

  #welcome (conn: Conn): void {
    if (this.#state !== 'open') {
      closeQuietly(conn)
      return
    }
    let session: Session
    try {
      session = sessionOver(conn, this.#options, {})
    } catch (error) {
      this.#report(error as MuxadoError)
      return
    }
    this.#sessions.add(session)
    session.closed.then(() => { this.#sessions.delete(session) }, () => {})
    this.#untaken.offer(session)
  }
}

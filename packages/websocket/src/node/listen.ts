/**
 * Takes WebSocket connections on a path of an HTTP server, its own or one that does other things as well, and makes a session of each.
 *
 * @module
 */
import { createMachine, MuxadoError } from '@muxado/core'
import type { Session, WaitOptions } from '@muxado/session'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'
import { Arrivals } from './arrivals.ts'
import { acceptUpgrade, type UpgradeOptions } from './upgrade.ts'

/** Where to listen, whom to let in, and how the sessions behave. */
export interface ListenOptions extends UpgradeOptions {
  /** An HTTP(S) server to share, listening or not yet; it stays the caller's to close. Default: a server of its own. */
  readonly server?: Server | SecureServer | undefined
  /** Of the server of its own; 0 lets the system choose. Default 0. */
  readonly port?: number | undefined
  /** Of the server of its own. Default: every address of the machine. */
  readonly host?: string | undefined
  /** The path to connect to. Default `/muxado`. */
  readonly path?: string | undefined
  /** Sessions that may wait to be taken; further clients are answered 503. Default 511. */
  readonly backlog?: number | undefined
  /** Hears of clients that were refused or failed. Must not throw. Default: nobody. */
  readonly onError?: ((error: MuxadoError) => void) | undefined
}

/** How to stop listening. */
export interface ListenerCloseOptions {
  /** Close every session too, and wait for that. Default false: they live on. */
  readonly sessions?: boolean
}

/** A source of sessions. Iterating may stop and start again; several iterators share the sessions among them. */
export interface Listener extends AsyncIterable<Session>, AsyncDisposable {
  /** What `connect` takes: `ws://127.0.0.1:9000/muxado`. Without a port until a shared server listens. */
  readonly url: string
  /** The TCP port; undefined over a unix socket, or until a shared server listens. */
  readonly port: number | undefined
  /** The next session. Rejects with SESSION_CLOSED once the listener is closed, or `signal.reason`. */
  accept (options?: WaitOptions): Promise<Session>
  /** Stop listening: iterators end, sessions that nobody has taken are closed. A shared server goes on. Safe to call twice. */
  close (options?: ListenerCloseOptions): Promise<void>
  /** Keep the process alive while listening with a server of its own: the default. */
  ref (): void
  /** Do not keep the process alive. */
  unref (): void
}

/**
 * Listen for muxado clients over WebSockets. Resolves when clients can connect; with a shared `server`, at once.
 * @throws {MuxadoError} SESSION_TRANSPORT when it cannot listen there, API_ARGUMENT
 */
export async function listen (options: ListenOptions = {}): Promise<Listener> {
  const { server: shared, port = 0, host, path = '/muxado', backlog = 511, onError = () => {}, ...upgrade } = options
  // Options that no session accepts are told now, not once for each connection
  createMachine({ ...upgrade, role: 'server', extensions: [] })
  if (shared !== undefined) return new WebSocketListener(shared, 'shared', path, backlog, onError, upgrade)
  const server = createServer((request, response) => {
    const here = pathOf(request) === path
    response.writeHead(here ? 426 : 404, here ? { Upgrade: 'websocket', Connection: 'Upgrade' } : {}).end(here ? 'a WebSocket, please\n' : 'nothing here\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => { reject(new MuxadoError('SESSION_TRANSPORT', `cannot listen at ${host ?? '*'}:${port}: ${cause.message}`, { cause })) })
    server.listen(port, host, resolve)
  })
  return new WebSocketListener(server, 'own', path, backlog, onError, upgrade)
}

function pathOf (request: IncomingMessage): string {
  return (request.url ?? '/').replace(/\?.*$/s, '')
}

class WebSocketListener implements Listener {
  readonly #server: Server | SecureServer
  readonly #whose: 'own' | 'shared'
  readonly #path: string
  readonly #backlog: number
  readonly #report: (error: MuxadoError) => void
  readonly #options: UpgradeOptions
  readonly #arrivals = new Arrivals()
  readonly #sessions = new Set<Session>()
  #state: 'open' | 'closed' = 'open'

  constructor (
    server: Server | SecureServer, whose: 'own' | 'shared', path: string, backlog: number, report: (error: MuxadoError) => void, options: UpgradeOptions
  ) {
    this.#server = server
    this.#whose = whose
    this.#path = path
    this.#backlog = backlog
    this.#report = report
    this.#options = options
    server.on('upgrade', this.#onUpgrade)
  }

  get port (): number | undefined {
    const address = this.#server.address()
    return typeof address === 'object' ? address?.port : undefined
  }

  get url (): string {
    const address = this.#server.address()
    const host = typeof address !== 'object' || address === null || /^(0\.0\.0\.0|::)$/.test(address.address) ? 'localhost' : address.address
    const port = this.port === undefined ? '' : `:${this.port}`
    return `${'setSecureContext' in this.#server ? 'wss' : 'ws'}://${isIPv6(host) ? `[${host}]` : host}${port}${this.#path}`
  }

  async accept (options: WaitOptions = {}): Promise<Session> {
    const session = await this.#arrivals.take(options.signal)
    if (session === undefined) throw new MuxadoError('SESSION_CLOSED', `no longer listening at ${this.#path}`)
    return session
  }

  [Symbol.asyncIterator] (): AsyncIterator<Session, undefined> {
    return this.#arrivals.iterate()
  }

  async close (options: ListenerCloseOptions = {}): Promise<void> {
    this.#state = 'closed'
    this.#server.off('upgrade', this.#onUpgrade)
    if (this.#whose === 'own') {
      this.#server.close()
      this.#server.closeIdleConnections()
    }
    const untaken = this.#arrivals.end()
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

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (pathOf(request) === this.#path) {
      this.#accept(request, socket, head).catch(this.#report)
      return
    }
    // Another listener may want it. When there is none, nobody else would answer
    if (this.#server.listenerCount('upgrade') > 1) return
    socket.on('error', () => {}).end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  }

  async #accept (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { verify = () => true } = this.#options
    const session = await acceptUpgrade(request, socket, head, {
      ...this.#options,
      verify: async (asked) => {
        const verdict = await verify(asked)
        if (verdict !== true) return verdict
        return this.#state === 'open' && this.#arrivals.size < this.#backlog ? true : { status: 503, message: 'too busy, try again later' }
      }
    })
    this.#sessions.add(session)
    session.closed.then(() => { this.#sessions.delete(session) }, () => {})
    this.#arrivals.offer(session)
  }
}

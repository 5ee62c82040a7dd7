/**
 * What stands in for `Deno` where there is none: connections in memory that behave and fail as those of Deno 2.9 were seen to. The same tests run
 * over the real one in Deno itself (`npm run test:runtimes`).
 *
 * @module
 */
import type { Addr, Conn, ConnListener, Runtime } from '../src/types.ts'

/** Bytes that a direction holds before writes wait: small, so that tests see it full. */
const CAPACITY = 65_536

/** An error as Deno throws it: by name, and the system's by code too. */
export function denoError (name: string, message: string, code?: string): Error {
  return Object.assign(new Error(message), { name }, code === undefined ? {} : { code })
}

const badResource = (): Error => denoError('BadResource', 'Bad resource ID')
const interrupted = (): Error => denoError('Interrupted', 'operation canceled', 'EINTR')
const brokenPipe = (): Error => denoError('BrokenPipe', 'Broken pipe (os error 32)', 'EPIPE')

/** One direction. */
class Pipe {
  #bytes = new Uint8Array(0)
  #state: 'open' | 'ended' | 'broken' = 'open'
  #changed: Array<() => void> = []

  async write (bytes: Uint8Array): Promise<number> {
    while (this.#state === 'open' && this.#bytes.byteLength >= CAPACITY) await this.#change()
    if (this.#state !== 'open') throw brokenPipe()
    const taken = bytes.subarray(0, CAPACITY - this.#bytes.byteLength)
    const all = new Uint8Array(this.#bytes.byteLength + taken.byteLength)
    all.set(this.#bytes)
    all.set(taken, this.#bytes.byteLength)
    this.#bytes = all
    this.#wake()
    return taken.byteLength
  }

  async read (into: Uint8Array): Promise<number | null> {
    while (this.#state === 'open' && this.#bytes.byteLength === 0) await this.#change()
    if (this.#bytes.byteLength === 0) return null
    const taken = this.#bytes.subarray(0, into.byteLength)
    into.set(taken)
    this.#bytes = this.#bytes.slice(taken.byteLength)
    this.#wake()
    return taken.byteLength
  }

  end (): void {
    if (this.#state === 'open') this.#state = 'ended'
    this.#wake()
  }

  break (): void {
    this.#state = 'broken'
    this.#bytes = new Uint8Array(0)
    this.#wake()
  }

  #change (): Promise<void> {
    return new Promise((resolve) => { this.#changed.push(resolve) })
  }

  #wake (): void {
    for (const wake of this.#changed.splice(0)) wake()
  }
}

/** One end. */
class MemoryConn implements Conn {
  readonly localAddr: Addr
  readonly remoteAddr: Addr
  readonly #in: Pipe
  readonly #out: Pipe
  #cancel: (error: Error) => void = () => {}
  /** Rejects when this end is closed. */
  protected readonly cancelled: Promise<never>
  #state: 'open' | 'closed' = 'open'
  keepsAlive = true

  constructor (input: Pipe, output: Pipe, localAddr: Addr, remoteAddr: Addr) {
    this.#in = input
    this.#out = output
    this.localAddr = localAddr
    this.remoteAddr = remoteAddr
    this.cancelled = new Promise((_resolve, reject) => { this.#cancel = reject })
    this.cancelled.catch(() => {})
  }

  read (into: Uint8Array): Promise<number | null> { return this.#do(async () => await this.#in.read(into)) }
  write (bytes: Uint8Array): Promise<number> { return this.#do(async () => await this.#out.write(bytes)) }
  closeWrite (): Promise<void> { return this.#do(async () => { this.#out.end() }) }

  close (): void {
    if (this.#state === 'closed') throw badResource()
    this.#state = 'closed'
    this.#cancel(interrupted())
    if (!this.hangsUp) return
    this.#in.break()
    this.#out.end()
  }

  /** Whether closing ends the connection. */
  protected get hangsUp (): boolean { return true }

  ref (): void { this.keepsAlive = true }
  unref (): void { this.keepsAlive = false }
  get isClosed (): boolean { return this.#state === 'closed' }

  async #do<T> (operation: () => Promise<T>): Promise<T> {
    if (this.#state === 'closed') throw badResource()
    return await Promise.race([operation(), this.cancelled])
  }
}

class TcpConn extends MemoryConn {
  delay: boolean | undefined
  setNoDelay (on = true): void {
    if (this.isClosed) throw badResource()
    this.delay = !on
  }
}

/** Encrypts nothing: what matters is that its handshake takes both ends, and may fail. */
class TlsConn extends MemoryConn {
  #shaken: Promise<unknown> = Promise.resolve()
  #handshake: 'pending' | 'done' = 'pending'
  expects (handshake: Promise<unknown>): this {
    this.#shaken = handshake
    handshake.catch(() => {}).finally(() => { this.#handshake = 'done' })
    return this
  }

  /** The peer of a handshake that is given up is not told. */
  protected override get hangsUp (): boolean { return this.#handshake === 'done' }

  async handshake (): Promise<unknown> {
    return await Promise.race([this.#shaken, this.cancelled])
  }
}

type Maker = (input: Pipe, output: Pipe, local: Addr, remote: Addr) => MemoryConn

interface Dialled {
  readonly conn: MemoryConn
  /** Of a client that speaks TLS: who it trusts and whom it calls. */
  readonly client: ClientTls | undefined
}

interface ClientTls {
  readonly trusts: readonly string[]
  readonly hostname: string
  readonly shaken: (error?: Error) => void
}

class MemoryListener implements ConnListener {
  readonly addr: Addr
  readonly certificate: string | undefined
  readonly #closed: () => void
  readonly #waiting: Dialled[] = []
  #taker: { resolve: (conn: Conn) => void, reject: (error: Error) => void } | undefined
  #state: 'open' | 'closed' = 'open'
  /** What `accept` throws once. */
  trouble: Error | undefined
  keepsAlive = true

  constructor (addr: Addr, certificate: string | undefined, closed: () => void) {
    this.addr = addr
    this.certificate = certificate
    this.#closed = closed
  }

  arrive (dialled: Dialled): void {
    const taker = this.#taker
    this.#taker = undefined
    if (taker === undefined) this.#waiting.push(dialled)
    else taker.resolve(this.#greet(dialled))
  }

  async accept (): Promise<Conn> {
    if (this.#state === 'closed') throw denoError('BadResource', 'Listener has been closed')
    if (this.#taker !== undefined) throw denoError('Busy', 'Another accept task is ongoing')
    const { trouble } = this
    this.trouble = undefined
    if (trouble !== undefined) throw trouble
    const dialled = this.#waiting.shift()
    if (dialled !== undefined) return this.#greet(dialled)
    return await new Promise((resolve, reject) => { this.#taker = { resolve, reject } })
  }

  close (): void {
    this.#state = 'closed'
    this.#taker?.reject(denoError('BadResource', 'Listener has been closed'))
    for (const { conn } of this.#waiting) conn.close()
    this.#closed()
  }

  ref (): void { this.keepsAlive = true }
  unref (): void { this.keepsAlive = false }

  #greet ({ conn, client }: Dialled): Conn {
    if (!(conn instanceof TlsConn)) return conn
    // What comes is no TLS, or the client does not like the certificate
    if (client === undefined) {
      return conn.expects(conn.read(new Uint8Array(5)).then(() => { throw denoError('InvalidData', 'received corrupt message of type InvalidContentType') }))
    }
    const { certificate = '' } = this
    const problem = !client.trusts.includes(certificate)
      ? 'invalid peer certificate: UnknownIssuer'
      : client.hostname === '127.0.0.2' ? 'invalid peer certificate: certificate not valid for name "127.0.0.2"; certificate is only valid for DnsName("localhost")' : undefined
    client.shaken(problem === undefined ? undefined : denoError('InvalidData', problem))
    return conn.expects(problem === undefined ? Promise.resolve() : Promise.reject(denoError('InvalidData', 'received fatal alert: UnknownCA')))
  }
}

/** A `Deno` in memory. */
export class StandIn implements Runtime {
  readonly #listeners = new Map<string, MemoryListener>()
  readonly #files = new Map<string, 'socket' | 'file'>()
  #lastPort = 40_000
  /** Every connection that `connect` and `connectTls` made. */
  readonly dialled: MemoryConn[] = []
  /** Every listener, by `host:port` or path. */
  readonly listening: ReadonlyMap<string, MemoryListener> = this.#listeners

  readonly connect: Runtime['connect'] = async (options) => {
    options.signal?.throwIfAborted()
    await Promise.resolve()
    if ('path' in options) {
      if (!this.#files.has(options.path)) throw denoError('NotFound', 'No such file or directory (os error 2)', 'ENOENT')
      return this.#dial(options.path, (...args) => new MemoryConn(...args), undefined)
    }
    if (options.hostname.endsWith('.invalid')) throw denoError('Error', 'failed to lookup address information: Name or service not known')
    return this.#dial(hostPort(options), (...args) => new TcpConn(...args), undefined)
  }

  readonly connectTls: Runtime['connectTls'] = async ({ caCerts = [], ...options }) => {
    await Promise.resolve()
    let shaken: ClientTls['shaken'] = () => {}
    const handshake = new Promise<void>((resolve, reject) => {
      shaken = (error) => {
        if (error === undefined) resolve()
        else reject(error)
      }
    })
    return this.#dial(hostPort(options), (...args) => new TlsConn(...args).expects(handshake), { trusts: caCerts, hostname: options.hostname, shaken })
  }

  readonly listen: Runtime['listen'] = (options) => {
    if (!('path' in options)) return this.#listenAt(options, undefined)
    const { path } = options
    if (path.length > 107) throw Object.assign(denoError('TypeError', 'path must be shorter than SUN_LEN', 'EINVAL'))
    if (path.includes('/deeper/')) throw denoError('NotFound', 'No such file or directory (os error 2)', 'ENOENT')
    if (this.#files.has(path)) throw denoError('AddrInUse', 'Address already in use (os error 98)', 'EADDRINUSE')
    this.#files.set(path, 'socket')
    return this.#add(path, { transport: 'unix', path }, undefined)
  }

  readonly listenTls: Runtime['listenTls'] = (options) => this.#listenAt(options, options.cert)

  readonly lstat: Runtime['lstat'] = async (path) => {
    const kind = this.#files.get(path)
    if (kind === undefined) throw denoError('NotFound', `No such file or directory (os error 2): lstat '${path}'`, 'ENOENT')
    return { isSocket: kind === 'socket' }
  }

  readonly remove: Runtime['remove'] = async (path) => { this.#files.delete(path) }

  /** Put something at `path`: a file, or the socket of a process that is gone. */
  put (path: string, kind: 'socket' | 'file'): void {
    this.#files.set(path, kind)
  }

  #listenAt (options: { hostname: string, port: number }, certificate: string | undefined): MemoryListener {
    if (options.hostname === '192.0.2.1') throw denoError('AddrNotAvailable', 'Cannot assign requested address (os error 99)', 'EADDRNOTAVAIL')
    const { hostname } = options
    const port = options.port === 0 ? ++this.#lastPort : options.port
    const key = hostPort({ hostname, port })
    if (this.#listeners.has(key)) throw denoError('AddrInUse', 'Address already in use (os error 98)', 'EADDRINUSE')
    return this.#add(key, { transport: 'tcp', hostname, port }, certificate)
  }

  #add (key: string, addr: Addr, certificate: string | undefined): MemoryListener {
    const listener = new MemoryListener(addr, certificate, () => {
      this.#listeners.delete(key)
      this.#files.delete(key)
    })
    this.#listeners.set(key, listener)
    return listener
  }

  #dial (key: string, make: Maker, client: ClientTls | undefined): Conn {
    const listener = this.#listeners.get(key)
    if (listener === undefined) throw denoError('ConnectionRefused', 'Connection refused (os error 111)', 'ECONNREFUSED')
    const [up, down] = [new Pipe(), new Pipe()]
    const here: Addr = listener.addr.transport === 'unix' ? { transport: 'unix', path: null } : { transport: 'tcp', hostname: '127.0.0.1', port: ++this.#lastPort }
    const conn = make(down, up, here, listener.addr)
    const other: Maker = listener.certificate !== undefined ? (...args) => new TlsConn(...args) : listener.addr.transport === 'unix' ? (...args) => new MemoryConn(...args) : (...args) => new TcpConn(...args)
    this.dialled.push(conn)
    if (client !== undefined && listener.certificate === undefined) void hopeless(conn).catch(client.shaken)
    listener.arrive({ conn: other(up, down, listener.addr, here), client })
    return conn
  }
}

function hostPort ({ hostname, port }: { hostname: string, port: number }): string {
  return `${hostname === 'localhost' ? '127.0.0.1' : hostname}:${port}`
}

/** A client of TLS says hello, and what answers is none. */
async function hopeless (conn: Conn): Promise<void> {
  await conn.write(Uint8Array.of(22, 3, 1, 1, 41, 1, 0, 1, 37, 3, 3))
  const answer = await conn.read(new Uint8Array(5))
  throw answer === null ? denoError('UnexpectedEof', 'tls handshake eof') : denoError('InvalidData', 'received corrupt message of type InvalidContentType')
}

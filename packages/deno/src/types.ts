/**
 * What this package needs of Deno, as shapes: its types need not be installed, and tests may bring another. No logic.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'

/** One end of a connection: of TCP a host name and a port, of a unix socket a path, which only the listening end has. */
export interface Addr {
  readonly transport: string
  readonly hostname?: string
  readonly port?: number
  readonly path?: string | null
}

/** What a `Deno.Conn` is: `Deno.TcpConn`, `Deno.TlsConn`, `Deno.UnixConn`. */
export interface Conn {
  readonly localAddr: Addr
  readonly remoteAddr: Addr
  read (into: Uint8Array): Promise<number | null>
  write (bytes: Uint8Array): Promise<number>
  closeWrite (): Promise<void>
  close (): void
  ref (): void
  unref (): void
  /** Of TCP alone. */
  setNoDelay? (on?: boolean): void
  /** Of TLS alone. */
  handshake? (): Promise<unknown>
}

/** What a `Deno.Listener` is. */
export interface ConnListener {
  readonly addr: Addr
  accept (): Promise<Conn>
  close (): void
  ref (): void
  unref (): void
}

/** Of TLS when dialling, as `Deno.connectTls` takes them. */
export interface ConnectTls {
  /** Certificates to trust beside the system's, in PEM. */
  readonly caCerts?: readonly string[] | undefined
  /** A certificate that says who this end is, in PEM, with its `key`. */
  readonly cert?: string | undefined
  /** In PEM. */
  readonly key?: string | undefined
  readonly alpnProtocols?: readonly string[] | undefined
  /** Take a certificate for any name. Default false. */
  readonly unsafelyDisableHostnameVerification?: boolean | undefined
}

/** Of TLS when listening, as `Deno.listenTls` takes them. */
export interface ListenTls {
  /** The certificate and those that lead to a trusted one, in PEM. */
  readonly cert: string
  /** In PEM. */
  readonly key: string
  readonly alpnProtocols?: readonly string[] | undefined
}

/** The part of the global `Deno` that is used here. */
export interface Runtime {
  connect (options: { hostname: string, port: number, signal?: AbortSignal } | { transport: 'unix', path: string, signal?: AbortSignal }): Promise<Conn>
  connectTls (options: ConnectTls & { hostname: string, port: number }): Promise<Conn>
  listen (options: { hostname: string, port: number } | { transport: 'unix', path: string }): ConnListener
  listenTls (options: ListenTls & { hostname: string, port: number }): ConnListener
  lstat (path: string): Promise<{ readonly isSocket: boolean | null }>
  remove (path: string): Promise<void>
}

/** The global `Deno`, looked up when it is needed: other runtimes may import this package. */
export function runtime (): Runtime {
  const { Deno } = globalThis as { Deno?: Runtime }
  if (Deno === undefined) throw new MuxadoError('API_ARGUMENT', 'this is not Deno: use @muxado/node in Node and Bun, @muxado/websocket in pages and workers')
  return Deno
}

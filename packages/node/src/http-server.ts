/**
 * Gives the streams of a session to an `http.Server` as its connections. Knows no HTTP.
 *
 * @module
 */
import type { Session, Stream } from '@muxado/session'
import { toSocket } from './stream-socket.ts'

/** What takes connections: an `http.Server`, or anything that listens to 'connection'. */
export interface ConnectionEmitter {
  emit (event: 'connection', socket: unknown): boolean
}

/** Which streams to serve. */
export interface ServeHttpOptions {
  /** Serve streams of this type only. Default: all. */
  readonly type?: number
  /** Takes the streams of other types. Default: they are refused. */
  readonly other?: (stream: Stream) => void
}

/** A server at work on a session. */
export interface HttpService extends AsyncDisposable {
  /** Settles when no more streams are taken: after `close`, or with the session. Never rejects. */
  readonly closed: Promise<void>
  /** Take no more streams; connections that are open run on. Those that come wait for somebody else to `accept` them. Safe to call twice. */
  close (): Promise<void>
}

/**
 * Serve the streams that the peer opens as connections of `server`, which need not listen anywhere: requests, upgrades, keep-alive.
 *
 * `server.close()` knows nothing of the session: close the service, or the session, as well. And Node checks `headersTimeout` and
 * `requestTimeout` only on servers that listen; `server.timeout` and `keepAliveTimeout` work on any.
 */
export function serveHttp (server: ConnectionEmitter, session: Session, options: ServeHttpOptions = {}): HttpService {
  const stop = new AbortController()
  const closed = serve(server, session, options, stop.signal)
  const close = async (): Promise<void> => {
    stop.abort()
    await closed
  }
  return { closed, close, [Symbol.asyncDispose]: close }
}

async function serve (server: ConnectionEmitter, session: Session, { type, other }: ServeHttpOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // It ends by the signal or with the session, whose own `closed` tells how.
    const stream = await session.accept({ signal }).catch(() => undefined)
    if (stream === undefined) return
    if (type !== undefined && stream.type !== type) {
      if (other === undefined) stream.reset('refused')
      else other(stream)
      continue
    }
    const socket = toSocket(stream)
    // A server stops listening to a connection's errors when it hands it to an 'upgrade' listener, which may never start: one peer's reset
    // must not end the process.
    socket.on('error', () => {})
    server.emit('connection', socket)
  }
}

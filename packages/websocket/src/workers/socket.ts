/**
 * A socket of `cloudflare:sockets`, or any pair of WHATWG byte streams, as a `Transport`. Knows nothing of frames or sessions.
 *
 * @module
 */
import type { Bytes, Transport } from '@muxado/session'
import { PullReader } from '@muxado/session/reader'
import { cut } from '../writer.ts'
import { readsOf } from './stream-reads.ts'

/** Parts of a flush are joined up to here, and larger ones cut, in bytes. Arbitrary. */
const BLOCK = 65_536

/** What `connect` of `cloudflare:sockets` gives. A `Deno.Conn`, a stream of WebTransport and others have this shape, too. */
export interface StreamSocket {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  /** Ends both directions. */
  close? (): Promise<void> | void
  readonly opened?: Promise<{ readonly remoteAddress?: string | null, readonly localAddress?: string | null }>
  readonly closed?: Promise<unknown>
}

/** What a socket does not know about itself. */
export interface FromSocketOptions {
  /** Default: what the socket says once it is open. */
  readonly localAddress?: string | undefined
  /** Default: what the socket says once it is open. */
  readonly remoteAddress?: string | undefined
}

/**
 * Make a `Transport` of a socket, open or still connecting. Connect it with `{ allowHalfOpen: true }`: otherwise the runtime ends our direction with
 * the peer's, and what was on its way is lost.
 *
 * The transport owns the socket from here on and closes it when both directions have ended. Nothing is read before it is asked for, and a write waits
 * until the stream has taken it.
 */
export function fromSocket (socket: StreamSocket, options: FromSocketOptions = {}): Transport {
  const reads = readsOf(socket.readable)
  const writer = socket.writable.getWriter()
  let { localAddress, remoteAddress } = options
  let incoming: 'open' | 'ended' = 'open'
  let outgoing: 'open' | 'ended' = 'open'
  let failure: Error | undefined
  let reject: (error: Error) => void = () => {}

  const close = (): void => {
    settled(socket.close?.())
  }
  const fail = (error: Error): void => {
    reader.fail(error)
    if (failure !== undefined) return
    failure = error
    reject(error)
    // Aborting the streams of a Workers socket, before or after, keeps the peer from hearing of the end
    if (socket.close !== undefined) {
      close()
      return
    }
    settled(reads.cancel(error))
    settled(writer.abort(error))
  }
  const settle = (): void => {
    if (incoming === 'ended' && outgoing === 'ended') close()
  }
  const reader = new PullReader(() => reads.read(), (error) => {
    if (error !== undefined) {
      fail(error)
      return
    }
    incoming = 'ended'
    settle()
  })
  const pump = async (iterator: AsyncIterator<Bytes>): Promise<void> => {
    while (failure === undefined) {
      const { done, value } = await iterator.next()
      if (failure !== undefined) return
      if (done === true) {
        await writer.close()
        return
      }
      for (const block of cut(value, BLOCK)) await writer.write(block)
    }
  }

  // They tell nothing that reading and writing do not
  settled(socket.closed)
  settled(socket.opened?.then((info) => {
    localAddress ??= info.localAddress ?? undefined
    remoteAddress ??= info.remoteAddress ?? undefined
  }))
  return {
    source: reader,
    sink: (source: AsyncIterable<Bytes>): Promise<void> => new Promise((resolve, _reject) => {
      const iterator = source[Symbol.asyncIterator]()
      reject = (error) => {
        _reject(error)
        // A source that is parked is told at once that nobody wants more. It may notice late or never: the sink has settled anyway
        settled(new Promise((resolve) => { resolve(iterator.return?.()) }))
      }
      if (failure !== undefined) reject(failure)
      pump(iterator).then(() => {
        if (failure !== undefined) return
        outgoing = 'ended'
        resolve()
        // Whoever has left the source hears no end any more
        reader.discard()
        settle()
      }, fail)
    }),
    abort (error?: Error): void {
      fail(error ?? new Error('the connection was aborted'))
    },
    get localAddress () { return localAddress },
    get remoteAddress () { return remoteAddress }
  }
}

/** Nobody waits for it, and its failure says nothing new. */
function settled (promise: PromiseLike<unknown> | void): void {
  promise?.then(undefined, () => {})
}

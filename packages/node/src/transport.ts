/**
 * A socket, or any Duplex of bytes, as a `Transport`. Knows streams of Node; nothing of frames or sessions.
 *
 * @module
 */
import type { Bytes, Transport } from '@muxado/session'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { formatAddress } from './address.ts'
import { SocketReader } from './socket-reader.ts'
import { SocketWriter } from './socket-writer.ts'

/** What a socket does not know about itself. */
export interface FromSocketOptions {
  /** Default: what the socket says, as `host:port`. A unix socket says nothing. */
  readonly localAddress?: string | undefined
  /** Default: what the socket says, as `host:port`. A unix socket says nothing. */
  readonly remoteAddress?: string | undefined
}

/**
 * Make a `Transport` of a socket: a `net.Socket`, a `tls.TLSSocket` or any other Duplex of bytes, connected or still connecting.
 *
 * The transport owns the socket from here on: it listens to its errors, keeps its halves apart (`allowHalfOpen`), and turns Nagle's
 * algorithm off. Flushes leave in one `writev`. `ref` and `unref` stay with the socket and decide whether it keeps the process alive.
 */
export function fromSocket (socket: Duplex, options: FromSocketOptions = {}): Transport {
  // A session half-closes: the peer's FIN must not end what we still have to send.
  socket.allowHalfOpen = true
  // Flushes are whole already; waiting for more would only delay small frames by the peer's delayed ACK.
  if (socket instanceof Socket) socket.setNoDelay(true)
  const reader = new SocketReader(socket)
  const writer = new SocketWriter(socket)

  const fail = (error: Error): void => {
    reader.fail(error)
    writer.fail(error)
  }
  // Stays for good: a late error on a socket that nobody listens to would end the process.
  socket.on('error', fail)
  socket.once('close', () => { fail(new Error('the connection was closed before it ended')) })
  // Whoever has left the source hears no FIN any more. Once our half is done too, read to nowhere: the socket then closes by itself, and
  // its last bytes are not lost to the RST that closing with unread input would send.
  socket.once('finish', () => { reader.discard() })
  if (socket.errored !== null) fail(socket.errored)
  else if (socket.destroyed) fail(new Error('the connection is closed'))

  let local = options.localAddress
  let remote = options.remoteAddress
  return {
    source: reader,
    sink: async (source: AsyncIterable<Bytes>): Promise<void> => await writer.sink(source),
    abort (error?: Error): void {
      reader.drop()
      socket.destroy(error)
      fail(error ?? new Error('the connection was aborted'))
    },
    schedule: flushAfterMicrotasks,
    // A closed socket forgets its addresses, and one that still connects has none yet.
    get localAddress () { return local ??= socket instanceof Socket ? formatAddress(socket.localAddress, socket.localPort) : undefined },
    get remoteAddress () { return remote ??= socket instanceof Socket ? formatAddress(socket.remoteAddress, socket.remotePort) : undefined }
  }
}

const SETTLED = Promise.resolve()

// From a microtask, `nextTick` runs when no microtask is left: an answer written by code that was just woken shares the flush (three
// writes a stream became two in the churn of small streams).
function flushAfterMicrotasks (flush: () => void): void {
  // Not queueMicrotask, which makes an async resource of each call.
  void SETTLED.then(() => { process.nextTick(flush) })
}

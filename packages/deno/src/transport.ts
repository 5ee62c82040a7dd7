/**
 * A `Deno.Conn` as a `Transport`. Knows nothing of frames or sessions.
 *
 * @module
 */
import type { Bytes, Transport } from '@muxado/session'
import { PullReader } from '@muxado/session/reader'
import { formatAddr } from './address.ts'
import { readsOf } from './reads.ts'
import type { Conn } from './types.ts'
import { ConnWriter } from './writer.ts'

/** What a connection does not know about itself. */
export interface FromConnOptions {
  /** Default: what the connection says, as `host:port` or a path. */
  readonly localAddress?: string | undefined
  /** Default: what the connection says, as `host:port` or a path. */
  readonly remoteAddress?: string | undefined
}

/**
 * Make a `Transport` of a `Deno.Conn`: TCP, TLS or unix.
 *
 * The transport owns the connection from here on and closes it when both directions have ended. Nothing is read before it is asked for, and a
 * write waits until the system has taken it. `ref` and `unref` stay with the connection and decide whether it keeps the process alive.
 */
export function fromConn (conn: Conn, options: FromConnOptions = {}): Transport {
  try {
    // Flushes are whole already; waiting for more would only delay small frames by the peer's delayed ACK.
    conn.setNoDelay?.(true)
  } catch {} // it is closed: reading and writing say so
  let incoming: 'open' | 'ended' = 'open'
  let outgoing: 'open' | 'ended' = 'open'
  let resource: 'open' | 'closed' = 'open'

  const close = (): void => {
    if (resource === 'closed') return
    resource = 'closed'
    closeQuietly(conn)
  }
  const fail = (error: Error): void => {
    reader.fail(error)
    writer.fail(error)
    close()
  }
  const settle = (): void => {
    if (incoming === 'ended' && outgoing === 'ended') close()
  }
  const writer = new ConnWriter(conn)
  const reader = new PullReader(readsOf(conn), (error) => {
    if (error !== undefined) {
      fail(error)
      return
    }
    incoming = 'ended'
    settle()
  })

  return {
    source: reader,
    sink: async (source: AsyncIterable<Bytes>): Promise<void> => {
      await writer.sink(source, fail)
      outgoing = 'ended'
      // Whoever has left the source hears no end any more, and closing with unread input would cost the peer our last bytes.
      reader.discard()
      settle()
    },
    abort (error?: Error): void {
      fail(error ?? new Error('the connection was aborted'))
    },
    localAddress: options.localAddress ?? formatAddr(conn.localAddr),
    remoteAddress: options.remoteAddress ?? formatAddr(conn.remoteAddr)
  }
}

/** Close what somebody may have closed before. */
export function closeQuietly (conn: { close (): void }): void {
  try {
    conn.close()
  } catch {} // it was: Deno says BadResource
}

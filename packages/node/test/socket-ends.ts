// The two ends of a stream as sockets, and what comes of them.
import { toSocket } from '@muxado/node'
import type { StreamSocket, StreamSocketOptions } from '@muxado/node'
import type { Stream } from '@muxado/session'
import type { Duplex } from 'node:stream'
import { concat } from './transport-contract.ts'

/** All that comes until the end. */
export async function all (socket: Duplex): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  // Iterating a Duplex to its end destroys it unless told otherwise, and its own half may have more to say.
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) parts.push(chunk as Uint8Array)
  return concat(parts)
}

/** Resolves with what 'close' says: whether there was an error. */
export async function closed (socket: Duplex): Promise<boolean> {
  if (socket.closed) return socket.errored !== null
  return await new Promise((resolve) => { socket.once('close', resolve) })
}

/** A socket that may be left behind when its session is aborted. */
export function quiet (stream: Stream, options?: StreamSocketOptions): StreamSocket {
  return toSocket(stream, options).on('error', () => {})
}

/**
 * Which socket carries which session, for what only the socket knows. Opens nothing.
 *
 * @module
 */
import { createSession } from '@muxado/session'
import type { Session, SessionOptions } from '@muxado/session'
import type { Socket } from 'node:net'
import { fromSocket } from './transport.ts'
import type { FromSocketOptions } from './transport.ts'

const sockets = new WeakMap<Session, Socket>()

/**
 * The socket under a session of `connect` or `listen`: for `ref` and `unref`, or a TLS peer's certificate. Reading, writing or ending it
 * breaks the session. Undefined for other sessions.
 */
export function socketOf (session: Session): Socket | undefined {
  return sockets.get(session)
}

/** A session over `socket` that `socketOf` knows. When the options are wrong the socket is destroyed. */
export function sessionOver (socket: Socket, options: SessionOptions, addresses: FromSocketOptions): Session {
  try {
    const session = createSession(fromSocket(socket, addresses), options)
    sockets.set(session, socket)
    return session
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/**
 * Which connection carries which session, for what only the connection knows. Opens nothing.
 *
 * @module
 */
import { createSession } from '@muxado/session'
import type { Session, SessionOptions } from '@muxado/session'
import { fromConn } from './transport.ts'
import type { FromConnOptions } from './transport.ts'
import type { Conn } from './types.ts'

const conns = new WeakMap<Session, Conn>()

/**
 * The `Deno.Conn` under a session of `connect` or `listen`: for `ref` and `unref`, say. Reading, writing or closing it breaks the session.
 * Undefined for other sessions.
 */
export function connOf (session: Session): Conn | undefined {
  return conns.get(session)
}

/** A session over `conn` that `connOf` knows. When the options are wrong the connection is closed. */
export function sessionOver (conn: Conn, options: SessionOptions, addresses: FromConnOptions): Session {
  const transport = fromConn(conn, addresses)
  try {
    const session = createSession(transport, options)
    conns.set(session, conn)
    return session
  } catch (error) {
    transport.abort()
    throw error
  }
}

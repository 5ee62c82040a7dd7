/**
 * An `http.Agent` that dials streams of a session. Knows HTTP only as Node's agent does.
 *
 * @module
 */
import type { OpenOptions } from '@muxado/core'
import type { Session } from '@muxado/session'
import * as http from 'node:http'
import type { Duplex } from 'node:stream'
import { toSocket } from './stream-socket.ts'
import type { StreamSocket } from './stream-socket.ts'

/** A session, or what finds one for each connection: the current one of a client that reconnects, say. */
export type SessionSource = Session | (() => Session | Promise<Session>)

/** Options of `http.Agent`, and how its streams are opened. */
export interface AgentOptions extends http.AgentOptions {
  /** Type and priority of the streams. Default: none. */
  readonly stream?: Pick<OpenOptions, 'type' | 'priority'>
}

/**
 * An agent whose connections are streams of `session`: `http.get({ agent, host, path })`. The host and port of a request go nowhere but into its
 * `Host` header.
 *
 * Without `keepAlive`, the default, each request has its own stream: that costs no round trip, and never meets the race of a reused connection
 * that the server has just given up. `maxSockets` does not bound requests that are made while a promised session is awaited.
 */
export function createAgent (session: SessionSource, options: AgentOptions = {}): http.Agent {
  return new StreamAgent(session, options)
}

/** A socket over a new stream of whatever session there is now: at once, if that is known at once. Throws or rejects with what failed. */
export function dialStream (source: SessionSource, options?: OpenOptions): StreamSocket | Promise<StreamSocket> {
  const session = typeof source === 'function' ? source() : source
  return 'then' in session ? session.then(known => toSocket(known.open(options))) : toSocket(session.open(options))
}

type Connected = (error: Error | null, socket: Duplex) => void

class StreamAgent extends http.Agent {
  readonly #session: SessionSource
  readonly #stream: OpenOptions | undefined

  constructor (session: SessionSource, { stream, ...options }: AgentOptions) {
    super(options)
    this.#session = session
    this.#stream = stream
  }

  override createConnection (_options: http.ClientRequestArgs, connected: Connected = () => {}): Duplex | undefined {
    // A session that is gone is an 'error' of the request, as with a socket of the system, not an exception in its caller. The declared type
    // wants a stream even beside an error.
    const fail = (error: unknown): void => { (connected as (error: unknown) => void)(error) }
    try {
      const dialled = dialStream(this.#session, this.#stream)
      // At once where possible: the agent counts towards `maxSockets` what it was given, not what it was promised.
      if (!('then' in dialled)) return dialled
      dialled.then((socket) => { connected(null, socket) }, fail)
    } catch (error) {
      process.nextTick(fail, error)
    }
    return undefined
  }
}

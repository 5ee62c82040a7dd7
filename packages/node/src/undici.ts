/**
 * The `connect` function of undici's dispatchers, over a session. Undici is known by its shape only: no dependency.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import type { OpenOptions } from '@muxado/core'
import type { Socket } from 'node:net'
import { dialStream } from './http-agent.ts'
import type { SessionSource } from './http-agent.ts'

/** What undici says about a connection it wants. */
export interface ConnectorTarget {
  readonly protocol: string
  readonly hostname: string
}

/** What undici takes as `connect`. */
export type Connector = (target: ConnectorTarget, connected: (...result: [null, Socket] | [Error, null]) => void) => void

/**
 * Make undici dial streams of `session`: `new undici.Agent({ connect: createConnector(session) })`, likewise for `Pool` and `Client`. Origins
 * must be `http://`; their host and port go nowhere but into the `Host` header.
 */
export function createConnector (session: SessionSource, options?: Pick<OpenOptions, 'type' | 'priority'>): Connector {
  return (target, connected) => {
    dial(target).then((socket) => { connected(null, socket) }, (error: Error) => { connected(error, null) })
  }

  async function dial ({ protocol, hostname }: ConnectorTarget): Promise<Socket> {
    // It would go out in the clear.
    if (protocol === 'https:') {
      throw new MuxadoError('API_ARGUMENT', `no TLS inside a stream, to ${hostname}: use an http:// origin; TLS belongs to the session`)
    }
    return await dialStream(session, options)
  }
}

// The session suite over the WebSockets of Bun.serve, through @muxado/websocket/bun. What Bun shares with Node is in node.runtime.ts.
import type { Session } from '@muxado/session'
import { connect } from '@muxado/websocket'
import { acceptUpgrade, requestOf, websocket, type UpgradingServer } from '@muxado/websocket/bun'
import { assert } from 'chai'
import { sessionContract } from '../../support/session-contract.ts'
import { deferred } from '../../support/transport-contract.ts'

/** What is used of it here. */
interface Runtime {
  serve (options: { hostname: string, port: number, fetch: (request: Request, server: UpgradingServer) => unknown, websocket: typeof websocket }): {
    readonly port: number
    stop (all: boolean): Promise<void>
  }
}

const { Bun } = globalThis as unknown as { Bun: Runtime }

sessionContract('a WebSocket of Bun.serve', async (options) => {
  const arrived = deferred<Session>()
  const server = Bun.serve({
    hostname: '127.0.0.1', port: 0, websocket,
    fetch: async (request, server) => {
      const { response, session } = await acceptUpgrade(request, server, { ...options, wires: [options.wire] })
      if (session !== undefined) arrived.resolve(session)
      return response
    }
  })
  const client = await connect(`ws://127.0.0.1:${server.port}/`, options)
  const session = await arrived.promise
  assert.match(requestOf(session)?.remoteAddress ?? '', /^127\.0\.0\.1:\d+$/)
  return { client, server: session, close: async () => { await server.stop(true) } }
})

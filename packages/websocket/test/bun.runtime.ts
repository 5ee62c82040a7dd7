// Runs in Bun itself (`npm run test:runtimes`).
import { fromWebSocket } from '@muxado/websocket'
import { acceptUpgrade, websocket, type UpgradingServer } from '@muxado/websocket/bun'
import { assert } from 'chai'
import { deferred, transportContract } from '../../../test/support/transport-contract.ts'
import { BunSocket } from '../src/bun/socket.ts'

/** What is used of it here. */
interface Runtime {
  serve (options: { hostname: string, port: number, fetch: (request: Request, server: UpgradingServer) => unknown, websocket: typeof websocket }): {
    readonly port: number
    stop (all: boolean): Promise<void>
  }
}

const { Bun } = globalThis as unknown as { Bun: Runtime }

transportContract('a WebSocket of Bun.serve', async () => {
  const server = Bun.serve({
    hostname: '127.0.0.1', port: 0, websocket,
    fetch: (request, server) => {
      const socket = new BunSocket('')
      server.upgrade(request, { data: socket as never, headers: {} })
      arrived.resolve(socket)
    }
  })
  const arrived = deferred<BunSocket>()
  const a = fromWebSocket(new WebSocket(`ws://127.0.0.1:${server.port}/`))
  return { a, b: fromWebSocket(await arrived.promise), close: async () => { await server.stop(true) } }
}, { backpressure: false })

describe('acceptUpgrade', () => {
  it('answers what is no WebSocket, and what speaks no muxado, with a reason', async () => {
    const server = Bun.serve({ hostname: '127.0.0.1', port: 0, websocket, fetch: async (request, server) => (await acceptUpgrade(request, server)).response })
    const url = `http://127.0.0.1:${server.port}/`
    const plain = await fetch(url)
    assert.deepEqual([plain.status, await plain.text()], [426, 'a WebSocket, please\n'])
    const foreign = deferred<void>()
    new WebSocket(url.replace('http', 'ws'), ['chat']).addEventListener('error', () => { foreign.resolve() })
    await foreign.promise
    await server.stop(true)
  })
})

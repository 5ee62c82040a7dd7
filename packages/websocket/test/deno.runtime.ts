// Runs in Deno itself (`npm run test:runtimes`).
import { fromWebSocket } from '@muxado/websocket'
import { acceptUpgrade } from '@muxado/websocket/deno'
import { assert } from 'chai'
import { deferred, transportContract } from '../../../test/support/transport-contract.ts'

/** What is used of it here. */
interface Runtime {
  serve (options: { hostname: string, port: number, onListen: () => void }, handler: (request: Request) => Response | Promise<Response>): {
    readonly addr: { readonly port: number }
    shutdown (): Promise<void>
  }
  upgradeWebSocket (request: Request): { readonly socket: WebSocket, readonly response: Response }
}

const { Deno } = globalThis as unknown as { Deno: Runtime }

transportContract('a WebSocket of Deno.serve', async () => {
  const arrived = deferred<WebSocket>()
  const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request)
    arrived.resolve(socket)
    return response
  })
  const client = new WebSocket(`ws://127.0.0.1:${server.addr.port}/`)
  const a = fromWebSocket(client)
  return { a, b: fromWebSocket(await arrived.promise), close: async () => { await server.shutdown() } }
}, { backpressure: false })

describe('acceptUpgrade', () => {
  it('answers what is no WebSocket, and what speaks no muxado, with a reason', async () => {
    const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, async (request) => (await acceptUpgrade(request)).response)
    const url = `http://127.0.0.1:${server.addr.port}/`
    const plain = await fetch(url)
    assert.deepEqual([plain.status, await plain.text()], [426, 'a WebSocket, please\n'])
    const foreign = deferred<void>()
    new WebSocket(url.replace('http', 'ws'), ['chat']).addEventListener('error', () => { foreign.resolve() })
    await foreign.promise
    await server.shutdown()
  })
})

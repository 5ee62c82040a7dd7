/**
 * Over a WebSocket that `Bun.serve` takes: the server sends back what it was sent.
 *
 * @module
 */
import { connect } from '@muxado/websocket'
import { acceptUpgrade, websocket } from '@muxado/websocket/bun'
import type { UpgradingServer } from '@muxado/websocket/bun'

interface Server extends UpgradingServer {
  readonly port: number
  stop (): Promise<void>
}

interface Runtime {
  serve (options: { port: number, fetch: (request: Request, server: Server) => Promise<Response | undefined>, websocket: typeof websocket }): Server
}

const { Bun } = globalThis as unknown as { Bun: Runtime }
const server = Bun.serve({
  port: 0,
  async fetch (request, self) {
    const { session, response } = await acceptUpgrade(request, self)
    void session?.accept().then(async (stream) => { await stream.sink(stream.source) })
    return response
  },
  websocket
})
const session = await connect(`ws://127.0.0.1:${server.port}`)
const stream = session.open()
await stream.closeWrite(new TextEncoder().encode('hello'))
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
await session.close()
await server.stop()
console.log(`echo: ${text}`)

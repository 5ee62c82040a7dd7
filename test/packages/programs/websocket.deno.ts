/**
 * Over a WebSocket that `Deno.serve` takes: the server sends back what it was sent.
 *
 * @module
 */
import { connect } from '@muxado/websocket'
import { acceptUpgrade } from '@muxado/websocket/deno'
import type { UpgradeOptions } from '@muxado/websocket/deno'

interface Runtime {
  serve (options: { hostname: string, port: number, onListen: () => void }, handler: (request: Request) => Promise<Response>): {
    readonly addr: { readonly port: number }
    shutdown (): Promise<void>
  }
}

const { Deno } = globalThis as unknown as { Deno: Runtime }
const options: UpgradeOptions = { verify: ({ token }) => token === 'open sesame' }
const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, async (request) => {
  const { session, response } = await acceptUpgrade(request, options)
  void session?.accept().then(async (stream) => { await stream.sink(stream.source) })
  return response
})
const session = await connect(`ws://127.0.0.1:${server.addr.port}`, { token: 'open sesame' })
const stream = session.open()
await stream.closeWrite(new TextEncoder().encode('hello'))
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
await session.close()
await server.shutdown()
console.log(`echo: ${text}`)

/**
 * Over TCP, in Deno: the server sends back what it was sent.
 *
 * @module
 */
import { connect, listen } from '@muxado/deno'
import type { ConnectOptions, Listener } from '@muxado/deno'

const server: Listener = await listen({ host: '127.0.0.1' })
const options: ConnectOptions = {}
const session = await connect(server.url, options)
const peer = await server.accept()
void peer.accept().then(async (stream) => { await stream.sink(stream.source) })

const stream = session.open()
await stream.closeWrite(new TextEncoder().encode('hello'))
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
await session.close()
await server.close()
console.log(`echo: ${text}`)

/**
 * Over a WebSocket, in Node: the server sends back what it was sent.
 *
 * @module
 */
import { connect, listen } from '@muxado/websocket/node'
import type { ConnectOptions, Listener } from '@muxado/websocket/node'
import { once } from 'node:events'
import { createServer } from 'node:http'

const http = createServer().listen(0, '127.0.0.1')
await once(http, 'listening')
const server: Listener = await listen({ server: http, path: '/streams', verify: ({ token }) => token === 'open sesame' })
const options: ConnectOptions = { token: 'open sesame' }
const session = await connect(server.url, options)
const peer = await server.accept()
void peer.accept().then(async (stream) => { await stream.sink(stream.source) })

const stream = session.open()
await stream.closeWrite(new TextEncoder().encode('hello'))
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
await session.close()
await server.close()
http.close()
console.log(`echo: ${text}`)

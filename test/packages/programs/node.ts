/**
 * Over TCP, in Node: the server sends back what it was sent.
 *
 * @module
 */
import { connect, listen, toSocket } from '@muxado/node'
import type { Listener } from '@muxado/node'
import type { Socket } from 'node:net'

const server: Listener = await listen({ host: '127.0.0.1' })
const session = await connect(server.url)
const peer = await server.accept()
void peer.accept().then(async (stream) => { await stream.sink(stream.source) })

const socket: Socket = toSocket(session.open())
socket.end('hello')
let text = ''
for await (const chunk of socket) text += String(chunk)
await session.close()
await server.close()
console.log(`echo: ${text}`)

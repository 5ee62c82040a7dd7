/**
 * Over two pairs of WHATWG streams, which is what TCP is in a worker: the server sends back what it was sent.
 *
 * @module
 */
import { createSession } from '@muxado/session'
import { acceptUpgrade, fromSocket } from '@muxado/websocket/workers'
import type { StreamSocket } from '@muxado/websocket/workers'

const up = new TransformStream<Uint8Array, Uint8Array>()
const down = new TransformStream<Uint8Array, Uint8Array>()
const dialled: StreamSocket = { readable: down.readable, writable: up.writable }
const accepted: StreamSocket = { readable: up.readable, writable: down.writable }
const client = createSession(fromSocket(dialled), { role: 'client' })
const server = createSession(fromSocket(accepted), { role: 'server' })
void server.accept().then(async (stream) => { await stream.sink(stream.source) })

const stream = client.open()
await stream.closeWrite(new TextEncoder().encode('hello'))
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
await Promise.all([client.close(), server.close()])
if (typeof acceptUpgrade !== 'function') throw new Error('something is missing')
console.log(`echo: ${text}`)

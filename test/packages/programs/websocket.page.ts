/**
 * In a page: a WebSocket to where the page is from, whose server sends back what it was sent.
 *
 * @module
 */
import { connect } from '@muxado/websocket'
import type { ConnectOptions } from '@muxado/websocket'

const options: ConnectOptions = { connectTimeoutMs: 5000 }
const session = await connect('/streams', options)
const stream = session.open()
await stream.closeWrite(new TextEncoder().encode('hello'))
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
await session.close()
console.log(`echo: ${text}`)

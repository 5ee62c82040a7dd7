/**
 * The protocol without any input or output: two machines, and an array of bytes between them.
 *
 * `@muxado/core` never touches a socket or a clock. You hand it the bytes that came, it answers with what to do; you tell it what you want,
 * and it has bytes for you to send. That makes it easy to test, and easy to put on any transport.
 */
import { createMachine } from '@muxado/core'
import type { Machine } from '@muxado/core'

const text = new TextDecoder()
const bytes = new TextEncoder()

const client = createMachine({ role: 'client' })
const server = createMachine({ role: 'server' })
const answers: string[] = []

/** What a server does with its actions: send back what it hears, in capitals. */
function serve (chunk: Uint8Array): void {
  for (const action of server.receive(chunk)) {
    switch (action.type) {
      case 'accept':
        console.log(`server: stream ${action.streamId} was opened`)
        break
      case 'deliver':
        server.send(action.streamId, bytes.encode(text.decode(action.data).toUpperCase()))
        server.consume(action.streamId, action.data.byteLength) // the peer may send that much more
        break
      case 'finish':
        server.finish(action.streamId)
        break
    }
  }
}

/** The client only listens. */
function hear (chunk: Uint8Array): void {
  for (const action of client.receive(chunk)) {
    if (action.type === 'deliver') answers.push(text.decode(action.data))
    if (action.type === 'finish') console.log(`client: stream ${action.streamId} ended`)
  }
}

/** The whole network: carry bytes until neither side has any left. */
function exchange (a: Machine, toB: (chunk: Uint8Array) => void, b: Machine, toA: (chunk: Uint8Array) => void): void {
  while (a.wantsTransmit || b.wantsTransmit) {
    for (const chunk of a.transmit()) toB(chunk)
    for (const chunk of b.transmit()) toA(chunk)
  }
}

const id = client.open()
client.send(id, bytes.encode('hello'))
client.finish(id)
exchange(client, serve, server, hear)
console.log(`ok: two machines and no socket: 'hello' came back as '${answers.join('')}'`)
// prints: ok: two machines and no socket: 'hello' came back as 'HELLO'

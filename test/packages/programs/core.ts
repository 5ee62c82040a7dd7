/**
 * Two machines and no transport: the server sends back what it was sent.
 *
 * @module
 */
import { createMachine } from '@muxado/core'
import type { Action, Machine } from '@muxado/core'
import { Fifo } from '@muxado/core/fifo'
import { createHeartbeat } from '@muxado/core/heartbeat'
import { Pieces } from '@muxado/core/pieces'

const client = createMachine({ role: 'client' })
const server = createMachine({ role: 'server' })
const carry = (from: Machine, to: Machine): Action[] => from.transmit().flatMap((bytes) => to.receive(bytes))

const id = client.open({ priority: 1 })
client.send(id, new TextEncoder().encode('hello'))
client.finish(id)
for (const action of carry(client, server)) {
  if (action.type === 'deliver') server.send(action.streamId, action.data)
  if (action.type === 'finish') server.finish(action.streamId)
}
const unread = new Pieces()
for (const action of carry(server, client)) if (action.type === 'deliver') unread.push(action.data)
const texts = new Fifo<string>()
while (unread.length > 0) texts.push(new TextDecoder().decode(unread.take(3)))
let text = ''
while (texts.length > 0) text += texts.shift() ?? ''
if (createHeartbeat({ now: 0 }).tick(3000) !== 'ping') throw new Error('no heartbeat')
console.log(`echo: ${text}`)

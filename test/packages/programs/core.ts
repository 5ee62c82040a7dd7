/**
 * Two machines and no transport: the server sends back what it was sent.
 *
 * @module
 */
import { createMachine } from '@muxado/core'
import type { Action, Machine } from '@muxado/core'
import { createHeartbeat } from '@muxado/core/heartbeat'

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
let text = ''
for (const action of carry(server, client)) if (action.type === 'deliver') text += new TextDecoder().decode(action.data)
if (createHeartbeat({ now: 0 }).tick(3000) !== 'ping') throw new Error('no heartbeat')
console.log(`echo: ${text}`)

/**
 * A gateway, an agent, and behind it a server that sends back what it was sent.
 *
 * @module
 */
import { createStop, runAgent, startGateway } from '@muxado/tunnel'
import type { AgentOptions } from '@muxado/tunnel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const origin = createServer((request, response) => { request.pipe(response) }).listen(0, '127.0.0.1')
await once(origin, 'listening')
const { port } = origin.address() as AddressInfo
const anywhere = { host: '127.0.0.1', port: 0 }
let joined = (): void => {}
const agentIsThere = new Promise<void>((resolve) => { joined = resolve })
const gateway = await startGateway({ ...anywhere, join: anywhere, say: () => {}, onChange: joined, firstByteMs: 5000, maxRequests: 10, trustForwarded: false })
const stop = createStop()
const agent: AgentOptions = { to: gateway.join, name: 'one', origin: { host: '127.0.0.1', port }, drainMs: 1000, say: () => {} }
const running = runAgent(agent, stop)
await agentIsThere

const answer = await fetch(gateway.url, { method: 'POST', body: 'hello' })
console.log(`echo: ${await answer.text()}`)
stop.ask()
await running
await gateway.close(1000)
origin.close()

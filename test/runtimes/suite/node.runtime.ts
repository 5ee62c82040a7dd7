// The session suite over what Node and Bun have: TCP, TLS, unix and WebSockets through @muxado/node and @muxado/websocket/node.
import * as sockets from '@muxado/node'
import * as webSockets from '@muxado/websocket/node'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sessionContract } from '../../support/session-contract.ts'
import { CERTIFICATE, KEY } from '../../support/test-only-certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'muxado-'))
process.on('exit', () => { rmSync(folder, { recursive: true, force: true }) })
let paths = 0

for (const [name, where, how] of [
  ['TCP', () => ({ host: '127.0.0.1' }), {}],
  ['a unix socket', () => ({ path: join(folder, String(++paths)) }), {}],
  ['TLS', () => ({ host: '127.0.0.1', tls: { key: KEY, cert: CERTIFICATE } }), { tls: { ca: CERTIFICATE } }]
] as const) {
  sessionContract(name, async (options) => {
    const listener = await sockets.listen({ ...where(), ...options })
    const client = await sockets.connect(listener.url, { ...how, ...options })
    return { client, server: await listener.accept(), close: async () => { await listener.close() } }
  })
}

sessionContract('a WebSocket', async (options) => {
  const listener = await webSockets.listen({ host: '127.0.0.1', ...options, wires: [options.wire] })
  const client = await webSockets.connect(listener.url, options)
  return { client, server: await listener.accept(), close: async () => { await listener.close() } }
})

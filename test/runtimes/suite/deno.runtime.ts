// The session suite over what Deno has: TCP, TLS and unix through @muxado/deno, and WebSockets of Deno.serve through @muxado/websocket/deno.
import * as conns from '@muxado/deno'
import type { Session } from '@muxado/session'
import { connect } from '@muxado/websocket'
import { acceptUpgrade } from '@muxado/websocket/deno'
import { sessionContract } from '../../support/session-contract.ts'
import { CERTIFICATE, KEY } from '../../support/test-only-certificate.ts'
import { deferred } from '../../support/transport-contract.ts'

/** What is used of it here. */
interface Runtime {
  makeTempDirSync (): string
  serve (options: { hostname: string, port: number, onListen: () => void }, handler: (request: Request) => Response | Promise<Response>): {
    readonly addr: { readonly port: number }
    shutdown (): Promise<void>
  }
}

const { Deno } = globalThis as unknown as { Deno: Runtime }

for (const [name, where, how] of [
  ['TCP', () => ({ host: '127.0.0.1' }), {}],
  ['a unix socket', () => ({ path: `${Deno.makeTempDirSync()}/socket` }), {}],
  ['TLS', () => ({ host: '127.0.0.1', tls: { key: KEY, cert: CERTIFICATE } }), { tls: { caCerts: [CERTIFICATE] } }]
] as const) {
  sessionContract(name, async (options) => {
    const listener = await conns.listen({ ...where(), ...options })
    const client = await conns.connect(listener.url, { ...how, ...options })
    return { client, server: await listener.accept(), close: async () => { await listener.close() } }
  })
}

sessionContract('a WebSocket of Deno.serve', async (options) => {
  const arrived = deferred<Session>()
  const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, async (request) => {
    const { response, session } = await acceptUpgrade(request, { ...options, wires: [options.wire] })
    if (session !== undefined) arrived.resolve(session)
    return response
  })
  const client = await connect(`ws://127.0.0.1:${server.addr.port}/`, options)
  return { client, server: await arrived.promise, close: async () => { await server.shutdown() } }
})

// The session suite over what Workers have: a WebSocketPair, and sockets of cloudflare:sockets through a relay, since a worker cannot listen.
import { createSession } from '@muxado/session'
import { fromWebSocket } from '@muxado/websocket'
import { acceptUpgrade, fromSocket, type StreamSocket } from '@muxado/websocket/workers'
import { assert } from 'chai'
import { sessionContract } from '../../support/session-contract.ts'

sessionContract('a WebSocketPair', async (options) => {
  const request = new Request('http://host.test/muxado', { headers: { upgrade: 'websocket', 'sec-websocket-protocol': `muxado.v${options.wire}` } })
  const { response, session } = await acceptUpgrade(request, options)
  const { webSocket } = response as Response & { webSocket?: WebSocket & { accept (): void } }
  if (session === undefined || webSocket === undefined) throw new Error(await response.text())
  assert.equal(response.headers.get('sec-websocket-protocol'), `muxado.v${options.wire}`)
  webSocket.accept()
  return { client: createSession(fromWebSocket(webSocket), { ...options, role: 'client' }), server: session }
})

sessionContract('a socket', async (options) => {
  const { dialRelay } = globalThis as unknown as { dialRelay: () => Promise<StreamSocket> }
  const [a, b] = [await dialRelay(), await dialRelay()]
  return { client: createSession(fromSocket(a), { ...options, role: 'client' }), server: createSession(fromSocket(b), { ...options, role: 'server' }) }
})

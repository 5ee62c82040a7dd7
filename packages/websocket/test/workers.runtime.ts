// Runs in workerd itself (`npm run test:runtimes`).
import { fromWebSocket, type WebSocketLike } from '@muxado/websocket'
import { fromSocket, type StreamSocket } from '@muxado/websocket/workers'
import { transportContract } from '../../../test/support/transport-contract.ts'

interface WorkersSocket extends WebSocketLike {
  accept (): void
}

transportContract('a WebSocketPair', async () => {
  const { WebSocketPair } = globalThis as unknown as { WebSocketPair: new () => { 0: WorkersSocket, 1: WorkersSocket } }
  const { 0: a, 1: b } = new WebSocketPair()
  a.accept()
  b.accept()
  return { a: fromWebSocket(a), b: fromWebSocket(b) }
}, { backpressure: false })

// Two that dial a relay, since a worker cannot listen
transportContract('a socket of cloudflare:sockets', async () => {
  const { dialRelay } = globalThis as unknown as { dialRelay: () => Promise<StreamSocket> }
  return { a: fromSocket(await dialRelay()), b: fromSocket(await dialRelay()) }
})

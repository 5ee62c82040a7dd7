// Runs in Node and in pages.
import { fromWebSocket, webSocketStream } from '@muxado/websocket'
import { transportContract } from '../../../test/support/transport-contract.ts'
import { can, relayed, Socket, testServer } from './support.ts'

describe('two sockets through a relay', () => {
  const { url } = testServer()
  transportContract('fromWebSocket', async () => {
    const [a, b] = await relayed(url)
    return { a: fromWebSocket(a), b: fromWebSocket(b) }
  }, { backpressure: can.pushBack })

  // Where there is no WebSocketStream this is the contract of a WebSocket again
  transportContract('webSocketStream', async () => {
    const path = url(`/relay?id=${Math.random()}`)
    const [a, b] = await Promise.all([1, 2].map(async () => (await webSocketStream(path, ['muxado.v1'], { WebSocket: Socket })).transport))
    if (a === undefined || b === undefined) throw new Error('two were made')
    return { a, b }
  }, { backpressure: can.pushBack })
})

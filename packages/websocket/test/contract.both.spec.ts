// Runs in Node and in pages.
import { fromWebSocket } from '@muxado/websocket'
import { transportContract } from '../../../test/support/transport-contract.ts'
import { can, relayed, testServer } from './support.ts'

describe('two sockets through a relay', () => {
  const { url } = testServer()
  transportContract('fromWebSocket', async () => {
    const [a, b] = await relayed(url)
    return { a: fromWebSocket(a), b: fromWebSocket(b) }
  }, { backpressure: can.pushBack })
})

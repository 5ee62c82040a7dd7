import { fromWebSocket } from '@muxado/websocket'
import { transportContract } from '../../../test/support/transport-contract.ts'
import { socketPair } from './support.ts'

transportContract('a pair of ws sockets', async () => {
  const { client, server, close } = await socketPair()
  return { a: fromWebSocket(client), b: fromWebSocket(server), close }
})

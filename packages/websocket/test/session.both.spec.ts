// Runs in Node and in pages.
import { createSession } from '@muxado/session'
import { fromWebSocket } from '@muxado/websocket'
import { sessionContract } from '../../../test/support/session-contract.ts'
import { relayed, testServer } from './support.ts'

describe('two ends through a relay', () => {
  const { url } = testServer()
  sessionContract('a WebSocket', async (options) => {
    const [a, b] = await relayed(url)
    return { client: createSession(fromWebSocket(a), { ...options, role: 'client' }), server: createSession(fromWebSocket(b), { ...options, role: 'server' }) }
  })
})

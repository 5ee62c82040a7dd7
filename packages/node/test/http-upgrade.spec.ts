import { createAgent, serveHttp } from '@muxado/node'
import type { HttpService } from '@muxado/node'
import { assert } from 'chai'
import { once } from 'node:events'
import * as http from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { sessionPair } from './support.ts'
import type { SessionPair } from './support.ts'
import { equal, pattern, turn, until } from './transport-contract.ts'

describe('upgrades over a session', () => {
  let pair: SessionPair
  let server: http.Server
  let service: HttpService

  beforeEach(async () => {
    pair = await sessionPair({ heartbeat: false })
    server = http.createServer()
    service = serveHttp(server, pair.server)
  })
  afterEach(async () => {
    await pair.close()
    await service.closed
  })

  it('survives a reset of a stream that was handed over for an upgrade', async () => {
    server.on('upgrade', (_request, socket: Duplex) => { socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n') })
    const asking = http.get({ agent: createAgent(pair.client), path: '/', headers: { connection: 'upgrade', upgrade: 'x' } })
    const [, socket] = await once(asking, 'upgrade') as [unknown, Duplex]
    socket.destroy()
    await until(() => pair.server.stats().streams === 0)
    await turn()
  })

  describe('to WebSockets', () => {
    let socketServer: WebSocketServer
    beforeEach(() => {
      socketServer = new WebSocketServer({ server, perMessageDeflate: false })
      socketServer.on('connection', (socket) => {
        socket.on('message', (data, binary) => { socket.send(data as Buffer, { binary }) })
      })
    })
    afterEach(() => {
      for (const client of socketServer.clients) client.terminate()
      socketServer.close()
    })

    it('upgrades, carries messages both ways and closes', async () => {
      const client = new WebSocket('ws://inside/', { agent: createAgent(pair.client), perMessageDeflate: false })
      await once(client, 'open')
      client.send('hello')
      const [text, binary] = await once(client, 'message') as [Buffer, boolean]
      assert.equal(String(text), 'hello')
      assert.isFalse(binary)
      const big = pattern(3_000_000, 1)
      client.send(big)
      assert.isTrue(equal((await once(client, 'message') as [Buffer])[0], big))
      client.close(4000, 'done')
      const [code, reason] = await once(client, 'close') as [number, Buffer]
      assert.equal(code, 4000)
      assert.equal(String(reason), 'done')
      await until(() => pair.client.stats().streams === 0 && pair.server.stats().streams === 0)
    })

    it('tells both ends when the session dies', async () => {
      const client = new WebSocket('ws://inside/', { agent: createAgent(pair.client) })
      const [[accepted]] = await Promise.all([once(socketServer, 'connection'), once(client, 'open')]) as [[WebSocket], unknown]
      client.on('error', () => {})
      accepted.on('error', () => {})
      const both = Promise.all([once(client, 'close'), once(accepted, 'close')])
      pair.client.abort()
      assert.deepEqual((await both).map(([code]) => code as number), [1006, 1006])
    })
  })
})

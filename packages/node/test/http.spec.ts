import type { MuxadoError } from '@muxado/core'
import { createAgent, createConnector, serveHttp, toSocket } from '@muxado/node'
import type { AgentOptions, HttpService, ServeHttpOptions } from '@muxado/node'
import type { Stream } from '@muxado/session'
import { assert } from 'chai'
import { once } from 'node:events'
import * as http from 'node:http'
import type { Duplex } from 'node:stream'
import { Agent, fetch, request } from 'undici'
import { sessionPair } from './support.ts'
import type { SessionPair } from './support.ts'
import { deferred, equal, pattern, settled, still, until } from './transport-contract.ts'

describe('http over a session', function () {
  this.timeout(10_000)
  let pair: SessionPair
  let server: http.Server
  let service: HttpService | undefined
  const sockets = new Set<Duplex>()

  beforeEach(async () => {
    pair = await sessionPair({ heartbeat: false })
    sockets.clear()
    server = http.createServer(answer)
    server.on('connection', (socket: Duplex) => { sockets.add(socket) })
  })
  afterEach(async () => {
    await pair.close()
    await service?.closed
    service = undefined
  })

  function serve (options?: ServeHttpOptions): HttpService {
    service = serveHttp(server, pair.server, options)
    return service
  }

  /** The ways to ask, by what came back. */
  interface Reply {
    readonly status: number
    readonly body: Buffer
  }

  interface Client {
    readonly ask: (path: string, body?: Uint8Array) => Promise<Reply>
    readonly close: () => Promise<void>
  }

  function nodeClient (options?: AgentOptions): Client {
    const agent = createAgent(pair.client, options)
    return {
      ask: async (path, body) => await ask(agent, path, body),
      close: async () => { agent.destroy() }
    }
  }

  function undiciClient (): Client {
    const agent = new Agent({ connect: createConnector(pair.client) })
    return {
      ask: async (path, body) => {
        const response = await request(`http://inside${path}`, { dispatcher: agent, method: body === undefined ? 'GET' : 'POST', ...body === undefined ? {} : { body } })
        return { status: response.statusCode, body: Buffer.from(await response.body.arrayBuffer()) }
      },
      close: async () => { await agent.close() }
    }
  }

  const clients: ReadonlyArray<[string, () => Client]> = [
    ['http.Agent', () => nodeClient()],
    ['http.Agent with keepAlive', () => nodeClient({ keepAlive: true })],
    ['undici', undiciClient]
  ]

  for (const [name, make] of clients) {
    describe(`through ${name}`, () => {
      let client: Client
      beforeEach(() => { client = make() })
      afterEach(async () => { await client.close() })

      it('gets and posts', async () => {
        serve()
        assert.deepEqual(await client.ask('/hello'), { status: 200, body: Buffer.from('hello') })
        const sent = pattern(700_000, 1)
        const { status, body } = await client.ask('/echo', sent)
        assert.equal(status, 200)
        assert.isTrue(equal(body, sent))
        assert.equal((await client.ask('/nothing')).status, 404)
      })

      it('answers 200 requests at once', async () => {
        serve()
        const replies = await Promise.all(Array.from({ length: 200 }, async (_, index) => await client.ask('/echo', pattern(1000 + index, index))))
        for (const [index, { body }] of replies.entries()) assert.isTrue(equal(body, pattern(1000 + index, index)), String(index))
      })

      it('fails requests with ECONNRESET when the session dies, and crashes nothing', async () => {
        serve()
        const asking = Array.from({ length: 5 }, async () => await settled(client.ask('/never')))
        await until(() => sockets.size === 5)
        pair.server.abort()
        for (const error of await Promise.all(asking)) assert.match(codes(error), /ECONNRESET|UND_ERR_SOCKET/)
        const late = await settled(client.ask('/hello'))
        assert.match(codes(late), /SESSION_|ECONNRESET/)
      })

      it('fails requests when nobody takes the streams', async () => {
        const serving = serve({ type: 5 })
        const error = await settled(client.ask('/hello'))
        assert.match(codes(error), /ECONNREFUSED/)
        await serving.close()
      })
    })
  }

  it('uses a stream for each request, or one for many with keepAlive', async () => {
    serve()
    const single = createAgent(pair.client)
    for (let index = 0; index < 3; index++) await ask(single, '/hello')
    assert.equal(sockets.size, 3)
    await until(() => pair.client.stats().streams === 0)

    sockets.clear()
    const keeping = createAgent(pair.client, { keepAlive: true, maxSockets: 1 })
    await Promise.all(Array.from({ length: 5 }, async () => await ask(keeping, '/hello')))
    assert.equal(sockets.size, 1)
    keeping.destroy()

    sockets.clear()
    const undici = new Agent({ connect: createConnector(pair.client), connections: 1 })
    for (let index = 0; index < 3; index++) await (await fetch('http://inside/hello', { dispatcher: undici })).text()
    assert.equal(sockets.size, 1)
    await undici.close()
    await until(() => pair.client.stats().streams === 0)
  })

  it('opens streams of the type and priority that were asked for', async () => {
    const other: Stream[] = []
    serve({ type: 80, other: (stream) => { other.push(stream) } })
    const agent = createAgent(pair.client, { stream: { type: 80, priority: 2 } })
    const undici = new Agent({ connect: createConnector(pair.client, { type: 80 }) })
    assert.equal((await ask(agent, '/hello')).status, 200)
    assert.equal((await fetch('http://inside/hello', { dispatcher: undici })).status, 200)
    pair.client.open({ type: 81 })
    await until(() => other.length === 1)
    assert.equal(other[0]?.type, 81)
    await undici.destroy()
  })

  it('asks a function for the session of each connection', async () => {
    serve()
    let asked = 0
    const agent = createAgent(() => {
      asked++
      return Promise.resolve(pair.client)
    })
    await ask(agent, '/hello')
    await ask(agent, '/hello')
    assert.equal(asked, 2)
    for (const none of [
      () => { throw new Error('no session today') },
      () => Promise.reject(new Error('no session today'))
    ]) assert.equal((await settled(ask(createAgent(none), '/hello')))?.message, 'no session today')
  })

  it('says that undici cannot speak https through it', async () => {
    const dispatcher = new Agent({ connect: createConnector(pair.client) })
    const error = await settled(request('https://inside/hello', { dispatcher }))
    assert.equal((error as MuxadoError).code, 'API_ARGUMENT')
    assert.match(error?.message ?? '', /use an http:\/\/ origin/)
    await dispatcher.close()
  })

  it('streams an answer as it is written', async () => {
    serve()
    const asking = http.get({ agent: createAgent(pair.client), path: '/events' })
    const [response] = await once(asking, 'response') as [http.IncomingMessage]
    for (let index = 0; index < 3; index++) {
      assert.equal(String((await once(response, 'data'))[0]), `event ${index}`)
      server.emit('next')
    }
    await once(response.resume(), 'end')
  })

  it('streams a request body with its backpressure, and a slow reader holds no more than windows', async () => {
    await pair.close()
    pair = await sessionPair({ heartbeat: false, window: 65_536, maxWindow: 65_536, maxQueued: 65_536 })
    serve()
    let sent = 0
    const asking = http.request({ agent: createAgent(pair.client), method: 'POST', path: '/slow' })
    const fill = (): void => {
      while (asking.write(pattern(16_384, 1))) sent += 16_384
      sent += 16_384
    }
    asking.on('drain', fill)
    asking.on('error', () => {})
    fill()
    await still(() => sent)
    const inFlight = sent
    // Its window, the queue, the buffers of the two streams and of the parser: far from the endless body.
    assert.isBelow(inFlight, 600_000)
    server.emit('next')
    await until(() => sent > 4 * inFlight)
    asking.destroy()
    await until(() => pair.server.stats().streams === 0)
  })

  it('holds no more than the window of an answer that nobody reads', async () => {
    await pair.close()
    pair = await sessionPair({ heartbeat: false, window: 65_536, maxWindow: 65_536, maxQueued: 65_536 })
    serve()
    const asking = http.get({ agent: createAgent(pair.client), path: '/endless' }).on('error', () => {})
    const [response] = await once(asking, 'response') as [http.IncomingMessage]
    response.pause()
    await still(() => pair.client.stats().bytesReceived)
    // The window, what the response may buffer by Node's own rules and one more chunk, heads and frames: far from the endless answer.
    assert.isBelow(pair.client.stats().bytesReceived, 65_536 + response.readableHighWaterMark + 3 * 16_384)
    // And others go on.
    assert.equal((await ask(createAgent(pair.client), '/hello')).status, 200)
    asking.destroy()
  })

  it('tells the server when a request is aborted', async () => {
    serve()
    for (const abort of [
      async () => {
        const asking = http.get({ agent: createAgent(pair.client), path: '/never' }).on('error', () => {})
        await once(server, 'never')
        asking.destroy()
      },
      async () => {
        const control = new AbortController()
        const dispatcher = new Agent({ connect: createConnector(pair.client) })
        const asking = settled(fetch('http://inside/never', { dispatcher, signal: control.signal }))
        await once(server, 'never')
        control.abort()
        assert.equal((await asking)?.name, 'AbortError')
        await dispatcher.destroy()
      }
    ]) {
      const gone = once(server, 'gone')
      await abort()
      await gone
    }
    await until(() => pair.server.stats().streams === 0)
  })

  it('survives streams that speak no HTTP, and streams that are reset', async () => {
    serve()
    const rude = toSocket(pair.client.open()).on('error', () => {})
    rude.write('\u0000\u0001 no http\r\n\r\n')
    assert.match(String((await once(rude, 'data'))[0]), /^HTTP\/1\.1 400 Bad Request/)
    const gone = pair.client.open()
    await gone.write(Buffer.from('GET /never HTTP/1.1\r\nHost: inside\r\n\r\n'))
    await once(server, 'never')
    gone.reset()
    await once(server, 'gone')
    assert.equal((await ask(createAgent(pair.client), '/hello')).status, 200)
  })

  it('stops taking streams on close, while open connections run on and others may take the rest', async () => {
    const serving = serve()
    const asking = http.get({ agent: createAgent(pair.client), path: '/events' })
    const [response] = await once(asking, 'response') as [http.IncomingMessage]
    await serving.close()
    await serving.close()
    await serving.closed
    const mine = pair.client.open({ type: 9 })
    assert.equal((await pair.server.accept()).type, 9)
    mine.reset()
    for (let index = 0; index < 3; index++) {
      await once(response, 'data')
      server.emit('next')
    }
    await once(response.resume(), 'end')
  })

  it('ends its service with the session and when it is disposed of', async () => {
    const first = serve()
    await first[Symbol.asyncDispose]()
    const second = serve()
    pair.client.abort()
    await second.closed
  })

  it('works the other way round: the accepting end asks, the dialling end serves', async () => {
    service = serveHttp(server, pair.client)
    assert.equal(String((await ask(createAgent(pair.server), '/hello')).body), 'hello')
  })

  function answer (request: http.IncomingMessage, response: http.ServerResponse): void {
    switch (request.url) {
      case '/hello':
        response.end('hello')
        break
      case '/echo':
        request.pipe(response)
        break
      case '/events': {
        let index = 0
        const next = (): void => {
          if (index === 3) response.end()
          else response.write(`event ${index++}`)
        }
        response.on('close', () => { server.off('next', next) })
        server.on('next', next)
        next()
        break
      }
      case '/slow':
        request.pause()
        server.once('next', () => { request.resume() })
        request.on('error', () => {})
        break
      case '/endless': {
        const fill = (): void => {
          while (response.write(pattern(16_384, 1))) continue
        }
        response.on('drain', fill)
        fill()
        break
      }
      case '/never':
        server.emit('never')
        response.on('close', () => { server.emit('gone') })
        break
      default:
        response.writeHead(404).end()
    }
  }
})

async function ask (agent: http.Agent, path: string, body?: Uint8Array): Promise<{ status: number, body: Buffer }> {
  const asking = http.request({ agent, path, method: body === undefined ? 'GET' : 'POST' })
  const answered = deferred<http.IncomingMessage>()
  asking.on('response', answered.resolve).on('error', answered.reject)
  asking.end(body)
  const response = await answered.promise
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts) }
}

/** The codes of an error and of what caused it. */
function codes (error: unknown): string {
  const list: unknown[] = []
  for (let at = error; at instanceof Error; at = at.cause) list.push((at as NodeJS.ErrnoException).code)
  return list.join(' ')
}

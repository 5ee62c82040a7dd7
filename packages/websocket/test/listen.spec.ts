import type { MuxadoError, Session } from '@muxado/session'
import { acceptUpgrade, connect, listen, requestOf, type Listener, type ListenOptions } from '@muxado/websocket/node'
import { assert } from 'chai'
import { once } from 'node:events'
import { createServer, get, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect as dial, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { WebSocket } from 'ws'
import { deferred, settled, until } from '../../../test/support/transport-contract.ts'

describe('listen', () => {
  const listeners: Listener[] = []
  const sessions: Session[] = []
  const open = async (options: ListenOptions = {}): Promise<Listener> => {
    const listener = await listen({ host: '127.0.0.1', ...options })
    listeners.push(listener)
    return listener
  }
  const join = async (...args: Parameters<typeof connect>): Promise<Session> => {
    const session = await connect(...args)
    sessions.push(session)
    return session
  }
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.abort()
    for (const listener of listeners.splice(0)) await listener.close({ sessions: true })
  })

  /** What an HTTP client sees that asks for an upgrade with these headers. */
  async function ask (url: string, headers: Record<string, string> = {}): Promise<[status: number, body: string]> {
    const request = httpRequest(url.replace(/^ws/, 'http'), {
      headers: {
        Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
        'Sec-WebSocket-Protocol': 'muxado.v1', ...headers
      }
    })
    request.end()
    const answer = await Promise.race([once(request, 'response'), once(request, 'upgrade')]) as [IncomingMessage]
    const [{ statusCode = 0 }] = answer
    if (statusCode === 101) answer[0].socket.destroy()
    return [statusCode, statusCode === 101 ? String(answer[0].headers['sec-websocket-protocol']) : await text(answer[0])]
  }

  it('hands out sessions in order, to iterators and to accept', async () => {
    const listener = await open()
    const clients = [await join(listener.url), await join(listener.url), await join(listener.url)]
    const seen = [await listener.accept()]
    for await (const session of listener) {
      seen.push(session)
      if (seen.length === 3) break
    }
    assert.deepEqual(seen.map(({ role }) => role), ['server', 'server', 'server'])
    assert.deepEqual(new Set(seen.map((session) => requestOf(session)?.remoteAddress)).size, 3)
    assert.isTrue(seen.every((session) => session.remoteAddress === requestOf(session)?.remoteAddress))
    assert.lengthOf(clients, 3)
  })

  it('answers HTTP where it has a server of its own', async () => {
    const listener = await open({ path: '/here' })
    for (const [path, status] of [['/here', 426], ['/elsewhere', 404]] as const) {
      const [response] = await once(get(`http://127.0.0.1:${String(listener.port)}${path}`), 'response') as [IncomingMessage]
      response.resume()
      assert.equal(response.statusCode, status)
    }
  })

  it('shares a port with an HTTP server, by path, and with others that upgrade', async () => {
    const http = createServer((_, response) => { response.end('page') }).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const [one, two] = [await open({ server: http, path: '/one' }), await open({ server: http, path: '/two' })]
    await Promise.all([join(one.url), join(`${two.url}?query=1`)])
    assert.equal(requestOf(await two.accept())?.url.search, '?query=1')
    assert.equal(requestOf(await one.accept())?.url.pathname, '/one')
    const [page] = await once(get(one.url.replace('ws', 'http')), 'response') as [IncomingMessage]
    assert.equal(await text(page), 'page')
    await one.close()
    assert.deepEqual(await ask(two.url.replace('two', 'three')), [404, ''])
    await two.close()
    assert.equal(http.listening, true)
    http.close()
    http.closeAllConnections()
  })

  it('says its url, and takes a unix socket of a shared server', async () => {
    const http = createServer()
    const listener = await open({ server: http })
    assert.deepEqual([listener.port, listener.url], [undefined, 'ws://localhost/muxado'])
    const own = await open()
    assert.equal(own.url, `ws://127.0.0.1:${String(own.port)}/muxado`)
    own.unref()
    own.ref()
  })

  it('lets the server pick the dialect among those that the client offers', async () => {
    const both = await open()
    const second = await open({ wires: [2, 1] })
    const only = await open({ wires: [2] })
    assert.deepEqual(await ask(both.url, { 'Sec-WebSocket-Protocol': 'muxado.v2, muxado.v1' }), [101, 'muxado.v1'])
    assert.deepEqual(await ask(second.url, { 'Sec-WebSocket-Protocol': 'muxado.v1, muxado.v2' }), [101, 'muxado.v2'])
    assert.deepEqual(await ask(second.url), [101, 'muxado.v1'])
    assert.deepEqual(await ask(only.url), [400, 'this speaks the sub-protocol muxado.v2, the client offers muxado.v1\n'])
    assert.match((await settled(connect(only.url, { wire: 1 })))?.message ?? '', /400/)
  })

  it('refuses a client that offers no sub-protocol, or a foreign one', async () => {
    const errors: string[] = []
    const listener = await open({ onError: (error) => { errors.push(error.message) } })
    assert.deepEqual(await ask(listener.url, { 'Sec-WebSocket-Protocol': 'chat' }), [400, 'this speaks the sub-protocol muxado.v1 or muxado.v2, the client offers chat\n'])
    const [, why] = await once(new WebSocket(listener.url).on('error', () => {}), 'unexpected-response') as [unknown, IncomingMessage]
    assert.equal(await text(why), 'this speaks the sub-protocol muxado.v1 or muxado.v2, the client offers none\n')
    await until(() => errors.length === 2)
    assert.match(errors[0] ?? '', /^refused 127\.0\.0\.1:\d+: 400 this speaks/)
  })

  it('refuses what is no WebSocket handshake', async () => {
    const listener = await open()
    const [status, body] = await ask(listener.url, { 'Sec-WebSocket-Key': 'short' })
    assert.equal(status, 400)
    assert.match(body, /Sec-WebSocket-Key/)
  })

  it('lets in pages of its own host, or those it is told, and what is no browser', async () => {
    const strict = await open()
    const listed = await open({ origins: ['https://good.example'] })
    const any = await open({ origins: 'any' })
    const own = new URL(strict.url)
    assert.equal((await ask(strict.url))[0], 101)
    assert.equal((await ask(strict.url, { Origin: `http://${own.host}` }))[0], 101)
    assert.deepEqual(await ask(strict.url, { Origin: 'https://evil.example' }), [403, 'pages of https://evil.example may not connect\n'])
    assert.equal((await ask(strict.url, { Origin: 'null' }))[0], 403)
    assert.equal((await ask(strict.url, { Origin: 'https://example.com', Host: 'example.com' }))[0], 101)
    assert.equal((await ask(listed.url, { Origin: 'https://good.example' }))[0], 101)
    assert.equal((await ask(listed.url, { Origin: `http://${new URL(listed.url).host}` }))[0], 403)
    assert.equal((await ask(any.url, { Origin: 'null' }))[0], 101)
  })

  it('asks verify last, with the token, and answers as it says', async () => {
    const asked: Array<string | undefined> = []
    const listener = await open({
      verify: async ({ token, origin }) => {
        asked.push(token, origin)
        if (token === 'throw') throw new Error('a secret')
        return token === 'in' ? true : token === 'teapot' ? { status: 418, message: 'short and stout' } : false
      }
    })
    await join(listener.url, { token: 'in' })
    assert.equal(requestOf(await listener.accept())?.token, 'in')
    assert.match((await settled(connect(listener.url, { token: 'out' })))?.message ?? '', /403/)
    assert.match((await settled(connect(listener.url)))?.message ?? '', /403/)
    assert.match((await settled(connect(listener.url, { token: 'teapot' })))?.message ?? '', /418/)
    assert.deepEqual(await ask(listener.url, { 'Sec-WebSocket-Protocol': 'muxado.v1, muxado.bearer.dGhyb3c' }), [500, 'Internal Server Error\n'])
    assert.deepEqual(asked, ['in', undefined, 'out', undefined, undefined, undefined, 'teapot', undefined, 'throw', undefined])
  })

  it('answers 503 when its backlog is full, or it was closed meanwhile', async () => {
    const verifying = deferred<void>()
    const listener = await open({ backlog: 1, verify: async ({ token }) => {
      if (token !== undefined) await verifying.promise
      return true
    } })
    const late = settled(connect(listener.url, { token: 'slow' }))
    await join(listener.url)
    await until(() => listener.port !== undefined)
    assert.match((await settled(connect(listener.url)))?.message ?? '', /503/)
    await listener.accept()
    await listener.close()
    verifying.resolve()
    assert.match((await late)?.message ?? '', /503/)
  })

  it('bears a client that hangs up while it is verified', async () => {
    const verifying = deferred<void>()
    const errors: string[] = []
    const asking: IncomingMessage[] = []
    const listener = await open({
      verify: async ({ request }) => {
        asking.push(request)
        await verifying.promise
        return true
      },
      onError: (error) => { errors.push(error.message) }
    })
    const client = connect(listener.url)
    await until(() => asking.length === 1)
    const socket = dial(listener.port ?? 0, '127.0.0.1')
    const headers = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    socket.write(`GET /muxado HTTP/1.1\r\nHost: x\r\n${headers}Sec-WebSocket-Protocol: muxado.v1\r\n\r\n`)
    await until(() => asking.length === 2)
    socket.resetAndDestroy()
    await until(() => asking[1]?.socket.destroyed === true)
    verifying.resolve()
    sessions.push(await client)
    await until(() => errors.length > 0)
    assert.match(errors[0] ?? '', /hung up before it was answered/)
  })

  it('ends iterators and closes what nobody took', async () => {
    const listener = await open()
    const taken = await join(listener.url)
    await listener.accept()
    const left = await join(listener.url)
    const iterator = listener[Symbol.asyncIterator]()
    assert.isFalse((await iterator.next()).done)
    const waiting = iterator.next()
    const untaken = await join(listener.url)
    assert.isFalse((await waiting).done)
    const last = iterator.next()
    await listener.close()
    assert.isTrue((await last).done)
    assert.isTrue((await listener[Symbol.asyncIterator]().next()).done)
    assert.deepInclude(await settled(listener.accept()) as MuxadoError, { code: 'SESSION_CLOSED' })
    assert.deepEqual([taken.state, left.state, untaken.state], ['open', 'open', 'open'])
    await listener.close({ sessions: true })
    await Promise.all([taken.closed, left.closed, untaken.closed])
  })

  it('gives up waiting by signal, and when an iterator is left', async () => {
    const listener = await open()
    const reason = new Error('enough')
    const giving = new AbortController()
    const waiting = settled(listener.accept({ signal: giving.signal }))
    giving.abort(reason)
    assert.equal(await waiting, reason)
    assert.equal(await settled(listener.accept({ signal: AbortSignal.abort(reason) })), reason)
    const iterator = listener[Symbol.asyncIterator]()
    const parked = iterator.next()
    await iterator.return?.()
    assert.isTrue((await parked).done)
    await join(listener.url)
    assert.equal((await listener.accept()).role, 'server')
  })

  it('tells wrong options, and a port that is taken, at once', async () => {
    assert.deepInclude(await settled(listen({ window: -1 })) as MuxadoError, { code: 'API_ARGUMENT' })
    const listener = await open()
    const error = await settled(listen({ host: '127.0.0.1', port: listener.port }))
    assert.deepInclude(error as MuxadoError, { code: 'SESSION_TRANSPORT' })
    assert.match(error?.message ?? '', /cannot listen at 127\.0\.0\.1:\d+/)
  })
})

describe('acceptUpgrade', () => {
  it('makes a session of an upgrade event, for whoever has a server of any kind', async () => {
    const served = deferred<Session>()
    const http = createServer().on('upgrade', (request, socket, head) => {
      acceptUpgrade(request, socket, head, { role: 'client' }).then(served.resolve, served.reject)
    }).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const session = await connect(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/any/path`, { role: 'server' })
    const peer = await served.promise
    const stream = peer.open()
    await stream.closeWrite(Uint8Array.of(1))
    assert.equal((await (await session.accept()).read())?.byteLength, 1)
    await session.close()
    await peer.closed
    http.close()
  })
})

import { MuxadoError } from '@muxado/core'
import { connect, listen, socketOf } from '@muxado/node'
import type { ConnectOptions, ListenOptions, Listener } from '@muxado/node'
import type { Session } from '@muxado/session'
import { assert } from 'chai'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { TLSSocket } from 'node:tls'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { temporaryPath } from './support.ts'
import { collect, pattern, settled } from './transport-contract.ts'

const SECURE = { key: KEY, cert: CERTIFICATE }

describe('connect', () => {
  const tidy: Array<() => unknown> = []
  afterEach(async () => {
    for (const undo of tidy.splice(0).reverse()) await undo()
  })

  async function listening (options: ListenOptions): Promise<Listener> {
    const listener = await listen(options)
    tidy.push(async () => { await listener.close({ sessions: true }) })
    return listener
  }

  async function connected (target: string | ConnectOptions, more?: ConnectOptions): Promise<Session> {
    const session = await connect(target, more)
    tidy.push(async () => { await session.close() })
    return session
  }

  async function plainServer (): Promise<{ server: Server, port: number }> {
    const server = createServer(socket => { socket.on('error', () => {}) }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    tidy.push(() => { server.close() })
    return { server, port: (server.address() as { port: number }).port }
  }

  /** An echo there and back proves the whole path. */
  async function echo (client: Session, server: Session): Promise<void> {
    const stream = client.open({ type: 7 })
    const serving = server.accept().then(async (peer) => {
      assert.equal(peer.type, 7)
      await peer.sink(peer.source)
    })
    const [back] = await Promise.all([collect(stream), stream.sink([pattern(200_000, 1)]), serving])
    assert.deepEqual(Buffer.from(back), Buffer.from(pattern(200_000, 1)))
  }

  for (const [name, listen_, connect_] of [
    ['TCP', { host: '127.0.0.1' }, {}],
    ['TLS', { host: '127.0.0.1', tls: SECURE }, { tls: { ca: CERTIFICATE } }],
    ['wire 2', { host: '127.0.0.1', wire: 2 as const }, { wire: 2 as const }]
  ] as const) {
    it(`reaches a listener over ${name}, by host and port and by url`, async () => {
      const listener = await listening(listen_)
      for (const target of [listener.url, { host: '127.0.0.1', port: listener.port }]) {
        const client = await connected(target, connect_)
        const server = await listener.accept()
        await echo(client, server)
        assert.equal(client.role, 'client')
        assert.equal(server.role, 'server')
        assert.equal(client.remoteAddress, listener.address)
        assert.equal(client.localAddress, server.remoteAddress)
      }
    })
  }

  it('reaches a listener over a unix socket, by path and by url', async () => {
    const path = temporaryPath()
    const listener = await listening({ path })
    assert.equal(listener.address, path)
    assert.isUndefined(listener.port)
    assert.equal(listener.url, `unix:${path}`)
    for (const target of [{ path }, `unix:${path}`, `unix://${path}`]) {
      const client = await connected(target)
      const server = await listener.accept()
      await echo(client, server)
      assert.equal(client.remoteAddress, path)
      assert.equal(server.localAddress, path)
      assert.isUndefined(client.localAddress)
    }
  })

  it('reaches a TLS listener over a unix socket', async () => {
    const path = temporaryPath()
    const listener = await listening({ path, tls: SECURE })
    const client = await connected({ path, tls: { ca: CERTIFICATE } })
    await echo(client, await listener.accept())
  })

  it('checks a name against the certificate and says it to the server', async () => {
    const listener = await listening({ host: '127.0.0.1', tls: SECURE })
    await connected(`tls://localhost:${listener.port}`, { tls: { ca: CERTIFICATE } })
    const socket = socketOf(await listener.accept())
    assert.instanceOf(socket, TLSSocket)
    assert.equal((socket as TLSSocket & { servername?: string }).servername, 'localhost')
  })

  it('does not leave out TLS because an option beside the url is undefined', async () => {
    const listener = await listening({ host: '127.0.0.1', tls: SECURE })
    const error = await settled(connect(listener.url, { tls: undefined }))
    assert.match(error?.message ?? '', /certificate of 127.0.0.1:\d+ is not trusted \(.+\); pass the certificate that signed it as tls.ca/)
  })

  it('may be the server end of the session', async () => {
    const listener = await listening({ host: '127.0.0.1', role: 'client' })
    const client = await connected(listener.url, { role: 'server' })
    assert.equal(client.role, 'server')
    await echo(client, await listener.accept())
  })

  describe('says what to do when', () => {
    async function failure (target: string | ConnectOptions, more?: ConnectOptions): Promise<MuxadoError> {
      const error = await settled(connect(target, more))
      assert.instanceOf(error, MuxadoError)
      return error as MuxadoError
    }

    it('nobody listens at a port', async () => {
      const { server, port } = await plainServer()
      server.close()
      await once(server, 'close')
      const error = await failure({ host: '127.0.0.1', port })
      assert.equal(error.code, 'SESSION_TRANSPORT')
      assert.equal(error.message, `connection refused at 127.0.0.1:${port}: nothing listens there; start the peer, or check the address`)
      assert.equal((error.cause as NodeJS.ErrnoException).code, 'ECONNREFUSED')
      assert.isTrue(error.retryable)
      // A name stands for several addresses, all tried.
      assert.match((await failure(`tcp://localhost:${port}`)).message, /^connection refused at localhost:/)
    })

    it('there is no socket at a path', async () => {
      const path = temporaryPath()
      assert.equal((await failure({ path })).message, `no unix socket at ${path}: start the peer, or check the path`)
    })

    it('a host has no address', async () => {
      assert.match((await failure('tcp://name.invalid:1')).message, /name\.invalid:1; (check|try)|name server does not answer for name\.invalid:1/)
    })

    it('the certificate is for another name', async () => {
      const listener = await listening({ host: '127.0.0.1', tls: SECURE })
      const error = await failure(listener.url, { tls: { ca: CERTIFICATE, servername: 'example.test' } })
      assert.match(error.message, /is for another name \(.*example\.test.*\); connect by that name, or set tls\.servername/)
    })

    it('the peer does not speak TLS', async () => {
      const listener = await listening({ host: '127.0.0.1' })
      const error = await failure({ host: '127.0.0.1', port: listener.port, tls: true })
      assert.equal(error.code, 'SESSION_TRANSPORT')
      assert.match(error.message, /TLS/)
    })

    it('the peer never answers', async () => {
      const { port } = await plainServer()
      const error = await failure({ host: '127.0.0.1', port, tls: true, connectTimeoutMs: 30 })
      assert.equal(error.message, `no answer from 127.0.0.1:${port} within 30 ms; check the address, or allow more connectTimeoutMs`)
      assert.isTrue(error.retryable)
    })

    for (const [what, target] of [
      ['the port is missing', { host: '127.0.0.1' }],
      ['the port is out of range', { port: 65_536 }],
      ['the port is 0', { port: 0 }],
      ['the url has no port', 'tcp://127.0.0.1'],
      ['the url has port 0', 'tcp://127.0.0.1:0'],
      ['the url has no host', 'tcp://'],
      ['the url has a path', 'tcp://127.0.0.1:1/path'],
      ['the url is of another kind', 'http://127.0.0.1:1'],
      ['the url is none', 'here'],
      ['the unix url has no path', 'unix:'],
      ['the unix url has a host', 'unix://host/path']
    ] as const) {
      it(what, async () => {
        assert.equal((await failure(target)).code, 'API_ARGUMENT')
      })
    }

    it('a session option is wrong, and leaves no connection behind', async () => {
      const { server, port } = await plainServer()
      const accepted = once(server, 'connection')
      assert.equal((await failure({ host: '127.0.0.1', port, window: -1 })).code, 'API_ARGUMENT')
      const [socket] = await accepted
      if (!socket.closed) await once(socket.resume(), 'close')
    })
  })

  it('gives up when its signal says so, before and while it tries', async () => {
    const { port } = await plainServer()
    const reason = new Error('changed my mind')
    assert.equal(await settled(connect({ host: '127.0.0.1', port, signal: AbortSignal.abort(reason) })), reason)
    const control = new AbortController()
    const trying = connect({ host: '127.0.0.1', port, tls: true, signal: control.signal })
    control.abort(reason)
    assert.equal(await settled(trying), reason)
  })

  it('no longer listens to its signal once the session is there', async () => {
    const listener = await listening({ host: '127.0.0.1' })
    const control = new AbortController()
    const client = await connected(listener.url, { signal: control.signal })
    control.abort()
    await echo(client, await listener.accept())
  })
})

import { connect, connOf } from '@muxado/deno'
import type { ConnectOptions } from '@muxado/deno'
import { MuxadoError } from '@muxado/session'
import type { Session } from '@muxado/session'
import { assert } from 'chai'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { collect, equal, pattern, settled } from '../../../test/support/transport-contract.ts'
import { closeTwice, deno, standIn, temporaryPath, Tidy, untilEnd, withDeno } from './support.ts'

const SECURE = { key: KEY, cert: CERTIFICATE }

/** An echo there and back proves the whole path. */
async function echo (client: Session, server: Session): Promise<void> {
  const stream = client.open({ type: 7 })
  const serving = server.accept().then(async (peer) => {
    assert.equal(peer.type, 7)
    await peer.sink(peer.source)
  })
  const [back] = await Promise.all([collect(stream), stream.sink([pattern(200_000, 1)]), serving])
  assert.isTrue(equal(back, pattern(200_000, 1)))
}

describe('connect', () => {
  withDeno()
  const tidy = new Tidy()
  afterEach(async () => { await tidy.up() })

  for (const [name, listen_, connect_] of [
    ['TCP', {}, {}],
    ['TLS', { tls: SECURE }, { tls: { caCerts: [CERTIFICATE] } }],
    ['wire 2', { wire: 2 as const }, { wire: 2 as const }]
  ] as const) {
    it(`reaches a listener over ${name}, by host and port and by url`, async () => {
      const listener = await tidy.listen(listen_)
      for (const target of [listener.url, { host: '127.0.0.1', port: listener.port }]) {
        const client = await tidy.connect(target, connect_)
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
    const listener = await tidy.listen({ path })
    assert.equal(listener.address, path)
    assert.isUndefined(listener.port)
    assert.equal(listener.url, `unix:${path}`)
    for (const target of [{ path }, `unix:${path}`, `unix://${path}`]) {
      const client = await tidy.connect(target)
      const server = await listener.accept()
      await echo(client, server)
      assert.equal(client.remoteAddress, path)
      assert.equal(server.localAddress, path)
      assert.isUndefined(client.localAddress)
    }
  })

  it('reaches localhost when no host is said', async () => {
    const listener = await tidy.listen()
    await echo(await tidy.connect({ port: listener.port }), await listener.accept())
  })

  it('does not leave out TLS because an option beside the url is undefined', async () => {
    const listener = await tidy.listen({ tls: SECURE })
    const error = await settled(connect(listener.url, { tls: undefined }))
    assert.match(error?.message ?? '', /certificate of 127.0.0.1:\d+ is not trusted \(.+\); pass the certificate that signed it as tls.caCerts/)
  })

  it('may be the server end of the session', async () => {
    const listener = await tidy.listen({ role: 'client' })
    const client = await tidy.connect(listener.url, { role: 'server' })
    assert.equal(client.role, 'server')
    await echo(client, await listener.accept())
  })

  it('settles everything when the peer is gone at once', async () => {
    const listener = deno.listen({ hostname: '127.0.0.1', port: 0 })
    tidy.add(() => { listener.close() })
    const [session, peer] = await Promise.all([connect({ host: '127.0.0.1', port: listener.addr.port }), listener.accept()])
    const stream = session.open()
    const waits = [settled(stream.read()), settled(stream.write(new Uint8Array(10_000_000))), settled(session.accept())]
    peer.close()
    for (const error of await Promise.all(waits)) assert.instanceOf(error, MuxadoError)
    assert.isDefined((await session.closed).error)
  })

  describe('says what to do when', () => {
    async function failure (target: string | ConnectOptions, more?: ConnectOptions): Promise<MuxadoError> {
      const error = await settled(connect(target, more))
      assert.instanceOf(error, MuxadoError)
      return error as MuxadoError
    }

    it('nobody listens at a port', async () => {
      const listener = deno.listen({ hostname: '127.0.0.1', port: 0 })
      const port = listener.addr.port ?? 0
      listener.close()
      const error = await failure({ host: '127.0.0.1', port })
      assert.equal(error.code, 'SESSION_TRANSPORT')
      assert.equal(error.message, `connection refused at 127.0.0.1:${port}: nothing listens there; start the peer, or check the address`)
      assert.isTrue(error.retryable)
    })

    it('there is no socket at a path', async () => {
      const path = temporaryPath()
      assert.equal((await failure({ path })).message, `no unix socket at ${path}: start the peer, or check the path`)
    })

    it('a host has no address', async () => {
      assert.match((await failure('tcp://name.invalid:1')).message, /name\.invalid:1; check/)
    })

    it('the peer does not speak TLS', async () => {
      const listener = await tidy.listen()
      const error = await failure({ host: '127.0.0.1', port: listener.port, tls: true })
      assert.equal(error.code, 'SESSION_TRANSPORT')
      assert.match(error.message, /TLS/)
    })

    it('the peer never answers', async () => {
      const listener = deno.listen({ hostname: '127.0.0.1', port: 0 })
      tidy.add(() => { listener.close() })
      const accepting = listener.accept()
      const error = await failure({ host: '127.0.0.1', port: listener.addr.port, tls: true, connectTimeoutMs: 30 })
      assert.equal(error.message, `no answer from 127.0.0.1:${listener.addr.port} within 30 ms; check the address, or allow more connectTimeoutMs`)
      assert.isTrue(error.retryable)
      closeTwice(await accepting)
    })

    it('TLS is asked for over a unix socket', async () => {
      const error = await failure({ path: temporaryPath(), tls: true })
      assert.equal(error.code, 'API_ARGUMENT')
      assert.match(error.message, /no TLS over unix sockets/)
    })

    for (const [what, target] of [
      ['the port is missing', { host: '127.0.0.1' }],
      ['the port is out of range', { port: 65_536 }],
      ['the port is 0', { port: 0 }],
      ['the url is none', 'here'],
      ['a session option is wrong', { host: '127.0.0.1', port: 9, window: -1 }]
    ] as const) {
      it(what, async () => {
        assert.equal((await failure(target)).code, 'API_ARGUMENT')
      })
    }

    it('an option is wrong that only a session knows, and leaves no connection behind', async () => {
      const listener = deno.listen({ hostname: '127.0.0.1', port: 0 })
      tidy.add(() => { listener.close() })
      const [error, peer] = await Promise.all([failure({ host: '127.0.0.1', port: listener.addr.port, heartbeat: { intervalMs: -1 } }), listener.accept()])
      assert.equal(error.code, 'API_ARGUMENT')
      await untilEnd(peer)
      peer.close()
    })

    it('this is not Deno', async () => {
      if (standIn === undefined) return
      Reflect.deleteProperty(globalThis, 'Deno')
      const error = await failure({ port: 1 }).finally(() => { Object.assign(globalThis, { Deno: standIn }) })
      assert.match(error.message, /this is not Deno: use @muxado\/node in Node and Bun/)
    })
  })

  it('gives up when its signal says so, before and while it tries', async () => {
    const listener = deno.listen({ hostname: '127.0.0.1', port: 0 })
    tidy.add(() => { listener.close() })
    const reason = new Error('changed my mind')
    const target = { host: '127.0.0.1', port: listener.addr.port }
    assert.equal(await settled(connect({ ...target, signal: AbortSignal.abort(reason) })), reason)
    for (const tls of [false, true]) {
      const control = new AbortController()
      const trying = connect({ ...target, tls, signal: control.signal })
      control.abort(reason)
      assert.equal(await settled(trying), reason)
    }
    const control = new AbortController()
    const accepting = listener.accept()
    const trying = settled(connect({ ...target, tls: true, signal: control.signal }))
    const peer = await accepting
    control.abort(reason)
    assert.equal(await trying, reason)
    closeTwice(peer)
  })

  it('no longer listens to its signal once the session is there', async () => {
    const listener = await tidy.listen()
    const control = new AbortController()
    const client = await tidy.connect(listener.url, { signal: control.signal })
    control.abort()
    await echo(client, await listener.accept())
  })
})

describe('connOf', () => {
  withDeno()
  it('is the connection under a session, for those that this package made', async () => {
    const tidy = new Tidy()
    const listener = await tidy.listen()
    const client = await tidy.connect(listener.url)
    const server = await listener.accept()
    assert.equal(connOf(client)?.localAddr.port, connOf(server)?.remoteAddr.port)
    connOf(client)?.unref()
    connOf(client)?.ref()
    assert.isUndefined(connOf({} as Session))
    await tidy.up()
  })
})

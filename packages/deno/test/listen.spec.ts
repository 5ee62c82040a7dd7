import { connect, listen } from '@muxado/deno'
import type { Listener } from '@muxado/deno'
import { MuxadoError } from '@muxado/session'
import type { Session } from '@muxado/session'
import { assert } from 'chai'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { collect, deferred, pattern, settled, turn, until } from '../../../test/support/transport-contract.ts'
import { denoError } from './stand-in.ts'
import { deno, putDeadSocket, putFile, standIn, temporaryPath, Tidy, untilEnd, withDeno } from './support.ts'

const SECURE = { key: KEY, cert: CERTIFICATE }
const TRUST = { tls: { caCerts: [CERTIFICATE] } }

describe('listen', () => {
  withDeno()
  const tidy = new Tidy()
  afterEach(async () => { await tidy.up() })

  /** Dial, and wait until the other end is a session: its heartbeat answers. */
  async function arrived (listener: Listener): Promise<Session> {
    const session = await tidy.connect(listener.url, { heartbeat: { intervalMs: 1 } })
    await until(() => session.rtt !== undefined)
    return session
  }

  it('says where it listens', async () => {
    const listener = await tidy.listen()
    assert.isAbove(listener.port ?? 0, 0)
    assert.equal(listener.address, `127.0.0.1:${listener.port}`)
    assert.equal(listener.url, `tcp://127.0.0.1:${listener.port}`)
    assert.match((await tidy.listen({ tls: SECURE })).url, /^tls:\/\/127\.0\.0\.1:\d+$/)
    const byUrl = await listen('tcp://127.0.0.1:0')
    assert.match(byUrl.url, /^tcp:\/\/127\.0\.0\.1:\d+$/)
    await byUrl.close()
    const everywhere = await listen({})
    assert.match(everywhere.url, /^tcp:\/\/0\.0\.0\.0:\d+$/)
    await everywhere.close()
  })

  it('yields a session for each connection, and iterating again after a break goes on', async () => {
    const listener = await tidy.listen()
    const clients = await Promise.all([1, 2, 3].map(async () => await tidy.connect(listener.url)))
    const taken: Session[] = []
    for await (const session of listener) {
      taken.push(session)
      break
    }
    for await (const session of listener) {
      taken.push(session)
      if (taken.length === 3) break
    }
    assert.sameMembers(taken.map((session) => session.remoteAddress), clients.map((session) => session.localAddress))
  })

  it('gives sessions to those who wait already, in order', async () => {
    const listener = await tidy.listen()
    const waiting = [listener.accept(), listener.accept({ signal: new AbortController().signal })]
    const first = await arrived(listener)
    const second = await arrived(listener)
    assert.deepEqual((await Promise.all(waiting)).map((session) => session.remoteAddress), [first.localAddress, second.localAddress])
  })

  it('gives a session that comes while an iterator is being left to the next', async () => {
    const listener = await tidy.listen()
    const iterator = listener[Symbol.asyncIterator]()
    const parked = iterator.next()
    await iterator.return?.()
    assert.isTrue((await parked).done)
    assert.isTrue((await iterator.next()).done)
    const client = await tidy.connect(listener.url)
    assert.equal((await listener.accept()).remoteAddress, client.localAddress)
  })

  it('stops accepting on close while sessions live on', async () => {
    const listener = await tidy.listen()
    const client = await tidy.connect(listener.url)
    const server = await listener.accept()
    const iterating = listener[Symbol.asyncIterator]().next()
    const accepting = settled(listener.accept())
    await listener.close()
    await listener.close()
    assert.isTrue((await iterating).done)
    assert.equal((await accepting as MuxadoError).code, 'SESSION_CLOSED')
    assert.equal((await settled(listener.accept()) as MuxadoError).code, 'SESSION_CLOSED')
    assert.isTrue((await listener[Symbol.asyncIterator]().next()).done)
    assert.match((await settled(connect(listener.url)))?.message ?? '', /^connection refused/)

    const stream = client.open()
    const [got] = await Promise.all([server.accept().then(collect), stream.sink([pattern(1000, 1)])])
    assert.equal(got.byteLength, 1000)
    await server.close()
  })

  it('closes the sessions too when it is told so, and when it is disposed of', async () => {
    for (const close of [
      async (listener: Listener) => { await listener.close({ sessions: true }) },
      async (listener: Listener) => { await listener[Symbol.asyncDispose]() }
    ]) {
      const listener = await tidy.listen()
      const client = await tidy.connect(listener.url)
      const server = await listener.accept()
      await close(listener)
      assert.equal(server.state, 'closed')
      assert.isUndefined((await client.closed).error)
    }
  })

  it('closes sessions that nobody took', async () => {
    const listener = await tidy.listen()
    const client = await arrived(listener)
    await listener.close()
    const { error, local } = await client.closed
    assert.isUndefined(error)
    assert.isFalse(local)
  })

  it('gives up an accept when its signal says so, and loses nothing by it', async () => {
    const listener = await tidy.listen()
    const control = new AbortController()
    const reason = new Error('enough')
    const waiting = settled(listener.accept({ signal: control.signal }))
    control.abort(reason)
    assert.equal(await waiting, reason)
    assert.equal(await settled(listener.accept({ signal: control.signal })), reason)
    const client = await tidy.connect(listener.url)
    assert.equal((await listener.accept({ signal: new AbortController().signal })).remoteAddress, client.localAddress)
  })

  it('takes no more than the backlog from the system, and goes on when there is room', async () => {
    const listener = await tidy.listen({ backlog: 2 })
    const [first, second] = [await arrived(listener), await arrived(listener)]
    const third = await tidy.connect(listener.url, { heartbeat: { intervalMs: 1 } })
    for (let i = 0; i < 20; i++) await turn()
    assert.isUndefined(third.rtt)
    assert.equal((await listener.accept()).remoteAddress, first.localAddress)
    await until(() => third.rtt !== undefined)
    assert.equal((await listener.accept()).remoteAddress, second.localAddress)
    assert.equal((await listener.accept()).remoteAddress, third.localAddress)
  })

  it('forgets sessions that died before somebody took them', async () => {
    const listener = await tidy.listen({ backlog: 1 })
    const first = await arrived(listener)
    await first.close()
    const second = await arrived(listener)
    assert.equal((await listener.accept()).remoteAddress, second.localAddress)
  })

  it('goes on after connections that failed', async () => {
    const listener = await tidy.listen()
    const rude = await tidy.plain(listener)
    await rude.write(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'))
    const server = await listener.accept()
    assert.equal((await server.closed).error?.code.startsWith('PEER_'), true)
    const client = await tidy.connect(listener.url)
    assert.equal((await listener.accept()).remoteAddress, client.localAddress)
  })

  it('reports a TLS handshake that failed, and goes on', async () => {
    const failed = deferred<MuxadoError>()
    const listener = await tidy.listen({ tls: SECURE, onError: failed.resolve })
    const rude = await tidy.plain(listener)
    await rude.write(new TextEncoder().encode('this is no TLS at all, not even nearly'))
    const error = await failed.promise
    assert.equal(error.code, 'SESSION_TRANSPORT')
    assert.match(error.message, /^a TLS handshake with .+ failed: /)
    await tidy.connect(listener.url, TRUST)
    await listener.accept()
  })

  it('hangs up on a handshake that takes too long', async () => {
    const failed = deferred<MuxadoError>()
    const listener = await tidy.listen({ tls: SECURE, handshakeTimeoutMs: 20, onError: failed.resolve })
    await tidy.plain(listener)
    assert.match((await failed.promise).message, /failed: took more than 20 ms$/)
  })

  it('gives up handshakes that are not done when it closes', async () => {
    const failed = deferred<MuxadoError>()
    const listener = await tidy.listen({ tls: SECURE, onError: failed.resolve })
    await tidy.plain(listener)
    // Another one has come through, so the slow one is known.
    await tidy.connect(listener.url, TRUST)
    await listener.accept()
    await listener.close()
    assert.match((await failed.promise).message, /failed: operation canceled$/)
  })

  it('does not mind failed handshakes that nobody wants to hear of', async () => {
    const listener = await tidy.listen({ tls: SECURE })
    await (await tidy.plain(listener)).write(new TextEncoder().encode('this is no TLS at all, not even nearly'))
    await tidy.connect(listener.url, TRUST)
    await listener.accept()
  })

  describe('at a unix path', () => {
    async function failure (path: string): Promise<string> {
      const error = await settled(listen({ path }))
      assert.instanceOf(error, MuxadoError)
      assert.equal((error as MuxadoError).code, 'SESSION_TRANSPORT')
      return error?.message ?? ''
    }

    it('says that somebody listens there, and leaves them alone', async () => {
      const path = temporaryPath()
      const listener = await tidy.listen({ path })
      assert.equal(await failure(path), `${path} is in use: another process listens there; stop it, or choose another path`)
      await tidy.connect(listener.url)
    })

    it('says that there is a file', async () => {
      const path = temporaryPath()
      putFile(path)
      assert.equal(await failure(path), `${path} is in use: there is a file that is no socket; choose another path`)
      assert.isFalse((await deno.lstat(path)).isSocket)
    })

    it('says that the folder is missing, or the path too long', async () => {
      const path = `${temporaryPath()}/deeper/socket`
      assert.equal(await failure(path), `cannot listen at ${path}: its folder does not exist`)
      assert.match(await failure(temporaryPath() + 'x'.repeat(120)), /is the path too long\?$/)
    })

    it('replaces the socket of a process that was killed', async () => {
      const path = temporaryPath()
      await putDeadSocket(path)
      const listener = await tidy.listen({ path })
      await tidy.connect(listener.url)
      await listener.accept()
    })

    it('says so when another takes the path of a dead one first', async () => {
      if (standIn === undefined) return
      const path = temporaryPath()
      const { remove } = standIn
      await putDeadSocket(path)
      Object.assign(standIn, { remove: async () => {} })
      assert.match(await failure(path), /is in use: something else listens there/)
      Object.assign(standIn, { remove })
    })

    it('removes its socket file on close', async () => {
      const path = temporaryPath()
      const listener = await listen({ path })
      assert.isTrue((await deno.lstat(path)).isSocket)
      await listener.close()
      assert.equal((await settled(deno.lstat(path)))?.name, 'NotFound')
    })
  })

  it('says that a port is in use', async () => {
    const listener = await tidy.listen()
    const error = await settled(listen({ host: '127.0.0.1', port: listener.port }))
    assert.equal((error as MuxadoError).code, 'SESSION_TRANSPORT')
    assert.match(error?.message ?? '', /^127\.0\.0\.1:\d+ is in use: something else listens there; stop it, or choose another address/)
  })

  it('says that an address is not of this machine', async () => {
    assert.match((await settled(listen({ host: '192.0.2.1' })))?.message ?? '', /^192\.0\.2\.1:0 is no address of this machine$/)
  })

  it('refuses wrong options at once', async () => {
    for (const options of [{ port: -1 }, { port: 70_000 }, { window: -1 }, { wire: 3 as never }, { backlog: 0 }, { path: '/x', tls: SECURE }]) {
      assert.equal((await settled(listen(options)) as MuxadoError).code, 'API_ARGUMENT', JSON.stringify(options))
    }
    assert.equal((await settled(listen('tls://127.0.0.1:0')) as MuxadoError).code, 'API_ARGUMENT')
    assert.equal((await settled(listen('http://127.0.0.1:0')) as MuxadoError).code, 'API_ARGUMENT')
  })

  it('reports options that no session can be made with, and hangs up', async () => {
    const failed = deferred<MuxadoError>()
    const listener = await tidy.listen({ heartbeat: { intervalMs: -1 }, onError: failed.resolve })
    const conn = await tidy.plain(listener)
    assert.equal((await failed.promise).code, 'API_ARGUMENT')
    await untilEnd(conn)
  })

  it('reports that the system cannot accept, and tries again', async () => {
    if (standIn === undefined) return
    const failed = deferred<MuxadoError>()
    const listener = await tidy.listen({ onError: failed.resolve })
    const under = standIn.listening.get(listener.address)
    assert.isDefined(under)
    if (under !== undefined) under.trouble = denoError('Error', 'Too many open files (os error 24)', 'EMFILE')
    await tidy.connect(listener.url)
    assert.match((await failed.promise).message, /Too many open files/)
    await listener.accept()
    await tidy.connect(listener.url)
    await listener.accept()
  })

  it('lets the process end when it is told so', async () => {
    const listener = await tidy.listen()
    listener.unref()
    if (standIn !== undefined) assert.isFalse(standIn.listening.get(listener.address)?.keepsAlive)
    listener.ref()
    if (standIn !== undefined) assert.isTrue(standIn.listening.get(listener.address)?.keepsAlive)
  })
})

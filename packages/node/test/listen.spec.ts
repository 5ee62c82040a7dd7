import { MuxadoError } from '@muxado/core'
import { connect, listen, socketOf } from '@muxado/node'
import type { ListenOptions, Listener } from '@muxado/node'
import type { Session } from '@muxado/session'
import { assert } from 'chai'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import * as net from 'node:net'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { temporaryPath } from './support.ts'
import { collect, deferred, pattern, settled, until } from './transport-contract.ts'

describe('listen', () => {
  const tidy: Array<() => unknown> = []
  afterEach(async () => {
    for (const undo of tidy.splice(0).reverse()) await undo()
  })

  async function listening (options: ListenOptions = {}): Promise<Listener> {
    const listener = await listen({ host: '127.0.0.1', ...options })
    tidy.push(async () => { await listener.close({ sessions: true }) })
    return listener
  }

  async function dial (listener: Listener): Promise<Session> {
    const session = await connect(listener.url)
    tidy.push(async () => { await session.close() })
    return session
  }

  /** Dial, and wait until the other end is a session: its heartbeat answers. */
  async function arrived (listener: Listener): Promise<Session> {
    const session = await connect(listener.url, { heartbeat: { intervalMs: 1 } })
    tidy.push(async () => { await session.close() })
    await until(() => session.rtt !== undefined)
    return session
  }

  function plain (listener: Listener): net.Socket {
    const socket = net.connect(listener.port ?? 0, '127.0.0.1')
    socket.on('error', () => {})
    tidy.push(() => { socket.destroy() })
    return socket
  }

  it('says where it listens', async () => {
    const listener = await listening()
    assert.isAbove(listener.port ?? 0, 0)
    assert.equal(listener.address, `127.0.0.1:${listener.port}`)
    assert.equal(listener.url, `tcp://127.0.0.1:${listener.port}`)
    assert.match((await listening({ tls: { key: KEY, cert: CERTIFICATE } })).url, /^tls:\/\/127\.0\.0\.1:\d+$/)
    const byUrl = await listen('tcp://127.0.0.1:0')
    assert.match(byUrl.url, /^tcp:\/\/127\.0\.0\.1:\d+$/)
    await byUrl.close()
  })

  it('yields a session for each connection, and iterating again after a break goes on', async () => {
    const listener = await listening()
    const clients = await Promise.all([dial(listener), dial(listener), dial(listener)])
    const taken: Session[] = []
    for await (const session of listener) {
      taken.push(session)
      break
    }
    for await (const session of listener) {
      taken.push(session)
      if (taken.length === 3) break
    }
    assert.sameMembers(taken.map(session => session.remoteAddress), clients.map(session => session.localAddress))
  })

  it('gives a session that comes while an iterator is being left to the next', async () => {
    const listener = await listening()
    const iterator = listener[Symbol.asyncIterator]()
    const parked = iterator.next()
    await iterator.return?.()
    assert.isTrue((await parked).done)
    assert.isTrue((await iterator.next()).done)
    const client = await dial(listener)
    assert.equal((await listener.accept()).remoteAddress, client.localAddress)
  })

  it('stops accepting on close while sessions live on', async () => {
    const listener = await listening()
    const client = await dial(listener)
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
      const listener = await listening()
      const client = await dial(listener)
      const server = await listener.accept()
      await close(listener)
      assert.equal(server.state, 'closed')
      assert.isUndefined((await client.closed).error)
    }
  })

  it('closes sessions that nobody took', async () => {
    const listener = await listening()
    const client = await arrived(listener)
    await listener.close()
    const { error, local } = await client.closed
    assert.isUndefined(error)
    assert.isFalse(local)
  })

  it('gives up an accept when its signal says so, and loses nothing by it', async () => {
    const listener = await listening()
    const control = new AbortController()
    const reason = new Error('enough')
    const waiting = settled(listener.accept({ signal: control.signal }))
    control.abort(reason)
    assert.equal(await waiting, reason)
    assert.equal(await settled(listener.accept({ signal: control.signal })), reason)
    const client = await dial(listener)
    assert.equal((await listener.accept()).remoteAddress, client.localAddress)
  })

  it('hangs up on what the backlog has no room for, and says so', async () => {
    const errors: MuxadoError[] = []
    const listener = await listening({ backlog: 2, onError: (error) => { errors.push(error) } })
    const clients = [await dial(listener), await dial(listener)]
    const third = plain(listener)
    await once(third, 'close')
    assert.equal(errors.length, 1)
    assert.match(errors[0]?.message ?? '', /^hung up on 127\.0\.0\.1:\d+: 2 sessions wait to be accepted already$/)
    assert.equal((await listener.accept()).remoteAddress, clients[0]?.localAddress)
    const fourth = await dial(listener)
    await listener.accept()
    assert.equal((await listener.accept()).remoteAddress, fourth.localAddress)
  })

  it('forgets sessions that died before somebody took them', async () => {
    const listener = await listening({ backlog: 1 })
    const first = await arrived(listener)
    await first.close()
    const second = await arrived(listener)
    assert.equal((await listener.accept()).remoteAddress, second.localAddress)
  })

  it('goes on after connections that failed', async () => {
    const listener = await listening()
    const rude = plain(listener)
    rude.resume().write('GET / HTTP/1.1\r\n\r\n')
    const server = await listener.accept()
    assert.equal((await server.closed).error?.code.startsWith('PEER_'), true)
    const gone = plain(listener)
    await once(gone, 'connect')
    gone.resetAndDestroy()
    assert.exists((await (await listener.accept()).closed).error)
    const client = await dial(listener)
    assert.equal((await listener.accept()).remoteAddress, client.localAddress)
  })

  it('reports a TLS handshake that failed, and goes on', async () => {
    const failed = deferred<MuxadoError>()
    const listener = await listening({ tls: { key: KEY, cert: CERTIFICATE }, onError: failed.resolve })
    plain(listener).write('this is no TLS at all, not even nearly')
    const error = await failed.promise
    assert.equal(error.code, 'SESSION_TRANSPORT')
    assert.match(error.message, /^a TLS handshake with .+ failed: /)
    const client = await connect(listener.url, { tls: { ca: CERTIFICATE } })
    await listener.accept()
    await client.close()
  })

  it('hangs up on a handshake that takes too long', async () => {
    const failed = deferred<MuxadoError>()
    const listener = await listening({ tls: { key: KEY, cert: CERTIFICATE, handshakeTimeout: 20 }, onError: failed.resolve })
    const slow = plain(listener).resume()
    await once(slow, 'close')
    assert.match((await failed.promise).message, /handshake timeout/i)
  })

  it('does not mind failed handshakes that nobody wants to hear of', async () => {
    const listener = await listening({ tls: { key: KEY, cert: CERTIFICATE } })
    const rude = plain(listener).resume()
    rude.write('this is no TLS at all, not even nearly')
    await once(rude, 'close')
  })

  it('hangs up on handshakes that are not done when it closes', async () => {
    const listener = await listening({ tls: { key: KEY, cert: CERTIFICATE } })
    const slow = plain(listener)
    await once(slow, 'connect')
    // Another one has come through, so the slow one is known.
    const client = await connect(listener.url, { tls: { ca: CERTIFICATE } })
    await client.close()
    await listener.close()
    if (!slow.closed) await once(slow.resume(), 'close')
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
      const listener = await listening({ path })
      assert.equal(await failure(path), `${path} is in use: another process listens there; stop it, or choose another path`)
      await dial(listener)
    })

    it('says that there is a file', async () => {
      const path = temporaryPath()
      writeFileSync(path, 'precious')
      assert.equal(await failure(path), `${path} is in use: there is a file that is no socket; choose another path`)
      assert.isTrue(existsSync(path))
    })

    it('says that the folder is missing', async () => {
      const path = `${temporaryPath()}/deeper/socket`
      const message = await failure(path)
      // Bun has no code for it
      if (process.versions['bun'] !== undefined) assert.include(message, `cannot listen at ${path}`)
      else assert.equal(message, `not allowed to listen at ${path}: a port below 1024 needs privileges, a path a folder that is there and writable`)
    })

    it('replaces the socket of a process that was killed', async () => {
      const path = temporaryPath()
      const child = fork(new URL('./leave-socket.mjs', import.meta.url), [path], { execArgv: [] })
      await once(child, 'message')
      child.kill('SIGKILL')
      await once(child, 'exit')
      assert.isTrue(existsSync(path), 'the socket file is left')
      const listener = await listening({ path })
      await dial(listener)
    })

    it('removes its socket file on close', async () => {
      const path = temporaryPath()
      const listener = await listen({ path })
      assert.isTrue(existsSync(path))
      await listener.close()
      assert.isFalse(existsSync(path))
    })
  })

  it('says that a port is in use', async () => {
    const listener = await listening()
    const error = await settled(listen({ host: '127.0.0.1', port: listener.port }))
    assert.equal((error as MuxadoError).code, 'SESSION_TRANSPORT')
    assert.match(error?.message ?? '', /^127\.0\.0\.1:\d+ is in use: something else listens there; stop it, or choose another address/)
  })

  it('says that an address is not of this machine', async () => {
    assert.match((await settled(listen({ host: '192.0.2.1' })))?.message ?? '', /^192\.0\.2\.1:0 is no address of this machine$/)
  })

  it('refuses wrong options at once', async () => {
    for (const options of [{ port: -1 }, { port: 70_000 }, { window: -1 }, { wire: 3 as never }]) {
      assert.equal((await settled(listen(options)) as MuxadoError).code, 'API_ARGUMENT', JSON.stringify(options))
    }
    assert.equal((await settled(listen('tls://127.0.0.1:0')) as MuxadoError).code, 'API_ARGUMENT')
    assert.equal((await settled(listen('http://127.0.0.1:0')) as MuxadoError).code, 'API_ARGUMENT')
  })

  it('reports options that no session can be made with, and hangs up', async () => {
    const failed = deferred<MuxadoError>()
    const listener = await listening({ heartbeat: { intervalMs: -1 }, onError: failed.resolve })
    const socket = plain(listener)
    assert.equal((await failed.promise).code, 'API_ARGUMENT')
    if (!socket.closed) await once(socket.resume(), 'close')
  })

  it('lets the process end when it is told so', async () => {
    const listener = await listening()
    listener.unref()
    listener.ref()
    assert.isUndefined(socketOf({} as Session))
  })
})

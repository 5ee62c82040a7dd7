import { assert } from 'chai'
import { createSession, MuxadoError, type Extension, type Stream } from '@muxado/session'
import { bytes, collect, connect, failure, Link, still, text, thrown, words } from './pair.ts'

describe('createSession', () => {
  it('takes the addresses from its transport, and its role from the options', () => {
    const { client, server } = connect()
    assert.deepEqual([client.role, client.localAddress, client.remoteAddress], ['client', 'client', 'server'])
    assert.deepEqual([server.role, server.localAddress, server.remoteAddress], ['server', 'server', 'client'])
    assert.equal(client.state, 'open')
  })

  it('refuses options out of their range', () => {
    const { client } = new Link()
    const extension: Extension = { type: 0xffffff00, start () {} }
    for (const options of [
      { window: 0 }, { acceptBacklog: -1 }, { lingerMs: NaN }, { heartbeat: { intervalMs: 0 } }, { extensions: [extension, extension] },
      { extensions: [{ ...extension, type: 1 }] }, { role: 'neither' as 'client' }
    ]) {
      assert.throws(() => createSession(client, { role: 'client', ...options }), MuxadoError, undefined, JSON.stringify(options))
    }
  })
})

describe('Session.open', () => {
  it('costs no round trip: bytes go out before the peer has said a word', async () => {
    const link = new Link()
    const client = createSession(link.client, { role: 'client', heartbeat: false })
    await client.open().closeWrite(text('early'))
    await still(link)
    const server = createSession(link.server, { role: 'server', heartbeat: false })
    assert.equal((await collect(await server.accept())).byteLength, 5)
  })

  it('takes odd ids for the client and even ones for the server', async () => {
    const { client, server } = connect()
    assert.deepEqual([client.open().id, client.open().id, server.open().id, server.open().id], [3, 5, 2, 4])
    assert.equal((await client.accept()).id, 2)
    assert.equal((await server.accept()).id, 3)
  })

  it('throws for arguments that cannot be, and once the peer goes away', async () => {
    const { client, server, link } = connect()
    assert.equal(thrown(() => client.open({ priority: -1 })).code, 'API_ARGUMENT')
    server.goAway()
    await still(link)
    assert.deepInclude(thrown(() => client.open()) as MuxadoError, { code: 'SESSION_GONE_AWAY', retryable: true })
    assert.equal(client.state, 'draining')
    assert.equal(server.open().id, 2)
  })

  it('throws a retryable error once the session is closed', async () => {
    const { client } = connect()
    const closing = client.close()
    assert.deepInclude(thrown(() => client.open()) as MuxadoError, { code: 'SESSION_CLOSED', retryable: true })
    await closing
    assert.deepInclude(thrown(() => client.open()) as MuxadoError, { code: 'SESSION_CLOSED', retryable: true })
  })
})

describe('Session.goAway', () => {
  it('refuses what the peer opens, with its reason and text for the peer, while open streams run on', async () => {
    const { client, server, link } = connect()
    const near = client.open()
    const far = await server.accept()
    await far.write(text('x'))
    server.goAway('internal', 'maintenance')
    const late = client.open()
    assert.deepInclude(await late.closed, { retryable: true })
    await near.write(text('still'))
    assert.equal((await far.read())?.byteLength, 5)
    await Promise.all([near.close(), far.close()])
    await still(link)
    await server.close()
    const { reason, debug, local, error } = await client.closed
    assert.deepEqual([reason, words(debug), local, error], ['internal', 'maintenance', false, undefined])
    assert.deepInclude(await server.closed, { reason: 'internal', local: true })
  })
})

describe('Session.stats', () => {
  it('counts bytes both ways and what is queued', async () => {
    const link = new Link({ room: 1 })
    const { client, server } = connect({}, link)
    const stream = client.open()
    await stream.write(bytes(1_000))
    await still(link)
    link.toServer.hold()
    await stream.write(bytes(1_000))
    await still(link)
    await stream.write(bytes(1_000))
    await still(link)
    assert.equal(client.stats().queued, 1_000)
    link.toServer.release()
    await still(link)
    assert.equal(client.stats().queued, 0)
    assert.equal(client.stats().bytesSent, server.stats().bytesReceived)
    assert.isAbove(client.stats().bytesSent, 3_000)
  })
})

describe('Extension', () => {
  const TYPE = 0xffffff10

  it('opens and accepts streams of its own, which the application never sees', async () => {
    const got: Stream[] = []
    const extension: Extension = {
      type: TYPE,
      start (session, accept) {
        session.open({ type: TYPE })
        void accept().then((stream) => { got.push(stream) })
      }
    }
    const { client, server, link } = connect({ extensions: [extension] })
    await still(link)
    assert.deepEqual(got.map(({ type }) => type), [TYPE, TYPE])
    client.open()
    assert.equal((await server.accept()).id, 5)
    assert.equal(server.stats().accepted, 1)
  })

  it('is told by a rejection that the session ended', async () => {
    let ended: unknown
    const { client } = connect({ extensions: [{ type: TYPE, start (_, accept) { ended = failure(accept()) } }] })
    await client.close()
    assert.equal((await (ended as Promise<{ code: string }>)).code, 'SESSION_CLOSED')
  })

  it('is refused by a peer that does not have it', async () => {
    let stream: Stream | undefined
    connect({ extensions: [{ type: TYPE, start (session) { stream = session.open({ type: TYPE }) } }] }, new Link(), {})
    assert.isDefined(await stream?.closed)
  })
})

import { assert } from 'chai'
import { createMachine } from '@muxado/core'
import { createSession, MuxadoError } from '@muxado/session'
import { MuxadoSession } from '../src/session.ts'
import { FakeClock } from './clock.ts'
import { bytes, collect, connect, failure, join, Link, peek, Peer, still, text, thrown, words } from './pair.ts'

describe('Session.close', () => {
  it('sends what is queued, says GOAWAY and ends both ends without an error', async () => {
    const { client, server, link } = connect()
    const near = client.open()
    await near.closeWrite(bytes(30_000))
    const far = await server.accept()
    await far.closeWrite()
    await still(link)
    await Promise.all([client.close(), client.close()])
    assert.equal((await collect(far)).byteLength, 30_000)
    assert.deepEqual(await client.closed, { reason: 'none', debug: new Uint8Array(0), local: true })
    assert.deepEqual(await server.closed, { reason: 'none', debug: new Uint8Array(0), local: false })
    assert.equal(client.state, 'closed')
    assert.equal(server.state, 'closed')
  })

  it('fails the streams that are still open, on both ends', async () => {
    const { client, server } = connect()
    const near = client.open()
    const far = await server.accept()
    const waits = [failure(near.read()), failure(client.accept())]
    await client.close()
    for (const error of await Promise.all(waits)) assert.equal(error.code, 'SESSION_CLOSED')
    assert.isDefined(await far.closed)
  })

  it('refuses what the peer opens meanwhile', async () => {
    const link = new Link({ room: 1 })
    const { client, server } = connect({}, link)
    await client.open().write(bytes(100))
    link.toServer.hold()
    await still(link)
    const closing = client.close()
    const late = server.open()
    const closed = late.closed
    await still(link)
    link.toServer.release()
    await closing
    assert.isTrue((await closed)?.retryable)
  })

  it('with drain waits for open streams to end, lets nobody open more, and counts no extension', async () => {
    const { client, server } = connect({ heartbeat: {} })
    const near = client.open()
    const far = await server.accept()
    const closing = client.close({ drain: true })
    assert.equal(await peek(closing), 'pending')
    assert.equal(client.state, 'draining')
    assert.equal(thrown(() => client.open()).code, 'SESSION_CLOSED')
    assert.equal(thrown(() => server.open()).code, 'SESSION_GONE_AWAY')
    await near.closeWrite(text('the rest'))
    assert.equal((await collect(far)).byteLength, 8)
    assert.equal(await peek(closing), 'pending')
    await far.closeWrite(text('the answer'))
    assert.equal((await collect(near)).byteLength, 10)
    await closing
    assert.isUndefined((await client.closed).error)
    assert.isUndefined((await server.closed).error)
  })

  it('with drain returns at once when nothing is open', async () => {
    const { client } = connect({ heartbeat: {} })
    await client.close({ drain: true })
    assert.equal(client.state, 'closed')
  })

  it('stops draining when its signal aborts, or when it is called again without drain', async () => {
    for (const how of ['signal', 'call', 'early'] as const) {
      const { client } = connect()
      const near = client.open()
      const control = new AbortController()
      if (how === 'early') control.abort()
      const closing = client.close({ drain: true, signal: control.signal })
      if (how !== 'early') assert.equal(await peek(closing), 'pending')
      if (how === 'signal') control.abort()
      if (how === 'call') await client.close()
      await closing
      assert.equal((await near.closed)?.code, 'SESSION_CLOSED', how)
    }
  })

  it('with drain gives up when the session dies', async () => {
    const { client, link } = connect()
    client.open()
    const closing = client.close({ drain: true })
    link.fail(new Error('cable'))
    await closing
    assert.equal((await client.closed).error?.code, 'SESSION_TRANSPORT')
  })

  it('gives a peer that does not read, nor hang up, lingerMs each', async () => {
    const clock = new FakeClock()
    const link = new Link({ room: 1 })
    const client = new MuxadoSession(link.client, { role: 'client', heartbeat: false, lingerMs: 500 }, clock)
    const stream = client.open()
    await stream.write(bytes(10))
    await still(link)
    await stream.write(bytes(10))
    const closing = client.close()
    await clock.pass(499)
    assert.equal(client.state, 'draining')
    await clock.pass(1)
    assert.equal(client.state, 'closed')
    assert.equal(await peek(closing), 'pending')
    await clock.pass(499)
    assert.equal(await peek(closing), 'pending')
    await clock.pass(1)
    await closing
    assert.lengthOf(link.aborted, 1)
    assert.equal(clock.timers.size, 0)
  })

  it('leaves no timer behind', async () => {
    const clock = new FakeClock()
    const link = new Link()
    const client = new MuxadoSession(link.client, { role: 'client' }, clock)
    const server = new MuxadoSession(link.server, { role: 'server' }, clock)
    await still(link)
    assert.equal(clock.timers.size, 2)
    await client.close()
    await server.closed
    assert.equal(clock.timers.size, 0)
  })

  it('is what leaving an `await using` scope does', async () => {
    const { client } = connect()
    await client[Symbol.asyncDispose]()
    assert.equal(client.state, 'closed')
  })
})

describe('Session.abort', () => {
  it('fails every wait with its error at once, and tells the peer why', async () => {
    const { client, server, link } = connect({ window: 100 })
    const near = client.open()
    await still(link)
    const error = new MuxadoError('SESSION_CLOSED', 'policy', { reason: 'protocol' })
    const waits = [failure(near.read()), failure(near.write(bytes(200))), failure(client.accept())]
    client.abort(error)
    client.abort(new Error('second'))
    for (const failed of await Promise.all(waits)) assert.equal(failed, error)
    const end = await client.closed
    assert.deepEqual([end.error, end.reason, words(end.debug), end.local], [error, 'protocol', 'policy', true])
    const far = await server.closed
    assert.deepEqual([far.reason, words(far.debug), far.local], ['protocol', 'policy', false])
  })

  it('fails all of it with the same error, whatever it is given', async () => {
    const { client } = connect({ window: 100 })
    const [near, other, consumed] = [client.open(), client.open(), client.open()]
    const told: MuxadoError[] = []
    consumed.consume({ data: () => 0, end () {}, error: (error) => { told.push(error) } })
    const waits = [near.read(), near.write(bytes(200)), other.source.next(), client.accept()].map(failure)
    const error = new Error('enough')
    client.abort(error)
    const end = await client.closed
    assert.deepInclude(end.error, { code: 'SESSION_CLOSED', message: 'enough', cause: error })
    const late = await failure(client.accept())
    for (const one of [...await Promise.all(waits), await near.closed, await other.closed, late, ...told]) assert.equal(one, end.error)
    assert.lengthOf(told, 1)
  })

  it('keeps the text of any other error to itself', async () => {
    const { client, server } = connect()
    client.abort(new Error('password is 1234'))
    await client.closed
    assert.deepInclude(await server.closed, { reason: 'internal', debug: new Uint8Array(0) })
  })

  it('needs no error', async () => {
    const { client } = connect()
    client.abort()
    assert.deepInclude(await client.closed, { reason: 'internal', local: true })
  })

  it('cuts short the lingering of close', async () => {
    const clock = new FakeClock()
    const client = new MuxadoSession(new Link().client, { role: 'client', heartbeat: false }, clock)
    const closing = client.close()
    await clock.pass(1)
    assert.equal(await peek(closing), 'pending')
    client.abort()
    await closing
    assert.isUndefined((await client.closed).error)
  })
})

describe('Session, ended from a callback', () => {
  it('takes no stream from the rest of the chunk', async () => {
    const link = new Link()
    const client = createSession(link.client, { role: 'client', heartbeat: false })
    client.open().consume({ data: () => { client.abort(); return 0 }, end () {}, error () {} })
    const peer = createMachine({ role: 'server' })
    const { value } = await link.server.source[Symbol.asyncIterator]().next()
    peer.receive(value.subarray())
    peer.send(3, bytes(5))
    const data = peer.transmit()
    peer.open()
    const chunk = join([...data, ...peer.transmit()])
    await link.server.sink((async function * () { yield chunk })())
    await client.closed
    assert.equal(client.stats().streams, 0)
    assert.equal((await failure(client.accept())).code, 'SESSION_CLOSED')
  })
})

describe('Session.closed', () => {
  it('says which rule the peer broke, and that this end ended it', async () => {
    const { client, link } = connect()
    const injected = link.toClient.sink((async function * () { yield Uint8Array.of(0, 0, 0xff, 0xff, 0, 0, 0, 0) })())
    const end = await client.closed
    assert.equal(end.error?.code, 'PEER_PROTOCOL')
    assert.deepEqual([end.local, end.reason], [true, 'protocol'])
    assert.isAbove(end.debug.byteLength, 0)
    await injected
  })

  it('says what the peer said before it hung up on open streams', async () => {
    const link = new Link()
    const peer = new Peer(link.server, { role: 'server' })
    const { client } = { client: createSession(link.client, { role: 'client', heartbeat: false }) }
    const stream = client.open()
    await peer.action('accept')
    peer.machine.goAway('internal', text('out of memory'))
    peer.flush()
    await still(link)
    link.toClient.end()
    const end = await client.closed
    assert.equal(end.error?.code, 'PEER_EOF')
    assert.deepEqual([end.reason, words(end.debug), end.local], ['internal', 'out of memory', false])
    assert.equal((await stream.closed)?.code, 'PEER_EOF')
  })

  it('is clean when the connection breaks after a goodbye, with nothing under way', async () => {
    const { client, server, link } = connect()
    server.goAway()
    await still(link)
    link.fail(new Error('ECONNRESET'))
    assert.deepInclude(await client.closed, { reason: 'none', local: false })
    assert.isUndefined((await client.closed).error)
    assert.equal((await server.closed).error?.code, 'SESSION_TRANSPORT')
  })

  it('carries what broke the transport as its cause', async () => {
    const { client, link } = connect()
    const cause = new Error('cable')
    link.fail(cause)
    const { error, local, reason } = await client.closed
    assert.deepEqual([error?.code, error?.cause, local, reason], ['SESSION_TRANSPORT', cause, false, 'internal'])
  })

  it('ends when a transport stops writing though nobody told it to', async () => {
    const link = new Link()
    const client = createSession({ ...link.client, abort () {}, sink: async () => {} }, { role: 'client', heartbeat: false })
    assert.equal((await client.closed).error?.code, 'SESSION_TRANSPORT')
  })

  it('ends when a sink throws what is not an error', async () => {
    const link = new Link()
    // eslint-disable-next-line typescript/only-throw-error
    const client = createSession({ ...link.client, abort () {}, sink: () => { throw 'text' } }, { role: 'client', heartbeat: false })
    assert.equal((await client.closed).error?.cause, 'text')
  })
})

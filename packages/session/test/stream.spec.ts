import { assert } from 'chai'
import type { MuxadoError } from '@muxado/session'
import { bytes, collect, connect, failure, still, text, thrown, words } from './pair.ts'
import { streams } from './streams.ts'

describe('Stream', () => {
  for (const wire of [1, 2] as const) {
    it(`carries bytes both ways and ends both halves, in wire ${wire}`, async () => {
      const { near, far } = await streams({ wire })
      await near.write(text('ping'))
      await near.closeWrite()
      assert.equal(words(await collect(far)), 'ping')
      assert.equal(far.state, 'remoteClosed')
      await far.closeWrite(text('pong'))
      assert.equal(words(await collect(near)), 'pong')
      assert.equal(near.state, 'closed')
      assert.equal(await near.closed, undefined)
      assert.equal(await far.closed, undefined)
    })
  }

  it('tells id, type, priority and session', async () => {
    const { client, server } = connect()
    const near = client.open({ type: 7, priority: 3 })
    const far = await server.accept()
    assert.deepEqual([near.id, near.type, near.priority, near.session], [3, 7, 3, client])
    assert.deepEqual([far.id, far.type, far.priority, far.session], [3, 7, 3, server])
    near.priority = 9
    assert.equal(near.priority, 9)
    assert.equal(thrown(() => { near.priority = -1 }).code, 'API_ARGUMENT')
    assert.equal(near.priority, 9)
  })

  it('opens with its half closed', async () => {
    const { client, server } = connect()
    const near = client.open({ finish: true })
    const far = await server.accept()
    assert.equal(near.state, 'localClosed')
    assert.equal(await far.read(), undefined)
    assert.equal((await failure(near.write(text('x')))).code, 'API_SEND_AFTER_FINISH')
    await far.closeWrite(text('one way'))
    assert.equal((await collect(near)).byteLength, 7)
  })
})

describe('Stream.close', () => {
  it('resets with cancel when payload comes after both halves are done', async () => {
    const { near, far, link } = await streams()
    await far.close()
    assert.equal(far.state, 'closed')
    assert.equal(await far.closed, undefined)
    assert.equal(await near.read(), undefined)
    await near.write(text('too much'))
    await still(link)
    const error = await failure(near.write(text('more'))) as MuxadoError
    assert.equal(error.reason, 'cancel')
    assert.equal(far.session.stats().streams, 0)
  })

  it('is what leaving an `await using` scope does, without an error for a stream that died', async () => {
    const { near, far } = await streams()
    await near[Symbol.asyncDispose]()
    assert.equal(near.state, 'closed')
    assert.equal(await far.read(), undefined)
    far.reset()
    await far[Symbol.asyncDispose]()
    assert.equal(far.state, 'reset')
  })
})

describe('Stream.reset', () => {
  it('fails local waits with STREAM_CANCELLED and tells the peer the reason', async () => {
    const { near, far } = await streams({ window: 100 })
    const waits = [failure(near.read()), failure(near.write(bytes(200)))]
    near.reset('internal')
    near.reset('protocol')
    for (const error of await Promise.all(waits)) assert.equal(error.code, 'STREAM_CANCELLED')
    assert.equal((await far.closed)?.reason, 'internal')
    assert.equal(near.session.stats().streams, 0)
  })

  it('passes an unknown number through', async () => {
    const { near, far } = await streams()
    near.reset(4_711)
    assert.equal((await far.closed)?.reason, 4_711)
    assert.equal(thrown(() => { far.session.open().reset(-1) }).code, 'API_ARGUMENT')
  })

  it('does nothing to a stream that is over', async () => {
    const { near, far } = await streams()
    await Promise.all([near.close(), far.close()])
    await collect(near)
    await still()
    near.reset()
    assert.equal(near.state, 'closed')
    assert.equal(await near.closed, undefined)
  })

  it('drops what is unread even of a stream whose two halves are done', async () => {
    const { near, far, link } = await streams()
    await far.closeWrite(text('unread'))
    await near.closeWrite()
    await still(link)
    near.reset()
    assert.equal((await failure(near.read())).code, 'STREAM_CANCELLED')
  })
})

describe('Stream.abort', () => {
  it('fails local waits with its error and cancels for the peer', async () => {
    const { near, far } = await streams()
    const error = new Error('mine')
    const reading = failure(near.read())
    near.abort(error)
    assert.equal(await reading, error)
    assert.equal(await failure(near.write(bytes(1))), error)
    const closed = await near.closed
    assert.equal(closed?.code, 'STREAM_CANCELLED')
    assert.equal(closed?.cause, error)
    assert.equal((await far.closed)?.reason, 'cancel')
  })
})

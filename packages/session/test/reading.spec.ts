import { assert } from 'chai'
import type { Uint8ArrayList } from 'uint8arraylist'
import type { MuxadoError } from '@muxado/session'
import { bytes, failure, Link, peek, still, text, thrown } from './pair.ts'
import { recorder, streams } from './streams.ts'

describe('Stream.read', () => {
  it('gives everything that is buffered in one step', async () => {
    const { near, far, link } = await streams({}, new Link({ chunk: 100 }))
    await near.write(bytes(1_000))
    await still(link)
    const list = await far.read()
    assert.equal(list?.byteLength, 1_000)
    assert.deepEqual(list?.subarray() ?? [], bytes(1_000))
  })

  it('waits for the next bytes', async () => {
    const { near, far } = await streams()
    const waiting = far.read()
    assert.equal(await peek(waiting), 'pending')
    await near.write(text('now'))
    assert.equal((await waiting)?.byteLength, 3)
  })

  it('gives a reader that waits all that one chunk of the transport brings, and nothing of the next', async () => {
    const { near, far, link } = await streams({ maxFrame: 500 })
    const waiting = far.read()
    near.push(bytes(2_000))
    const list = await waiting
    assert.equal(list?.byteLength, 2_000)
    assert.deepEqual(list?.subarray() ?? [], bytes(2_000))
    await near.write(bytes(100))
    await still(link)
    assert.equal(list?.byteLength, 2_000)
    assert.equal((await far.read())?.byteLength, 100)
  })

  it('gives at most max, waiting or not, and keeps the rest', async () => {
    const { near, far, link } = await streams()
    const waiting = far.read({ max: 10 })
    await near.write(bytes(25))
    assert.deepEqual(Array.from((await waiting)?.subarray() ?? []), Array.from(bytes(25).subarray(0, 10)))
    await still(link)
    assert.deepEqual(Array.from((await far.read({ max: 10 }))?.subarray() ?? []), Array.from(bytes(25).subarray(10, 20)))
    assert.deepEqual(Array.from((await far.read({ max: 10 }))?.subarray() ?? []), Array.from(bytes(25).subarray(20)))
    for (const max of [0, -1, NaN]) assert.equal((await failure(far.read({ max }))).code, 'API_ARGUMENT')
  })

  it('refuses a second reader while one waits', async () => {
    const { near, far } = await streams()
    const waiting = far.read()
    assert.equal((await failure(far.read())).code, 'API_ARGUMENT')
    assert.equal(thrown(() => { far.consume(recorder()) }).code, 'API_ARGUMENT')
    await near.write(text('x'))
    assert.equal((await waiting)?.byteLength, 1)
  })

  it('loses nothing when its wait is given up', async () => {
    const { near, far } = await streams()
    const control = new AbortController()
    const given = far.read({ signal: control.signal })
    const reason = new Error('enough')
    control.abort(reason)
    assert.equal(await failure(given), reason)
    assert.equal(await failure(far.read({ signal: control.signal })), reason)
    await near.write(text('kept'))
    assert.equal((await far.read())?.byteLength, 4)
  })

  it('loses nothing when the signal aborts in the very turn that the bytes came', async () => {
    const { near, far } = await streams()
    const control = new AbortController()
    let chunk: Uint8ArrayList | undefined
    const reading = far.read({ signal: control.signal }).then((list) => { chunk = list })
    const consumer = { data: () => 0, end () {}, error () {} }
    near.consume(consumer)
    await near.write(text('x'))
    await reading
    control.abort()
    assert.equal(chunk?.byteLength, 1)
  })

  it('ends after the last bytes, again and again', async () => {
    const { near, far } = await streams()
    await near.closeWrite(text('last'))
    assert.equal((await far.read())?.byteLength, 4)
    assert.equal(await far.read(), undefined)
    assert.equal(await far.read(), undefined)
  })

  it('fails with the reason of a reset, and drops what was buffered', async () => {
    const { near, far, link } = await streams()
    await near.write(text('half an ans'))
    await still(link)
    near.reset('internal')
    await still(link)
    const error = await failure(far.read()) as MuxadoError
    assert.equal(error.code, 'STREAM_RESET')
    assert.equal(error.reason, 'internal')
    assert.equal(error.streamId, near.id)
    assert.equal((await far.closed)?.code, 'STREAM_RESET')
    assert.equal(far.state, 'reset')
  })

  it('keeps a finished answer readable when the stream is reset behind it', async () => {
    const { near, far, link } = await streams()
    await far.closeWrite(text('whole answer'))
    await still(link)
    far.reset()
    await still(link)
    assert.equal((await failure(near.write(text('more')))).code, 'STREAM_RESET')
    assert.equal((await near.read())?.byteLength, 12)
    assert.equal(await near.read(), undefined)
    assert.equal((await near.closed)?.reason, 'cancel')
  })
})

describe('Stream.closeRead', () => {
  for (const way of ['closeRead', 'reset'] as const) {
    it(`gives whoever waits what had come before ${way}, in the middle of a chunk too`, async () => {
      const { near, far, client, server, link } = await streams(undefined, new Link({ join: true }))
      const other = client.open()
      const another = await server.accept()
      const first = far.read()
      another.consume(recorder((chunk) => { far[way](); return chunk.byteLength }))
      near.push(bytes(1_000))
      other.push(bytes(1_000))
      assert.deepEqual((await first)?.subarray(), bytes(1_000))
      assert.equal(await far.read().catch((error: MuxadoError) => error.code), way === 'reset' ? 'STREAM_CANCELLED' : undefined)
      await still(link)
      assert.equal(server.stats().queued, 0)
    })
  }

  it('drops what is buffered and what comes, with its credit, while the writing half lives on', async () => {
    const { near, far, link } = await streams({ window: 1_000 })
    await near.write(bytes(600))
    await still(link)
    far.closeRead()
    far.closeRead()
    assert.equal(far.state, 'remoteClosed')
    assert.equal(await far.read(), undefined)
    for (let sent = 0; sent < 10; sent++) await near.write(bytes(500))
    await far.write(text('still here'))
    assert.equal((await near.read())?.byteLength, 10)
  })

  it('ends a read that waits', async () => {
    const { far } = await streams()
    const waiting = far.read()
    far.closeRead()
    assert.equal(await waiting, undefined)
  })
})

describe('Stream.consume', () => {
  it('hands over what is buffered at once, then what comes, then the end', async () => {
    const { near, far, link } = await streams()
    await near.write(bytes(10))
    await still(link)
    const consumer = recorder()
    far.consume(consumer)
    assert.deepEqual(consumer.log, ['data 10'])
    await near.closeWrite(bytes(20))
    await still(link)
    assert.deepEqual(consumer.log, ['data 10', 'data 20', 'end'])
    assert.equal((await failure(far.read())).code, 'API_ARGUMENT')
    assert.equal((await failure(far.source.next())).code, 'API_ARGUMENT')
    assert.equal(thrown(() => { far.consume(recorder()) }).code, 'API_ARGUMENT')
  })

  it('hands over the end of a stream that ended before, and the error of one that died', async () => {
    const { near, far, link } = await streams()
    await near.closeWrite(bytes(10))
    await still(link)
    const late = recorder()
    far.consume(late)
    assert.deepEqual(late.log, ['data 10', 'end'])
    near.reset()
    const dead = recorder()
    near.consume(dead)
    assert.deepEqual(dead.log, ['error STREAM_CANCELLED'])
  })

  it('returns credit for what was dealt with, and for the rest when took says so', async () => {
    const { near, far, link } = await streams({ window: 1_000, maxWindow: 1_000 })
    const consumer = recorder(() => 0)
    far.consume(consumer)
    const writing = near.write(bytes(1_500))
    await still(link)
    assert.equal(await peek(writing), 'pending')
    far.took(600)
    await writing
    assert.equal(thrown(() => { far.took(5_000) }).code, 'API_ARGUMENT')
  })

  it('reports an early end', async () => {
    const { near, far, link } = await streams()
    const consumer = recorder()
    far.consume(consumer)
    near.reset('internal')
    await still(link)
    assert.deepEqual(consumer.log, ['error STREAM_RESET'])
  })

  it('resets its stream, and no other, when it throws', async () => {
    for (const callback of ['data', 'end', 'drain'] as const) {
      const { near, far, link } = await streams({ window: 100 })
      const errors: unknown[] = []
      const consumer = { data: () => 0, end () {}, drain () {}, error: (error: MuxadoError) => { errors.push(error.cause) } }
      const thrown = new Error(callback)
      far.consume({ ...consumer, [callback]: () => { throw thrown } })
      if (callback === 'drain') assert.isFalse(far.push(bytes(200)))
      await near.closeWrite(bytes(10))
      near.read().catch(() => {}) // it may have come to its end before
      await still(link)
      assert.deepEqual(errors, [thrown], callback)
      assert.equal(far.session.state, 'open')
    }
  })

  it('resets its stream when it claims to have dealt with more than it got', async () => {
    const { near, far } = await streams()
    far.consume(recorder(chunk => chunk.byteLength + 1))
    await near.write(bytes(10))
    assert.equal((await near.closed)?.reason, 'cancel')
  })

  it('gets nothing more after it has stopped reading in the middle', async () => {
    const { near, far, link } = await streams({}, new Link({ chunk: 600 }))
    await near.write(bytes(2_000))
    await still(link)
    const consumer = recorder((chunk) => { far.closeRead(); return chunk.byteLength })
    far.consume(consumer)
    assert.lengthOf(consumer.log, 1)
    await near.closeWrite(bytes(10))
    await still(link)
    assert.lengthOf(consumer.log, 1)
  })
})

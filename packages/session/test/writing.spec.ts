import { assert } from 'chai'
import { Uint8ArrayList } from 'uint8arraylist'
import { bytes, collect, failure, join, peek, still, text, thrown, words } from './pair.ts'
import { recorder, streams } from './streams.ts'

describe('Stream.write', () => {
  it('resolves with one and the same promise while there is room', async () => {
    const { near } = await streams()
    assert.equal(near.write(bytes(10)), near.write(bytes(10)))
  })

  it('waits for the reader when the window is spent', async () => {
    const { near, far, link } = await streams({ window: 1_000, maxWindow: 1_000 })
    const writing = near.write(bytes(2_500))
    assert.equal(await peek(writing), 'pending')
    await still(link)
    assert.equal((await far.read())?.byteLength, 1_000)
    assert.equal(await peek(writing), 'pending')
    assert.equal((await far.read())?.byteLength, 1_000)
    await writing
    assert.equal((await far.read())?.byteLength, 500)
  })

  it('keeps the order of writes that nobody awaited', async () => {
    const { near, far } = await streams({ window: 100 })
    const done = Promise.all([near.write(bytes(150)), near.write(bytes(150, 1)), near.closeWrite(bytes(150, 2))])
    assert.deepEqual(await collect(far), join([bytes(150), bytes(150, 1), bytes(150, 2)]))
    await done
  })

  it('takes a Uint8ArrayList, and sends nothing for empty chunks', async () => {
    const { near, far, link } = await streams()
    await still(link)
    const before = link.written
    await near.write(new Uint8Array(0))
    await near.write(new Uint8ArrayList(new Uint8Array(0)))
    await still(link)
    assert.equal(link.written, before)
    await near.closeWrite(new Uint8ArrayList(text('one '), text('two')))
    assert.equal(words(await collect(far)), 'one two')
  })

  it('refuses what is not bytes', async () => {
    const { near } = await streams()
    assert.equal((await failure(near.write('text' as unknown as Uint8Array))).code, 'API_ARGUMENT')
  })

  it('fails after closeWrite, which is safe to call twice', async () => {
    const { near } = await streams()
    await near.closeWrite()
    await near.closeWrite()
    assert.equal((await failure(near.write(text('x')))).code, 'API_SEND_AFTER_FINISH')
    assert.equal((await failure(near.closeWrite(text('x')))).code, 'API_SEND_AFTER_FINISH')
    assert.equal(thrown(() => near.push(text('x'))).code, 'API_SEND_AFTER_FINISH')
  })

  it('writes nothing when its signal is aborted already', async () => {
    const { near, far } = await streams()
    const signal = AbortSignal.abort('no')
    await near.write(text('x'), { signal }).then(() => assert.fail(), (reason: unknown) => { assert.equal(reason, 'no') })
    await near.closeWrite(text('x'), { signal }).then(() => assert.fail(), (reason: unknown) => { assert.equal(reason, 'no') })
    await near.closeWrite(text('y'))
    assert.equal(words(await collect(far)), 'y')
  })

  it('resets the stream when it is given up half way', async () => {
    const { near, far, link } = await streams({ window: 100 })
    const control = new AbortController()
    const given = near.write(bytes(200), { signal: control.signal })
    const other = near.write(bytes(10))
    const reason = new Error('enough')
    const both = Promise.all([failure(given), failure(other)])
    control.abort(reason)
    const [first, second] = await both
    assert.equal(first, reason)
    assert.equal(second.code, 'STREAM_CANCELLED')
    await still(link)
    assert.equal((await far.closed)?.reason, 'cancel')
  })

  it('fails when the peer resets the stream, waiting or not', async () => {
    const { near, far } = await streams({ window: 100 })
    const waiting = failure(near.write(bytes(200)))
    far.reset('refused')
    assert.equal((await waiting).code, 'STREAM_REFUSED')
    assert.equal((await failure(near.write(bytes(1)))).code, 'STREAM_REFUSED')
    assert.equal((await failure(near.closeWrite())).code, 'STREAM_REFUSED')
    assert.isTrue((await near.closed)?.retryable)
  })
})

describe('Stream.closeWrite', () => {
  it('waits until all is queued', async () => {
    const { near, far } = await streams({ window: 100 })
    const closing = near.closeWrite(bytes(150))
    assert.equal(near.state, 'localClosed')
    assert.equal(await peek(closing), 'pending')
    const again = near.closeWrite()
    assert.equal((await failure(near.write(bytes(1)))).code, 'API_SEND_AFTER_FINISH')
    assert.equal((await collect(far)).byteLength, 150)
    await closing
    await again
  })
})

describe('Stream.push', () => {
  it('is true while there is room, then keeps the chunk and says when to go on', async () => {
    const { near, far, link } = await streams({ window: 1_000 })
    const consumer = recorder()
    near.consume(consumer)
    assert.isTrue(near.push(bytes(1_000)))
    assert.isFalse(near.push(bytes(10)))
    await still(link)
    assert.deepEqual(consumer.log, [])
    assert.equal((await far.read())?.byteLength, 1_000)
    assert.equal((await far.read())?.byteLength, 10)
    assert.deepEqual(consumer.log, ['drain'])
  })

  it('says when to go on for a write that waited too, but not for what was half-closed', async () => {
    const { near, far } = await streams({ window: 1_000, maxWindow: 1_000 })
    const consumer = recorder()
    near.consume(consumer)
    const writing = near.write(bytes(1_500))
    assert.equal((await far.read())?.byteLength, 1_000)
    await writing
    assert.deepEqual(consumer.log, ['drain'])
    const closing = near.closeWrite(bytes(1_500))
    assert.equal((await collect(far)).byteLength, 2_000)
    await closing
    assert.deepEqual(consumer.log, ['drain'])
  })

  it('takes nothing on a dead stream', async () => {
    const { near } = await streams()
    near.reset()
    assert.isFalse(near.push(bytes(1)))
  })
})

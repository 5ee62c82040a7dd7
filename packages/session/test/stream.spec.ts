import { assert } from 'chai'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Consumer, MuxadoError, Session, Stream } from '@muxado/session'
import { bytes, collect, connect, failure, join, Link, peek, still, text, thrown, words, type Options } from './pair.ts'

/** A stream that the client opened and the server accepted. */
async function streams (options?: Options, link?: Link): Promise<{ near: Stream, far: Stream, client: Session, server: Session, link: Link }> {
  const sessions = connect(options, link)
  const near = sessions.client.open()
  const far = await sessions.server.accept()
  return { near, far, ...sessions }
}

/** A consumer that records, and takes as much as it is told to. */
function recorder (take: (chunk: Uint8Array) => number = chunk => chunk.byteLength): Consumer & { log: string[] } {
  const log: string[] = []
  return {
    log,
    data: (chunk) => { log.push(`data ${chunk.byteLength}`); return take(chunk) },
    end: () => { log.push('end') },
    error: (error) => { log.push(`error ${error.code}`) },
    drain: () => { log.push('drain') }
  }
}

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

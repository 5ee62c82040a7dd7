import { assert } from 'chai'
import { pipe } from 'it-pipe'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Bytes, Stream } from '@muxado/session'
import { bytes, collect, connect, failure, peek, still, text, turn, words, type Link, type Options } from './pair.ts'

async function streams (options?: Options): Promise<{ near: Stream, far: Stream, link: Link }> {
  const { client, server, link } = connect(options)
  const near = client.open()
  return { near, far: await server.accept(), link }
}

/** An async source that yields, waits for ever, and notes what becomes of it. */
function parked (chunk: Uint8Array): { source: AsyncIterable<Uint8Array>, fate: string[] } {
  const fate: string[] = []
  let steps = 0
  return {
    fate,
    source: {
      [Symbol.asyncIterator]: () => ({
        next: () => steps++ === 0 ? Promise.resolve({ done: false, value: chunk }) : new Promise(() => {}),
        return: () => { fate.push('return'); return new Promise(() => {}) }
      })
    }
  }
}

describe('Stream.sink', () => {
  it('writes a sync source, however long, and half-closes', async () => {
    const { near, far } = await streams()
    const { sink } = near
    const [got] = await Promise.all([collect(far), sink(Array.from({ length: 50_000 }, () => Uint8Array.of(7)))])
    assert.equal(got.byteLength, 50_000)
    assert.equal(near.state, 'localClosed')
  })

  it('writes an async source of either kind of chunk', async () => {
    const { near, far } = await streams()
    const source = async function * (): AsyncGenerator<Bytes> {
      yield text('one ')
      yield new Uint8ArrayList(text('two '), text('three'))
    }
    const [got] = await Promise.all([collect(far), near.sink(source())])
    assert.equal(words(got), 'one two three')
  })

  it('pulls only while there is room', async () => {
    const { near, far, link } = await streams({ window: 1_000, maxWindow: 1_000 })
    let pulled = 0
    const source = async function * (): AsyncGenerator<Uint8Array> {
      for (;;) {
        pulled++
        yield bytes(100)
      }
    }
    near.sink(source()).catch(() => {})
    await still(link)
    assert.equal(pulled, 11)
    await far.read()
    await still(link)
    assert.equal(pulled, 21)
  })

  it('rejects with what the source throws, and the peer does not take what it has for the whole', async () => {
    for (const sync of [true, false]) {
      const { near, far } = await streams()
      const error = new Error('source')
      const source = sync
        ? (function * () { yield text('half'); throw error })()
        : (async function * () { yield text('half'); throw error })()
      assert.equal(await failure(near.sink(source)), error)
      assert.equal((await far.closed)?.reason, 'cancel')
      assert.equal((await near.closed)?.cause, error)
    }
  })

  it('rejects with a source\'s rejection that is not an error', async () => {
    const { near } = await streams()
    const source = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject('text') }) }
    await near.sink(source).then(() => assert.fail(), (thrown: unknown) => { assert.equal(thrown, 'text') })
    assert.equal((await near.closed)?.cause, 'text')
  })

  it('settles when the stream dies while its source keeps it waiting, and tells the source', async () => {
    const { near, far, link } = await streams()
    const { source, fate } = parked(text('x'))
    const sinking = failure(near.sink(source))
    await still(link)
    far.reset('internal')
    assert.equal((await sinking).code, 'STREAM_RESET')
    assert.deepEqual(fate, ['return'])
  })

  it('settles when the stream dies while it waits for room, and tells the source', async () => {
    const { near, far, link } = await streams({ window: 10 })
    const { source, fate } = parked(bytes(100))
    const sinking = failure(near.sink(source))
    await still(link)
    far.reset()
    assert.equal((await sinking).code, 'STREAM_RESET')
    assert.deepEqual(fate, ['return'])
  })

  it('settles when the stream is closed by another hand', async () => {
    const { near, link } = await streams()
    const { source, fate } = parked(text('x'))
    const sinking = failure(near.sink(source))
    await still(link)
    await near.close()
    assert.equal((await sinking).code, 'API_SEND_AFTER_FINISH')
    assert.deepEqual(fate, ['return'])
  })

  it('does not care how its source takes being told', async () => {
    const { near, link } = await streams()
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async (): Promise<IteratorResult<Uint8Array>> => {
          await turn()
          throw new Error('late')
        },
        return: () => { throw new Error('no') }
      })
    }
    const sinking = failure(near.sink(source))
    near.reset()
    assert.equal((await sinking).code, 'STREAM_CANCELLED')
    await still(link)
  })

  it('resolves when the FIN is queued behind everything, not before', async () => {
    const { near, far } = await streams({ window: 10 })
    const sinking = near.sink([bytes(15)])
    assert.equal(await peek(sinking), 'pending')
    assert.equal((await collect(far)).byteLength, 15)
    await sinking
  })
})

describe('Stream.source', () => {
  it('ends at the FIN and throws on reset', async () => {
    const { near, far } = await streams()
    await near.closeWrite(text('abc'))
    assert.equal((await collect(far.source)).byteLength, 3)
    far.reset('internal')
    assert.equal((await failure(collect(near.source))).code, 'STREAM_RESET')
  })

  it('stops reading when it is left early, by break, return or throw', async () => {
    for (const how of ['break', 'return', 'throw', 'dispose'] as const) {
      const { near, far } = await streams()
      await near.write(bytes(10))
      const { source } = far
      if (how === 'break') for await (const chunk of source) { assert.equal(chunk.byteLength, 10); break }
      if (how === 'return') await source.return()
      if (how === 'throw') assert.equal((await failure(source.throw(new Error('mine')))).message, 'mine')
      if (how === 'dispose') await source[Symbol.asyncDispose]()
      assert.equal(far.state, 'remoteClosed', how)
      assert.isTrue((await source.next()).done)
      await far.write(bytes(1))
    }
  })
})

describe('it-pipe', () => {
  it('takes a stream in the middle', async () => {
    const { near, far } = await streams()
    const echo = pipe(far, far)
    const got = await pipe([text('a'), text('b')], near, collect)
    assert.equal(words(got), 'ab')
    await echo
  })

  it('takes a stream at either end, and a transform between', async () => {
    const { near, far } = await streams()
    const upper = async function * (source: AsyncIterable<Uint8ArrayList>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) yield text(words(chunk.subarray()).toUpperCase())
    }
    const serving = pipe(far, upper, far)
    await pipe([text('shout')], near)
    assert.equal(words(await pipe(near, collect)), 'SHOUT')
    await serving
  })

  it('fails when the peer resets', async () => {
    const { near, far } = await streams()
    const piping = failure(pipe(parked(text('x')).source, near, collect))
    await far.read()
    far.reset('internal')
    assert.equal((await piping).code, 'STREAM_RESET')
  })
})

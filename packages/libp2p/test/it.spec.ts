import { assert } from 'chai'
import { Uint8ArrayList } from 'uint8arraylist'
import { muxado } from '../src/it/index.ts'
import type { ItMuxer, ItMuxerInit, ItStream, MuxadoInit } from '../src/it/index.ts'
import { failure, quiet, until } from './support.ts'

type Bytes = AsyncIterable<Uint8Array | Uint8ArrayList>

interface Ends {
  readonly a: ItMuxer
  readonly b: ItMuxer
  readonly incoming: ItStream[]
  readonly ended: ItStream[]
  /** What became of the pipes. */
  readonly pipes: Array<Promise<unknown>>
  /** Let go of the connection. */
  readonly cut: (error?: Error) => void
}

/** Two muxers, each fed with the other's source. */
function ends (init: MuxadoInit = {}, initB: ItMuxerInit = {}): Ends {
  const incoming: ItStream[] = []
  const ended: ItStream[] = []
  const a = muxado(init)().createStreamMuxer({ direction: 'outbound', onStreamEnd: (stream) => { ended.push(stream) } })
  const b = muxado(init)().createStreamMuxer({ direction: 'inbound', onIncomingStream: (stream) => { incoming.push(stream) }, ...initB })
  let cut = (_error?: Error): void => {}
  const gone = new Promise<'gone'>((resolve, reject) => {
    cut = (error) => {
      if (error === undefined) resolve('gone')
      else reject(error)
    }
  })
  gone.catch(() => {})
  async function * through (source: Bytes): AsyncGenerator<Uint8Array | Uint8ArrayList> {
    const iterator = source[Symbol.asyncIterator]()
    for (;;) {
      const next = await Promise.race([iterator.next(), gone])
      if (next === 'gone' || next.done === true) return
      yield next.value
    }
  }
  const pipes = [b.sink(through(a.source)), a.sink(through(b.source))]
  for (const pipe of pipes) pipe.catch(() => {})
  return { a, b, incoming, ended, pipes, cut }
}

async function open (end: Ends): Promise<[ItStream, ItStream]> {
  const before = end.incoming.length
  const local = end.a.newStream()
  await until('the peer sees it', () => end.incoming.length > before)
  return [local, end.incoming[before] as ItStream] // just seen
}

async function read (stream: ItStream): Promise<number> {
  let bytes = 0
  for await (const data of stream.source) bytes += data.byteLength
  return bytes
}

/** A source of some chunks that notes how many were asked for, and whether it was left. */
function chunks (count: number, size = 1_024): { source: AsyncGenerator<Uint8Array>, pulled: () => number, left: () => string } {
  let pulled = 0
  let left = 'no'
  async function * generate (): AsyncGenerator<Uint8Array> {
    try {
      while (pulled < count) {
        pulled++
        yield new Uint8Array(size)
      }
    } finally {
      left = 'yes'
    }
  }
  return { source: generate(), pulled: () => pulled, left: () => left }
}

describe('ItMuxer', () => {
  it('carries what a source yields to the source at the other end, and its end', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    const sunk = local.sink([new Uint8Array(10), new Uint8ArrayList(new Uint8Array(20), new Uint8Array(30))])
    assert.equal(await read(remote), 60)
    await sunk
    await remote.sink([])
    assert.equal(await read(local), 0)
    assert.deepEqual([local.status, remote.status], ['closed', 'closed'])
    assert.deepEqual(end.ended, [local])
    assert.lengthOf(end.a.streams, 0)
    assert.isNumber(local.timeline.close)
  })

  it('pulls from a source only while the peer gives credit', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    const { source, pulled } = chunks(1_000)
    const sunk = local.sink(source)
    await quiet()
    assert.isAtMost(pulled(), 65)
    assert.equal(await read(remote), 1_000 * 1_024)
    await sunk
  })

  it('keeps apart what a source yields in pieces', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    void local.sink([Uint8Array.of(1, 2), Uint8Array.of(3)])
    const messages: number[][] = []
    for await (const data of remote.source) messages.push(Array.from(data.subarray()))
    assert.deepEqual(messages, [[1, 2], [3]])
  })

  it('rejects the sink and resets the stream when its source throws', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    const sunk = failure(local.sink((async function * () {
      yield new Uint8Array(10)
      throw new Error('no more')
    })()))
    assert.equal((await sunk).message, 'no more')
    assert.equal(local.status, 'aborted')
    assert.equal((await failure(read(remote))).name, 'StreamResetError')
    assert.equal(remote.status, 'reset')
  })

  it('takes what a source throws for an error, whatever it is', async () => {
    const end = ends()
    const [local] = await open(end)
    const source = { [Symbol.asyncIterator]: () => ({ next: async () => Promise.reject(new Error('odd')), return: async () => Promise.reject(new Error('odder')) }) }
    assert.equal((await failure(local.sink(source))).message, 'odd')
  })

  it('settles the sink and leaves the source when the stream dies while the source is pending', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    let left = 'no'
    const never = { [Symbol.asyncIterator]: () => ({
      next: async () => new Promise<never>(() => {}),
      return: async () => { left = 'yes'; return { done: true as const, value: undefined } }
    }) }
    const sunk = failure(local.sink(never))
    remote.abort(new Error('unwanted'))
    assert.equal((await sunk).name, 'StreamResetError')
    await until('it is left', () => left === 'yes')
  })

  it('finishes the chunk in hand and leaves the source on closeWrite', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    const { source, left } = chunks(Infinity, 100_000)
    const sunk = local.sink(source)
    await quiet()
    const closing = local.closeWrite()
    assert.equal(await read(remote) % 100_000, 0)
    await Promise.all([closing, sunk])
    await until('it is left', () => left() === 'yes')
  })

  it('refuses a second sink', async () => {
    const end = ends()
    const [local] = await open(end)
    await local.sink([])
    assert.equal((await failure(local.sink([]))).name, 'StreamStateError')
  })

  it('drops what comes after closeRead without holding the peer up', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    await remote.closeRead()
    assert.isTrue((await remote.source.next()).done)
    await local.sink(chunks(500).source)
    await remote.close()
    await until('both have ended', () => local.status === 'closed' && remote.status === 'closed')
    assert.equal(await read(local), 0)
  })

  it('drops what comes for a stream that is closed here, without holding the peer up', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    await remote.close()
    await remote.close()
    await local.sink(chunks(500).source)
    assert.equal(local.writeStatus, 'closed')
  })

  it('counts a reader that stops early as one that reads no more', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    const sunk = local.sink(chunks(500).source)
    for await (const data of remote.source) {
      assert.isAbove(data.byteLength, 0)
      break
    }
    await sunk
    assert.equal(remote.readStatus, 'closed')
  })

  it('fails streams that were not complete when the connection ends', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    const reading = failure(read(remote))
    const sunk = failure(local.sink(chunks(Infinity).source))
    end.cut()
    assert.equal((await reading).name, 'ConnectionClosedError')
    assert.equal((await sunk).name, 'ConnectionClosedError')
    assert.lengthOf(end.a.streams, 0)
  })

  it('rejects its sink with what the connection failed with', async () => {
    const end = ends()
    await open(end)
    end.cut(new Error('cable gone'))
    assert.equal((await failure(Promise.all(end.pipes))).message, 'cable gone')
  })

  it('rejects its sink when the peer breaks the protocol, and ends its source behind a GOAWAY', async () => {
    const b = muxado()().createStreamMuxer({ direction: 'inbound' })
    assert.property(await failure(b.sink([new Uint8Array(64)])), 'code')
    let bytes = 0
    for await (const data of b.source) bytes += data.byteLength
    assert.isAbove(bytes, 0)
  })

  it('closes, says goodbye and opens no more', async () => {
    const end = ends()
    const [, remote] = await open(end)
    await end.a.close()
    assert.equal(await read(remote), 0)
    assert.throws(() => end.a.newStream(), 'closed')
    assert.throws(() => end.b.newStream(), 'closed')
    await end.b.close()
    await end.a.close()
    await Promise.all(end.pipes)
  })

  it('closes at once when no connection was ever attached', async () => {
    const a = muxado()().createStreamMuxer()
    await a.close()
    assert.throws(() => a.newStream(), 'closed')
  })

  it('resets all streams on abort', async () => {
    const end = ends()
    const [local, remote] = await open(end)
    end.a.abort(new Error('enough'))
    end.a.abort(new Error('twice'))
    assert.equal(local.status, 'aborted')
    assert.equal((await failure(read(remote))).name, 'StreamResetError')
  })

  it('honours maxInboundStreams and maxOutboundStreams', async () => {
    const end = ends({ maxInboundStreams: 1, maxOutboundStreams: 2 })
    await open(end)
    const second = end.a.newStream()
    assert.throws(() => end.a.newStream(), /open already/)
    assert.equal((await failure(read(second))).name, 'StreamResetError')
    assert.lengthOf(end.incoming, 1)
  })

  it('answers the heartbeat', async () => {
    const end = ends({ heartbeat: { intervalMs: 5 } })
    await until('an answer', () => end.a.rtt !== undefined)
    await Promise.all([end.a.close(), end.b.close()])
  })

  it('logs by a scope of its own where libp2p passes a logger', async () => {
    const scopes: string[] = []
    const log = Object.assign(() => {}, { error: () => {}, trace: () => {}, enabled: true, newScope: (name: string) => { scopes.push(name); return log } })
    const a = muxado()().createStreamMuxer({ log })
    a.newStream()
    assert.deepEqual(scopes, ['muxado', 'outbound:3'])
  })
})

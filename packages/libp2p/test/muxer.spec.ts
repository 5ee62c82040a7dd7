import { assert } from 'chai'
import { StreamMessageEvent } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { muxado, PROTOCOL } from '../src/index.ts'
import type { MuxadoInit, MuxadoStream } from '../src/index.ts'
import { drink, ends, event, failure, fill, open, pour, quiet, until } from './support.ts'

type Closed = Event & { error?: Error, local?: boolean }

describe('muxado', () => {
  it('makes a factory for its protocol', () => {
    const factory = muxado()()
    assert.equal(factory.protocol, '/muxado/1.0.0')
    assert.equal(PROTOCOL, factory.protocol)
    assert.equal(Object.prototype.toString.call(factory), '[object @muxado/libp2p]')
  })

  for (const init of [
    { maxInboundStreams: -1 }, { maxOutboundStreams: 0.5 }, { maxMessageSize: 0 }, { maxEarlyStreams: -1 }, { maxWindow: 0 },
    { streamOptions: { maxReadBufferLength: NaN } }
  ] satisfies MuxadoInit[]) {
    it(`refuses ${JSON.stringify(init)}`, () => {
      assert.throws(() => muxado(init), /must be a whole number/)
    })
  }

  it('counts streams in libp2p\'s metrics', async () => {
    const counted: string[] = []
    const group = { increment: (values: Record<string, unknown>) => { counted.push(...Object.keys(values)) }, reset: () => {} }
    // Of all metrics, the one that is asked for.
    const metrics = { registerCounterGroup: () => group } as never
    const [connA, connB] = multiaddrConnectionPair()
    const a = muxado()({ metrics }).createStreamMuxer(connA)
    const b = muxado()().createStreamMuxer(connB)
    const [local] = await open(a, b)
    local.abort(new Error('enough'))
    assert.deepEqual(counted, ['outbound_stream', 'outbound_stream_reset'])
  })

  it('logs by scopes of the connection, frames too where somebody looks', async () => {
    const scopes: string[] = []
    const frames: unknown[] = []
    const log = Object.assign(() => {}, {
      error: () => {},
      trace: (text: string, ...values: unknown[]) => { if (text.includes('bytes')) frames.push(values.slice(0, 3)) },
      enabled: true,
      newScope: (name: string) => { scopes.push(name); return log }
    })
    const [connA, connB] = multiaddrConnectionPair()
    const a = muxado()().createStreamMuxer(Object.assign(connA, { log }))
    await open(a, muxado()().createStreamMuxer(connB))
    assert.deepEqual(scopes, ['muxado', 'stream', 'outbound:3'])
    assert.deepInclude(frames, ['out', 'syn', 3])
  })

  it('keeps the timeline of a stream at both ends', async () => {
    const { a, b } = ends()
    const [local, remote] = await open(a, b)
    const before = [local, remote].map(({ timeline }) => timeline.close)
    const closed = [event(local, 'close'), event(remote, 'close')]
    await Promise.all([local.close(), remote.close()])
    await Promise.all(closed)
    assert.deepEqual(before, [undefined, undefined])
    for (const { timeline } of [local, remote]) assert.isAtLeast(timeline.close ?? 0, timeline.open)
  })
})

describe('MuxadoMuxer opening', () => {
  it('shows a stream to the peer before anything is sent on it, in both directions', async () => {
    const { a, b } = ends()
    const [local, remote] = await open(a, b)
    const [other] = await open(b, a)
    assert.notEqual(local.id, other.id)
    assert.equal(local.id, remote.id)
    assert.deepEqual([local.direction, remote.direction], ['outbound', 'inbound'])
  })

  it('leaves the protocol to be negotiated, whatever is asked for', async () => {
    const { a, b } = ends()
    const [local, remote] = await open(a, b, { protocol: '/test/1' })
    assert.deepEqual([local.protocol, remote.protocol], ['', ''])
  })

  it('honours the options of a stream over those of the muxer', async () => {
    const { a, b } = ends({ streamOptions: { maxWriteBufferLength: 1_000_000 } })
    const [local, remote] = await open(a, b, { maxWriteBufferLength: 500_000, maxReadBufferLength: 200_000 })
    assert.equal(local.maxWriteBufferLength, 500_000)
    assert.equal(local.maxReadBufferLength, 200_000)
    assert.equal(remote.maxWriteBufferLength, 1_000_000)
  })

  it('refuses more than maxInboundStreams, and takes more when one has ended', async () => {
    const { a, b } = ends({ maxInboundStreams: 2 })
    const [first] = await open(a, b)
    await open(a, b)
    const third = await a.createStream()
    assert.equal((await event<Closed>(third, 'close')).error?.name, 'StreamResetError')
    assert.lengthOf(b.streams, 2)
    first.abort(new Error('enough'))
    await open(a, b)
  })

  it('rejects more than maxOutboundStreams of its own, and opens more when one has ended', async () => {
    const { a, b } = ends({ maxOutboundStreams: 1 })
    const [first] = await open(a, b)
    assert.equal((await failure(a.createStream())).name, 'TooManyOutboundProtocolStreamsError')
    first.abort(new Error('enough'))
    await open(a, b)
  })

  it('rejects when the signal has aborted', async () => {
    const { a } = ends()
    assert.equal((await failure(a.createStream({ signal: AbortSignal.abort(new Error('no')) }))).message, 'no')
    assert.lengthOf(a.streams, 0)
  })

  it('keeps early streams, with what came on them, for who listens later', async () => {
    const { a, b } = ends()
    const locals = await Promise.all([a.createStream(), a.createStream()])
    for (const stream of locals) await pour(stream, 100)
    await quiet()
    const early: MuxadoStream[] = []
    b.addEventListener('stream', ({ detail }) => { early.push(detail) })
    await until('both came', () => early.length === 2)
    assert.deepEqual(await Promise.all(early.map(drink)), [100, 100])
  })

  it('closes the connection when there are more than maxEarlyStreams, not only the muxer', async () => {
    const { a, b, connB } = ends({ maxEarlyStreams: 3 })
    const closed = event<Closed>(connB, 'close')
    for (let i = 0; i < 4; i++) await a.createStream()
    assert.equal((await closed).error?.name, 'MaxEarlyStreamsError')
    assert.equal(connB.status, 'aborted')
    assert.equal(b.status, 'closed')
    await until('the peer has no streams', () => a.streams.length === 0)
  })
})

describe('MuxadoMuxer bytes', () => {
  it('takes them in any pieces', async () => {
    const [connA, connB] = multiaddrConnectionPair({ capacity: 1_000_000, chunkSize: 1 })
    const a = muxado()().createStreamMuxer(connA)
    const b = muxado()().createStreamMuxer(connB)
    const [local, remote] = await open(a, b)
    const poured = pour(local, 3_000, 700)
    assert.equal(await drink(remote), 3_000)
    await poured
  })

  it('sends frames of at most maxMessageSize', async () => {
    const { a, b } = ends({ maxMessageSize: 1_000 })
    const [local, remote] = await open(a, b)
    const poured = pour(local, 10_000)
    for await (const data of remote) assert.isAtMost(data.byteLength, 1_000)
    await poured
  })

  it('ends the connection at garbage, and every stream with an error', async () => {
    const { a, b, connA, connB } = ends()
    const [, remote] = await open(a, b)
    const reading = failure(drink(remote))
    const closed = event<Closed>(connB, 'close')
    connA.send(new Uint8Array(64)) // a frame on stream 0
    assert.property((await closed).error, 'code')
    assert.equal(connB.status, 'aborted')
    assert.notEqual((await reading).message, 'it did not fail')
  })

  it('shares a full connection among streams, and wakes only those with credit when it drains', async () => {
    const [connA, connB] = multiaddrConnectionPair({ capacity: 3 })
    const a = muxado()().createStreamMuxer(connA)
    const b = muxado()().createStreamMuxer(connB)
    const [stuck] = await open(a, b)
    fill(stuck)
    await quiet()
    let woken = 0
    stuck.addEventListener('drain', () => { woken++ })
    let drains = 0
    connA.addEventListener('drain', () => { drains++ })
    const pairs = [await open(a, b), await open(a, b)]
    const poured = pairs.map(async ([local]) => { await pour(local, 400_000) })
    assert.deepEqual(await Promise.all(pairs.map(async ([, remote]) => drink(remote))), [400_000, 400_000])
    await Promise.all(poured)
    assert.isAbove(drains, 0)
    assert.equal(woken, 0)
    assert.isTrue(stuck.writableNeedsDrain)
  })
})

describe('MuxadoMuxer batches', () => {
  const { now } = performance
  afterEach(() => { performance.now = now })

  it('hand over half a MiB to a connection that drains at once, a frame to one that is slow', async () => {
    const { a, b, connA, connB } = ends()
    let clock = 0
    let takesMs = 0
    performance.now = () => clock
    const sizes: number[] = []
    connA.send = (data) => {
      sizes.push(data.byteLength)
      queueMicrotask(() => {
        connB.dispatchEvent(new StreamMessageEvent(data))
        clock += takesMs
        connA.dispatchEvent(new Event('drain'))
      })
      return false
    }
    const [local, remote] = await open(a, b)
    remote.addEventListener('message', () => {})
    const transfer = async (): Promise<number | undefined> => {
      for (let i = 0; i < 100; i++) if (!local.send(new Uint8Array(65_536))) await local.onDrain()
      return sizes.at(-1)
    }
    assert.equal(await transfer(), 8 * 65_544)
    takesMs = 5
    assert.equal(await transfer(), 65_544)
    takesMs = 2
    assert.equal(await transfer(), 65_544, 'neither fast nor slow: it stays')
  })
})

describe('MuxadoMuxer ends', () => {
  it('fails streams with the error of a connection that is cut', async () => {
    const { a, b, connB } = ends()
    const [local, remote] = await open(a, b)
    local.send(Uint8Array.of(0))
    const reading = failure(drink(remote))
    await quiet()
    connB.abort(new Error('cable gone'))
    assert.equal((await reading).message, 'cable gone')
    assert.equal(remote.status, 'aborted')
    await until('the other end knows', () => a.streams.length === 0)
    assert.equal(local.status, 'aborted')
  })

  it('fails streams without FIN also when the connection closes in good order', async () => {
    const { a, b, connA } = ends()
    const [, remote] = await open(a, b)
    const reading = failure(drink(remote))
    await connA.close()
    assert.equal((await reading).name, 'ConnectionClosedError')
  })

  it('leaves what a finished stream holds to its reader when the connection goes', async () => {
    const { a, b, connA } = ends()
    const [local, remote] = await open(a, b)
    await pour(local, 20_000)
    await until('FIN', () => remote.remoteWriteStatus === 'closed')
    const closed = event(remote, 'close')
    connA.abort(new Error('cable gone'))
    await closed
    assert.equal(await drink(remote), 20_000)
  })

  it('throws nothing at frames that come due when the connection is closing', async () => {
    const { a, b, connA, connB } = ends()
    const [local, remote] = await open(a, b)
    fill(local)
    await quiet()
    const closing = connB.close()
    // Credit, RST, a FIN, a new stream and GOAWAY, all too late.
    const iterator = remote[Symbol.asyncIterator]()
    await iterator.next()
    remote.abort(new Error('late'))
    void b.createStream().catch(() => {})
    b.abort(new Error('later'))
    await closing
    await connA.close()
    await quiet()
    assert.deepEqual([a.status, b.status], ['closed', 'closed'])
  })

  it('closes streams, and resolves when the peer has said goodbye', async () => {
    const { a, b } = ends()
    const [local, remote] = await open(a, b)
    local.send(new Uint8Array(10))
    const since = performance.now()
    await a.close()
    assert.equal(remote.remoteWriteStatus, 'closed')
    assert.equal(b.status, 'closing')
    assert.isBelow(performance.now() - since, 400)
    assert.equal((await failure(b.createStream())).name, 'MuxerClosedError')
    assert.equal((await failure(a.createStream())).name, 'MuxerClosedError')
    await b.close()
    assert.deepEqual([a.status, b.status], ['closed', 'closed'])
    assert.lengthOf(a.streams, 0)
  })

  it('waits until the peer has received everything before it resolves close', async () => {
    const { a, b } = ends()
    const [local, remote] = await open(a, b)
    remote.pause()
    local.send(new Uint8Array(60_000))
    await a.close()
    assert.equal(remote.readBufferLength, 60_000)
  })

  it('waits for a goodbye half a second and no longer', async () => {
    const [connA] = multiaddrConnectionPair()
    const a = muxado()().createStreamMuxer(connA)
    const since = performance.now()
    await a.close()
    assert.isAbove(performance.now() - since, 450)
    assert.equal(a.status, 'closed')
  })

  it('resets what a peer does not read rather than wait for ever', async () => {
    const { a, b } = ends()
    const [local, remote] = await open(a, b)
    fill(local)
    await a.close()
    assert.equal(local.status, 'aborted')
    await until('the peer knows', () => remote.status === 'reset')
  })

  it('rejects close with the reason of its signal, listening to it once however many streams there are', async () => {
    const { a, b } = ends()
    for (let i = 0; i < 20; i++) fill((await open(a, b))[0])
    const controller = new AbortController()
    let listeners = 0
    const add = controller.signal.addEventListener.bind(controller.signal)
    controller.signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++
      add(...args)
    }
    const closing = failure(a.close({ signal: controller.signal }))
    controller.abort(new Error('no time'))
    assert.equal((await closing).message, 'no time')
    assert.isAtMost(listeners, 2)
    a.abort(new Error('then so'))
    assert.equal(a.status, 'closed')
    await a.close()
  })

  it('resets all streams on abort, and says goodbye', async () => {
    const { a, b } = ends()
    const [local, remote] = await open(a, b)
    a.abort(new Error('enough'))
    a.abort(new Error('twice'))
    assert.equal(local.status, 'aborted')
    assert.equal((await event<Closed>(remote, 'close')).error?.name, 'StreamResetError')
    await until('the peer opens no more', () => b.status === 'closing')
  })
})

describe('MuxadoMuxer heartbeat', () => {
  it('measures the time there and back, also where the peer does not ask', async () => {
    const { a, b } = ends({ heartbeat: { intervalMs: 5 } }, {})
    await until('an answer', () => a.rtt !== undefined)
    assert.isAtLeast(a.rtt ?? -1, 0)
    assert.isUndefined(b.rtt)
    assert.lengthOf(a.streams, 0)
    assert.lengthOf(b.streams, 0)
    a.abort(new Error('enough'))
  })

  it('aborts the connection when the peer is silent', async () => {
    const [connA] = multiaddrConnectionPair()
    const a = muxado({ heartbeat: { intervalMs: 5, toleranceMs: 20 } })().createStreamMuxer(connA)
    const stream = await a.createStream()
    const { error } = await event<Closed>(connA, 'close')
    assert.propertyVal(error, 'code', 'SESSION_HEARTBEAT')
    assert.equal(stream.status, 'aborted')
    assert.equal(a.status, 'closed')
  })

  it('asks with libp2p\'s own rhythm when it is only switched on', async () => {
    const { a, b } = ends({ heartbeat: true })
    await open(a, b)
    await Promise.all([a.close(), b.close()])
    assert.isUndefined(a.rtt)
  })
})

describe('streams that nobody reads', () => {
  it('are not reset for it, even where core would do so by default', async () => {
    const { a, b } = ends()
    const pairs: MuxadoStream[][] = []
    for (let i = 0; i < 1_000; i++) pairs.push(await open(a, b))
    for (let i = 0; i < 50; i++) pairs.push((await open(b, a)).reverse())
    const chunk = new Uint8Array(65_536)
    for (const [sender] of pairs) sender?.send(chunk)
    // The type of a stream took four bytes of its window
    await until('everything has come, or not', () => pairs.every(([, reader]) => reader?.status !== 'open' || reader.readBufferLength >= 65_532), 20)
    assert.isAbove(pairs.length * chunk.length, 67_108_864)
    assert.deepEqual(new Set(pairs.flat().map(({ status }) => status)), new Set(['open']))
    a.abort(new Error('enough'))
  })
})

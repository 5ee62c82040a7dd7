// Runs in Node and in pages.
import { MuxadoError, type Session } from '@muxado/session'
import { bearer, connect, dialWebSocket, fromWebSocket, tokenIn, webSocketStream, wireOf, type Dial } from '@muxado/websocket'
import { assert } from 'chai'
import { KIND, sum, textOf } from '../../../test/support/stream-kinds.ts'
import { collect, pattern, settled } from '../../../test/support/transport-contract.ts'
import { can, Socket, testServer } from './support.ts'

describe('connect', function () {
  this.timeout(20_000)
  const { url } = testServer()
  const sessions: Session[] = []
  const open = async (...[path, options]: Parameters<typeof connect>): Promise<Session> => {
    const session = await connect(path, { WebSocket: Socket, ...options })
    sessions.push(session)
    return session
  }
  afterEach(() => {
    for (const session of sessions.splice(0)) session.abort()
  })

  for (const wire of [1, 2] as const) {
    it(`carries streams both ways in wire ${wire}`, async () => {
      const session = await open(url('/muxado'), { wire })
      const bytes = pattern(300_000, wire)
      const sink = session.open({ type: KIND.sink })
      const echo = session.open({ type: KIND.echo, priority: 1 })
      const echoed = textOf(echo)
      await Promise.all([sink.closeWrite(bytes.slice()), echo.closeWrite(new TextEncoder().encode('hello'))])
      assert.equal(await echoed, 'hello')
      assert.equal(await textOf(sink), `${bytes.byteLength} ${sum(bytes)}`)
      const source = session.open({ type: KIND.source })
      await source.closeWrite(new TextEncoder().encode('1000000'))
      let length = 0
      for await (const chunk of source) length += chunk.byteLength
      assert.equal(length, 1_000_000)
    })
  }

  it('uses WebSocketStream where it exists and is asked for', async () => {
    const session = await open(url('/muxado'), { dial: webSocketStream })
    const bytes = pattern(3_000_000, 1)
    const sink = session.open({ type: KIND.sink })
    const source = session.open({ type: KIND.source })
    await Promise.all([sink.closeWrite(bytes.slice()), source.closeWrite(new TextEncoder().encode('3000000'))])
    let length = 0
    for await (const chunk of source) length += chunk.byteLength
    assert.equal(length, 3_000_000)
    assert.equal(await textOf(sink), `${bytes.byteLength} ${sum(bytes)}`)
    await session.close()
    assert.isUndefined((await session.closed).error)
    if ('WebSocketStream' in globalThis) console.log('        by WebSocketStream')
  })

  it('ends cleanly and at once, without waiting for anything to time out', async () => {
    const session = await open(url('/muxado'))
    await session.close()
    const end = await session.closed
    assert.deepEqual([end.error, end.reason, end.local], [undefined, 'none', true])
  })

  it('takes an http url', async () => {
    const session = await open(new URL(url('/muxado').replace(/^ws/, 'http')))
    assert.match(session.remoteAddress ?? '', /^ws:/)
  })

  it('rejects when nobody listens, and says that another try may help', async () => {
    const error = await settled(open('ws://127.0.0.1:9/muxado'))
    assert.instanceOf(error, MuxadoError)
    assert.deepInclude(error, { code: 'SESSION_TRANSPORT', retryable: true })
    assert.match(error.message, /cannot connect to ws:\/\/127\.0\.0\.1:9\/muxado: /)
  })

  it('rejects when the path is not served', async () => {
    const error = await settled(open(url('/nowhere')))
    assert.deepInclude(error as MuxadoError, { code: 'SESSION_TRANSPORT' })
    if (!can.page) assert.match(error?.message ?? '', /404/)
  })

  it('refuses a server that chooses a foreign sub-protocol, or none', async () => {
    for (const chosen of ['chat', '']) {
      const error = await settled(open(url(`/silent?choose=${chosen}`)))
      assert.deepInclude(error as MuxadoError, { code: 'SESSION_TRANSPORT' })
    }
    // What a socket lets through that does not look at the sub-protocol itself
    const lax = class extends Socket {
      constructor (to: string) { super(to, []) }
    }
    const error = await settled(connect(url('/silent'), { WebSocket: lax }))
    assert.match(error?.message ?? '', /the server chose no sub-protocol, it does not speak muxado/)
  })

  it('gives up by signal, and after a while', async () => {
    const reason = new Error('enough')
    assert.equal(await settled(open(url('/muxado'), { signal: AbortSignal.abort(reason) })), reason)
    const giving = new AbortController()
    const opening = open(url('/muxado'), { signal: giving.signal })
    giving.abort(reason)
    assert.equal(await settled(opening), reason)
    const never = class extends Socket {
      override addEventListener (): void {}
    }
    const error = await settled(connect(url('/muxado'), { WebSocket: never, connectTimeoutMs: 20 }))
    assert.match(error?.message ?? '', /no connection within 20 ms/)
  })

  it('tells an option that no session takes, and leaves no connection behind', async () => {
    const error = await settled(open(url('/muxado'), { window: -1 }))
    assert.deepInclude(error as MuxadoError, { code: 'API_ARGUMENT' })
  })

  for (const [what, path, text] of [
    ['the peer failed', '/close?code=4011&reason=PEER_EOF: oh', /the peer failed \(4011 PEER_EOF: oh\)/],
    ['restarts', '/close?code=1012', /the peer restarts \(1012\)/],
    ['is overloaded', '/close?code=1013', /overloaded \(1013\)/],
    ['got too large a message', '/close?code=1009', /lower maxMessage \(1009\)/],
    ['knows what we do not', '/close?code=4999', /closed \(4999\)/],
    ['hangs up without a word', '/close', /the connection was lost \(1006\)/],
    ['is torn off in the middle of a message', '/torn', /the connection was lost \(1006\)/]
  ] as const) {
    it(`fails everything when the peer ${what}`, async () => {
      // Chromium 156 crashes when a WebSocketStream is cut off
      for (const dial of path.includes('code') ? [dialWebSocket, webSocketStream] : [dialWebSocket]) await fails(dial)
    })

    const fails = async (dial: Dial): Promise<void> => {
      const session = await open(url(path), { dial })
      const stream = session.open()
      const waits = [settled(stream.read()), settled(session.accept()), settled(stream.write(pattern(10_000_000, 1)))]
      const { error } = await session.closed
      assert.equal(error?.code, 'SESSION_TRANSPORT')
      assert.match(error?.message ?? '', text)
      for (const failure of await Promise.all(waits)) assert.instanceOf(failure, MuxadoError)
    }
  }

  it('tells code and reason of a close in the cause', async () => {
    const session = await open(url('/close?code=4321&reason=because'))
    const { error } = await session.closed
    assert.deepInclude(error?.cause, { closeCode: 4321, closeReason: 'because' })
  })

  for (const code of [1000, 1001]) {
    it(`takes ${code} for a clean end, unless streams are open`, async () => {
      const idle = await open(url(`/close?code=${code}`))
      assert.isUndefined((await idle.closed).error)
      const busy = await open(url(`/close?code=${code}`))
      const stream = busy.open()
      assert.equal((await busy.closed).error?.code, 'PEER_EOF')
      assert.equal((await stream.closed)?.code, 'PEER_EOF')
    })
  }

  it('refuses text, and messages over the limit', async () => {
    const text = await open(url('/text'))
    assert.match((await text.closed).error?.message ?? '', /only binary/)
    const fits = fromWebSocket(new Socket(url('/huge?size=1000'), []), { maxReceive: 1000 })
    const iterator = fits.source[Symbol.asyncIterator]()
    assert.equal((await iterator.next()).value?.byteLength, 1000)
    fits.abort()
    const huge = fromWebSocket(new Socket(url('/huge?size=1001'), []), { maxReceive: 1000 })
    assert.match((await settled(collect(huge.source)))?.message ?? '', /a message of 1001 bytes came: at most 1000 are taken/)
  })

  it('settles every promise when the server dies', async () => {
    const session = await open(url('/muxado'))
    const stream = session.open({ type: KIND.unread })
    await stream.write(pattern(1000, 1))
    const waits = [settled(stream.read()), settled(session.accept()), settled(stream.write(pattern(10_000_000, 1))), settled(stream.closeWrite())]
    session.open({ type: KIND.crash })
    for (const failure of await Promise.all(waits)) assert.instanceOf(failure, Error)
    await session.closed
  })

  it('finds out by its heartbeat that nobody is there', async () => {
    const session = await open(url('/silent'), { heartbeat: { intervalMs: 20, toleranceMs: 50 } })
    const stream = session.open()
    const reading = settled(stream.read())
    const { error } = await session.closed
    assert.equal(error?.code, 'SESSION_HEARTBEAT')
    assert.deepInclude(await reading as MuxadoError, { code: 'SESSION_HEARTBEAT' })
  })
})

describe('bearer', () => {
  it('carries any text through a sub-protocol', () => {
    for (const token of ['', 'a', 'ab', 'abc', 'open sesame?/+', 'schlüssel 🗝', String.fromCharCode(...Array(256).keys())]) {
      assert.match(bearer(token), /^muxado\.bearer\.[\w-]*$/)
      assert.equal(tokenIn(['muxado.v1', bearer(token), 'x']), token)
    }
  })

  it('finds no token where there is none', () => {
    assert.isUndefined(tokenIn(['muxado.v1', 'other']))
    assert.isUndefined(tokenIn(['muxado.bearer.%%%']))
    assert.isUndefined(tokenIn(['muxado.bearer._w']))
  })
})

describe('wireOf', () => {
  it('knows the two dialects and nothing else', () => {
    assert.deepEqual(['muxado.v1', 'muxado.v2', 'muxado.v3', ''].map(wireOf), [1, 2, undefined, undefined])
  })
})

import { MuxadoError } from '@muxado/session'
import { fromWebSocket } from '@muxado/websocket'
import { assert } from 'chai'
import { once } from 'node:events'
import { collect, pattern, settled, still, transportContract, turn, until } from '../../../test/support/transport-contract.ts'
import { socketPair, type SocketPair } from './support.ts'

transportContract('a pair of ws sockets', async () => {
  const { client, server, close } = await socketPair()
  return { a: fromWebSocket(client), b: fromWebSocket(server), close }
})

describe('fromWebSocket', () => {
  let pair: SocketPair
  beforeEach(async () => { pair = await socketPair() })
  afterEach(() => {
    pair.client.terminate()
    pair.server.terminate()
    pair.close()
  })

  it('joins the parts of a flush and cuts them to messages of at most maxMessage', async () => {
    const sizes: number[] = []
    pair.server.on('message', (data) => { sizes.push((data as Buffer).byteLength) })
    const { sink } = fromWebSocket(pair.client, { maxMessage: 1000 })
    const { Uint8ArrayList } = await import('uint8arraylist')
    void sink((async function * () {
      yield new Uint8ArrayList(pattern(8, 1), pattern(500, 2), pattern(8, 3))
      yield pattern(1000, 4)
      yield new Uint8ArrayList(pattern(8, 1), pattern(1000, 2))
      yield pattern(2500, 5)
    })())
    await until(() => sizes.at(-1) === 0)
    assert.deepEqual(sizes, [516, 1000, 504, 504, 834, 834, 832, 0])
  })

  it('holds no more than highWater and a flush in the socket', async () => {
    pair.server.pause()
    let most = 0
    const { sink } = fromWebSocket(pair.client, { highWater: 200_000, lowWater: 1000 })
    let pulled = 0
    void settled(sink((async function * () {
      for (;; pulled++) {
        most = Math.max(most, pair.client.bufferedAmount)
        yield pattern(65_536, 1)
      }
    })()))
    await still(() => pulled)
    assert.isBelow(most, 200_000 + 65_536)
    assert.isAbove(pair.client.bufferedAmount, 1000)
  })

  it('writes on when a message comes, in a socket that has no event for room', async () => {
    const listeners = new Map<string, (event: object) => void>()
    const sent: number[] = []
    const socket = {
      readyState: 1, protocol: '', bufferedAmount: 0, binaryType: '',
      send (data: Uint8Array) {
        sent.push(data.byteLength)
        socket.bufferedAmount += data.byteLength
      },
      close () {},
      addEventListener (type: string, listener: (event: never) => void) { listeners.set(type, listener as (event: object) => void) }
    }
    const transport = fromWebSocket(socket, { highWater: 10, lowWater: 5 })
    void settled(transport.sink((async function * () { for (;;) yield pattern(10, 1) })()))
    await until(() => sent.length === 1)
    socket.bufferedAmount = 0
    listeners.get('message')?.({ data: new ArrayBuffer(1) })
    await until(() => sent.length > 1)
    socket.bufferedAmount = 0
    await until(() => sent.length > 2) // the timer finds it as well
    assert.equal(socket.binaryType, 'arraybuffer')
    transport.abort()
  })

  it('bears a socket that always says that it holds nothing', async () => {
    let sent = 0
    const socket = {
      readyState: 1, protocol: '', bufferedAmount: 0, binaryType: '', send () { sent++ }, close () {}, addEventListener () {}
    }
    await fromWebSocket(socket).sink((async function * () { for (let i = 0; i < 1000; i++) yield pattern(1000, i) })())
    assert.equal(sent, 1001)
  })

  it('closes with what went wrong, and the peer reads it', async () => {
    for (const [error, code, text] of [
      [new MuxadoError('PEER_PROTOCOL', 'a frame of type 9', { reason: 'protocol' }), 4002, 'PEER_PROTOCOL: a frame of type 9'],
      [new MuxadoError('SESSION_HEARTBEAT', 'silence', { reason: 'none' }), 4006, 'SESSION_HEARTBEAT: silence'],
      [new MuxadoError('PEER_EXCESS', 'too much', { reason: 'calm' }), 4008, 'PEER_EXCESS: too much'],
      [new MuxadoError('SESSION_CLOSED', 'é'.repeat(100), { reason: 77 }), 4000, `SESSION_CLOSED: ${'é'.repeat(53)}`],
      [new Error('a secret'), 4000, ''],
      [undefined, 4000, '']
    ] as const) {
      const { client, server, close } = await socketPair()
      const [a, b] = [fromWebSocket(client), fromWebSocket(server)]
      const reading = settled(collect(b.source))
      a.abort(error)
      assert.deepInclude(await reading as object, { closeCode: code, closeReason: text })
      close()
    }
  })

  it('closes with 1000 once it has said all, although the peer has not', async () => {
    const a = fromWebSocket(pair.client)
    const closed = once(pair.server, 'close')
    await a.sink((async function * () { yield pattern(3, 1) })())
    a.abort()
    assert.deepEqual((await closed)[0], 1000)
  })

  it('cuts a connection whose peer does not answer the close', async () => {
    const a = fromWebSocket(pair.client)
    pair.server.pause()
    a.abort()
    const [code] = await once(pair.client, 'close') as [number]
    assert.equal(code, 1006)
  })

  it('bears a peer that closes with 1000 and knows nothing of empty messages', async () => {
    const a = fromWebSocket(pair.client)
    const reading = collect(a.source)
    pair.server.send(pattern(10, 1))
    pair.server.close(1000)
    assert.equal((await reading).byteLength, 10)
    assert.match((await settled(a.sink((async function * () { yield pattern(1, 1) })())))?.message ?? '', /1000/)
  })

  it('resolves a sink that has said all when the peer closes before room is seen', async () => {
    const listeners = new Map<string, (event: object) => void>()
    const socket = {
      readyState: 1, protocol: '', bufferedAmount: 7, binaryType: '', send () {}, close () {},
      addEventListener (type: string, listener: (event: never) => void) { listeners.set(type, listener as (event: object) => void) }
    }
    const transport = fromWebSocket(socket)
    const writing = transport.sink((async function * () { yield pattern(1, 1) })())
    await turn()
    listeners.get('close')?.({ code: 1000, reason: '' })
    await writing
  })

  it('fails at once over a socket that is closed', async () => {
    pair.client.terminate()
    await once(pair.client, 'close')
    assert.match((await settled(collect(fromWebSocket(pair.client).source)))?.message ?? '', /closed/)
  })

  it('keeps what came before anybody read, and pauses a ws socket then', async () => {
    const b = fromWebSocket(pair.server)
    for (let i = 0; i < 100; i++) pair.client.send(pattern(65_536, i))
    await until(() => pair.server.isPaused)
    pair.client.send(new Uint8Array(0))
    assert.equal((await collect(b.source)).byteLength, 100 * 65_536)
    assert.isFalse(pair.server.isPaused)
  })

  it('refuses sizes that cannot be', () => {
    for (const options of [{ maxMessage: 0 }, { lowWater: -1 }, { highWater: 1, lowWater: 2 }, { maxMessage: NaN }]) {
      assert.throws(() => { fromWebSocket(pair.client, options) }, MuxadoError, /out of range/)
    }
  })
})

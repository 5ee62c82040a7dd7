import type { Bytes, Session } from '@muxado/session'
import { dialWebSocket, type Dial } from '@muxado/websocket'
import { connect, listen, type Listener } from '@muxado/websocket/node'
import { assert } from 'chai'
import { WebSocket as WsSocket } from 'ws'
import { Pacer } from '../src/pace.ts'
import { serveStream, KIND, sum, textOf } from '../../../test/support/stream-kinds.ts'
import { pattern, still } from '../../../test/support/transport-contract.ts'

const FLUSH = 131_072

describe('Pacer', () => {
  const { now } = performance
  let time = 1_000
  beforeEach(() => { performance.now = () => time })
  afterEach(() => { performance.now = now })

  /** A pacer that has sent `marks` marks, and how to send a flush with it. */
  function started (): { pacer: Pacer, flush: () => Promise<void> | undefined, marks: () => number } {
    const pacer = new Pacer()
    let marks = 0
    pacer.start(() => { marks++ })
    const flush = (): Promise<void> | undefined => {
      pacer.flushing(FLUSH)
      return pacer.flushed()
    }
    return { pacer, flush, marks: () => marks }
  }

  it('never waits while nobody has told it how to mark, or nobody has echoed', () => {
    const alone = new Pacer()
    const { flush, marks } = started()
    for (let i = 0; i < 100; i++) {
      alone.flushing(FLUSH)
      assert.isUndefined(alone.flushed())
      assert.isUndefined(flush())
    }
    assert.equal(marks(), 100)
  })

  it('marks about each 128 KiB, whatever the flushes', () => {
    const { pacer, marks } = started()
    for (let i = 0; i < 1024; i++) {
      pacer.flushing(1024)
      void pacer.flushed()
    }
    assert.equal(marks(), 8)
  })

  it('waits when more is on its way than the path carries in two round trips and 1 ms, and goes on with each echo', async () => {
    const { pacer, flush } = started()
    void flush()
    time += 10
    pacer.echo() // 128 KiB in 10 ms: 13 KiB a millisecond, which is 269 KiB in 21 ms
    assert.isUndefined(flush())
    assert.isUndefined(flush())
    const third = flush()
    assert.isDefined(third)
    time += 10
    pacer.echo()
    await third
  })

  it('lets more go as more arrives in the same time', async () => {
    const { pacer, flush } = started()
    void flush()
    time += 10
    pacer.echo()
    let most = 0
    for (let round = 0; round < 6; round++) {
      let count = 0
      let full
      while (full === undefined) {
        full = flush()
        count++
      }
      most = Math.max(most, count)
      time += 10
      for (let i = 0; i < count; i++) pacer.echo()
      await full
    }
    assert.isAbove(most, 10)
  })

  it('does not take a path for faster because its echoes come in bursts', async () => {
    const { pacer, flush } = started()
    void flush()
    time += 10
    pacer.echo() // 128 KiB in 10 ms, which is 269 KiB in 21 ms
    for (let round = 0; round < 10; round++) {
      assert.isUndefined(flush())
      time += 20
      assert.isUndefined(flush())
      const full = flush()
      assert.isDefined(full)
      time += 10 // what had arrived is told of at once: three in 30 ms, as fast as before
      for (let i = 0; i < 3; i++) pacer.echo()
      await full
    }
  })

  it('measures the shortest round trip anew every ten seconds, on an empty way', async () => {
    const { pacer, flush } = started()
    void flush()
    time += 1
    pacer.echo()
    time += 10_001
    const draining = flush()
    assert.isDefined(draining)
    pacer.echo()
    await draining
    const measuring = flush()
    time += 1
    pacer.echo()
    await measuring
    assert.isUndefined(flush())
  })

  it('ignores an echo that nobody asked for', () => {
    new Pacer().echo()
  })
})

/** A socket as browsers have it: nothing of what only `ws` can. */
class PlainSocket {
  readonly #ws: WsSocket
  binaryType = ''
  constructor (url: string, protocols: string[]) {
    this.#ws = new WsSocket(url, protocols, { perMessageDeflate: false })
    this.#ws.binaryType = 'arraybuffer'
  }

  get readyState (): number { return this.#ws.readyState }
  get protocol (): string { return this.#ws.protocol }
  get bufferedAmount (): number { return this.#ws.bufferedAmount }
  send (data: Uint8Array): void { this.#ws.send(data) }
  close (code?: number, reason?: string): void { this.#ws.close(code, reason) }
  addEventListener (type: string, listener: (event: never) => void): void { this.#ws.addEventListener(type as 'open', listener as () => void) }
}

describe('pacing', function () {
  this.timeout(20_000)
  const sessions: Session[] = []
  const listeners: Listener[] = []
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.abort()
    for (const listener of listeners.splice(0)) await listener.close()
  })

  for (const [name, options] of [['over ws', {}], ['over a socket like those of browsers', { WebSocket: PlainSocket }]] as const) {
    for (const wire of [1, 2] as const) {
      it(`carries bulk both ways at once ${name}, in wire ${wire}`, async () => {
        const listener = await listen({ host: '127.0.0.1' })
        listeners.push(listener)
        const client = await connect(listener.url, { wire, ...options })
        const server = await listener.accept()
        sessions.push(client, server)
        void (async () => { for await (const stream of server) void serveStream(stream) })()
        const size = 8 * 1_048_576
        await Promise.all(Array.from({ length: 2 }, async (_, index) => {
          const up = client.open({ type: KIND.sink })
          const down = client.open({ type: KIND.source })
          const bytes = pattern(size, index)
          const answer = `${size} ${sum(bytes)}`
          await down.closeWrite(new TextEncoder().encode(String(size)))
          const downloading = (async () => {
            let length = 0
            for await (const chunk of down) length += chunk.byteLength
            return length
          })()
          await up.closeWrite(bytes)
          assert.equal(await textOf(up), answer)
          assert.equal(await downloading, size)
        }))
      })
    }
  }

  it('flushes no more at once than a frame and what little is queued, so that not much is ahead of an urgent stream', async () => {
    const listener = await listen({ host: '127.0.0.1' })
    listeners.push(listener)
    let largest = 0
    const dial: Dial = async (...args) => {
      const { protocol, transport } = await dialWebSocket(...args)
      const sink = async (source: AsyncIterable<Bytes>): Promise<void> => {
        await transport.sink((async function * () {
          for await (const flush of source) {
            largest = Math.max(largest, flush.length)
            yield flush
          }
        })())
      }
      return { protocol, transport: { ...transport, sink } }
    }
    for (const wire of [1, 2] as const) {
      const client = await connect(listener.url, { wire, dial })
      sessions.push(client, await listener.accept())
      const stream = client.open({ type: KIND.sink })
      stream.write(new Uint8Array(1_048_576)).catch(() => {}) // nobody reads it
      await still(() => client.stats().bytesSent)
      assert.isAbove(largest, 60_000)
      assert.isBelow(largest, 70_000)
    }
  })

  it('does not keep a draining session open, and opens no stream where nobody would echo', async () => {
    for (const [opened, options] of [[2, {}], [1, { pace: false }], [0, { heartbeat: false }], [0, { wire: 2, typed: false }]] as const) {
      const listener = await listen({ host: '127.0.0.1', heartbeat: false, ...options, wires: [1, 2] })
      listeners.push(listener)
      const client = await connect(listener.url, { WebSocket: PlainSocket, ...options })
      const server = await listener.accept()
      sessions.push(client, server)
      assert.equal(client.stats().opened, opened)
      const stream = client.open()
      const closed = client.close({ drain: true })
      await stream.closeWrite()
      const other = await server.accept()
      await other.closeWrite()
      for (const end of [stream, other]) for await (const _ of end) assert.fail('nothing was sent')
      await closed
    }
  })
})

import { assert } from 'chai'
import { createSession, type Bytes, type Session, type Transport } from '@muxado/session'
import { bytes, collect, connect, Link, still, text } from './pair.ts'

/** A transport that notes each flush. */
function noted (transport: Transport): Transport & { readonly flushes: number[] } {
  const flushes: number[] = []
  return {
    ...transport,
    flushes,
    sink: async (source) => await transport.sink((async function * () {
      for await (const chunk of source) {
        flushes.push(chunk.byteLength)
        yield chunk
      }
    })())
  }
}

async function serve (session: Session, handle: (source: AsyncIterable<Bytes>) => AsyncIterable<Bytes>): Promise<void> {
  for await (const stream of session) stream.sink(handle(stream)).catch(() => {})
}

describe('the pump', () => {
  it('sends what is written in one turn in one flush', async () => {
    const link = new Link()
    const near = noted(link.client)
    const client = createSession(near, { role: 'client', heartbeat: false })
    await still(link)
    for (let i = 0; i < 5; i++) {
      const stream = client.open()
      stream.push(bytes(10))
      await stream.write(bytes(10_000))
      await stream.closeWrite()
    }
    await still(link)
    assert.lengthOf(near.flushes, 1)
  })

  it('sends an echo made by async iteration, its FIN and the credit in one flush', async () => {
    const link = new Link()
    const far = noted(link.server)
    const client = createSession(link.client, { role: 'client', heartbeat: false, window: 100 })
    const server = createSession(far, { role: 'server', heartbeat: false, window: 100 })
    void serve(server, async function * (source) { for await (const chunk of source) yield chunk })
    const stream = client.open()
    await stream.closeWrite(bytes(80))
    assert.equal((await collect(stream)).byteLength, 80)
    assert.lengthOf(far.flushes, 1)
  })

  it('leaves it to the transport when to flush', async () => {
    const link = new Link()
    const flushes: Array<() => void> = []
    const near = noted({ ...link.client, schedule: (flush) => { flushes.push(flush) } })
    const client = createSession(near, { role: 'client', heartbeat: false })
    await still(link)
    client.open().push(bytes(10))
    client.open().push(bytes(10))
    await still(link)
    assert.lengthOf(flushes, 1)
    assert.lengthOf(near.flushes, 0)
    flushes[0]?.()
    await still(link)
    assert.lengthOf(near.flushes, 1)
    client.open()
    assert.lengthOf(flushes, 2)
  })

  it('frames nothing before the transport pulls', async () => {
    const link = new Link({ room: 1 })
    const { client } = connect({}, link)
    link.toServer.hold()
    const stream = client.open()
    await stream.write(bytes(10_000))
    await still(link)
    const { bytesSent } = client.stats()
    const late = client.open()
    await stream.write(bytes(20_000))
    await late.write(bytes(10))
    await still(link)
    assert.equal(client.stats().bytesSent, bytesSent)
    assert.equal(client.stats().queued, 20_010)
  })

  it('lets writers go on as the transport takes what was queued, though nothing comes in', async () => {
    const { client, server } = connect({ maxQueued: 1_000, maxFrame: 1_000 })
    const streams = Array.from({ length: 10 }, () => client.open())
    await Promise.all(streams.map(stream => stream.closeWrite(bytes(20_000))))
    for (const stream of streams) {
      const far = await server.accept()
      assert.equal(far.id, stream.id)
      assert.equal((await collect(far)).byteLength, 20_000)
    }
  })

  it('reads on while its writing is stuck, so that two ends that both write do not lock up', async () => {
    const { client, server } = connect({}, new Link({ room: 1, chunk: 999 }))
    const far = serve(server, async function * (source) {
      yield bytes(300_000)
      for await (const chunk of source) yield chunk
    })
    const got = await Promise.all(Array.from({ length: 8 }, async () => {
      const stream = client.open()
      const [back] = await Promise.all([collect(stream), stream.closeWrite(bytes(300_000))])
      return back.byteLength
    }))
    assert.deepEqual(got, Array.from({ length: 8 }, () => 600_000))
    client.abort()
    await far
  })

  it('reads and writes in any chunking, in either dialect', async () => {
    for (const wire of [1, 2] as const) {
      for (const chunk of [1, 7, 1_000]) {
        const { client, server } = connect({ wire }, new Link({ chunk, room: 100 }))
        const far = serve(server, source => source)
        const data = bytes(5_000)
        const stream = client.open()
        const [back] = await Promise.all([collect(stream), stream.sink([data.subarray(0, 13), data.subarray(13)])])
        assert.deepEqual(back, data)
        client.abort()
        await far
      }
    }
  })

  it('takes lists from a transport', async () => {
    const { Uint8ArrayList } = await import('uint8arraylist')
    const link = new Link()
    const source = (async function * () {
      for await (const chunk of link.server.source) {
        const part = chunk.subarray(0, 5)
        yield new Uint8ArrayList(part, chunk.subarray(5))
      }
    })()
    const client = createSession(link.client, { role: 'client', heartbeat: false })
    const server = createSession({ ...link.server, source }, { role: 'server', heartbeat: false })
    await client.open().closeWrite(text('in parts'))
    assert.equal((await collect(await server.accept())).byteLength, 8)
  })
})

import v8 from 'node:v8'
import vm from 'node:vm'
import { assert } from 'chai'
import { createMachine } from '@muxado/core'
import { createSession, type Consumer } from '@muxado/session'
import { bytes, collect, connect, Link, peek, still } from './pair.ts'

v8.setFlagsFromString('--expose-gc')
const gc = vm.runInNewContext('gc') as () => void // the flag makes it

/** Bytes in use: objects on the heap, and buffers. */
async function used (): Promise<{ objects: number, buffers: number }> {
  for (let i = 0; i < 4; i++) {
    gc()
    await still()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { objects: heapUsed, buffers: arrayBuffers }
}

describe('memory', () => {
  it('holds at most a window of a stream that nobody reads', async () => {
    const { client, server, link } = connect()
    const writing = client.open().write(bytes(4 * 1_048_576))
    const far = await server.accept()
    await still(link)
    assert.equal(await peek(writing), 'pending')
    assert.equal((await far.read())?.byteLength, 65_536)
    writing.catch(() => {})
    client.abort()
  })

  it('is not stopped by 1,000 unread streams from serving the 1,001st', async () => {
    const window = 2_048
    const { client, server, link } = connect({ window, maxWindow: window })
    const unread = Array.from({ length: 1_000 }, () => client.open())
    for (const stream of unread) stream.write(bytes(10 * window)).catch(() => {})
    const far = await Promise.all(unread.map(() => server.accept()))
    await still(link)
    const [near, last] = [client.open(), await server.accept()]
    const [sent] = await Promise.all([collect(last), near.closeWrite(bytes(1_000_000))])
    assert.equal(sent.byteLength, 1_000_000)
    for (const stream of far) assert.equal((await stream.read())?.byteLength, window)
    client.abort()
  }).timeout(20_000)

  it('of a slow reader is bounded by its window plus one chunk, however little of each chunk is its own', async () => {
    const link = new Link({ room: 1, join: true })
    const { client, server } = connect({ maxWindow: 65_536 }, link)
    const [slow, fast] = [client.open({ priority: 1 }), client.open()]
    const slowFar = await server.accept()
    const drop: Consumer = { data: chunk => chunk.byteLength, end () {}, error () {} }
    const fastFar = await server.accept()
    fastFar.consume(drop)
    await still(link)
    const send = async (rounds: number): Promise<void> => {
      for (let i = 0; i < rounds; i++) {
        // One byte for the slow reader in each flush of 60 KiB, and a buffer of its own for each, as a socket's reads have
        slow.push(bytes(1))
        await fast.write(new Uint8Array(60_000))
        await still()
      }
      await still(link)
    }
    await send(50)
    const before = await used()
    await send(500)
    // The window, one chunk, and the block that the machine packs its frames into; pinned chunks would be 30 MB
    assert.isBelow((await used()).buffers - before.buffers, 65_536 + 60_000 + 65_536)
    assert.equal((await slowFar.read())?.byteLength, 550)
    client.abort()
  }).timeout(20_000)

  it('of small frames that are read at once is that of one piece, not of many views', async () => {
    const link = new Link({ join: true })
    const { client, server } = connect({ maxFrame: 1 }, link)
    const near = client.open()
    const far = await server.accept()
    const reading = far.read()
    await still(link)
    await near.closeWrite(bytes(1_000))
    await still(link)
    const lists = [await reading, await far.read()]
    const parts = lists.flatMap((list) => [...list ?? []])
    assert.equal(parts.reduce((sum, part) => sum + part.length, 0), 1_000)
    assert.isBelow(parts.length, 15)
    client.abort()
  })

  it('of a peer that does not read what is echoed to it is bounded, however little of each chunk is echoed', async () => {
    const link = new Link({ room: 1, join: true })
    // The window is large, since the client gets no credit back either
    const { client, server } = connect({ window: 2 ** 26, maxWindow: 2 ** 26 }, link)
    const [echoed, dropped] = [client.open({ priority: 1 }), client.open()]
    const far = await server.accept()
    far.sink(far).catch(() => {})
    const drop: Consumer = { data: chunk => chunk.byteLength, end () {}, error () {} }
    ;(await server.accept()).consume(drop)
    await still(link)
    link.toClient.hold()
    const send = async (rounds: number): Promise<void> => {
      for (let i = 0; i < rounds; i++) {
        echoed.push(bytes(1))
        dropped.push(new Uint8Array(60_000))
        await still()
      }
      await still(link)
    }
    await send(50)
    const before = await used()
    await send(500)
    // A chunk or two; pinned chunks would be 30 MB
    assert.isBelow((await used()).buffers - before.buffers, 4 * 60_000)
    client.abort()
  }).timeout(20_000)

  it('of bytes that were written one by one and wait is little more than they are', async () => {
    const machine = createMachine({ role: 'client' })
    const ids = Array.from({ length: 10 }, () => machine.open())
    const before = await used()
    for (let round = 0; round < 20_000; round++) {
      for (const id of ids) machine.send(id, new Uint8Array(1))
    }
    const after = await used()
    // Each by itself would cost some 120
    assert.isBelow((after.objects + after.buffers - before.objects - before.buffers) / 200_000, 10)
    assert.equal(machine.queued, 200_000)
  }).timeout(20_000)

  it('costs an idle stream less than 700 bytes, core included', async () => {
    const link = new Link()
    const client = createSession(link.client, { role: 'client', heartbeat: false })
    link.toServer.hold()
    void (async () => { for await (const chunk of link.server.source) assert.isDefined(chunk) })()
    link.toServer.release()
    const open = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) client.open()
      await still(link)
    }
    await open(1_000)
    const before = await used()
    await open(16_000)
    const after = await used()
    const each = (after.objects + after.buffers - before.objects - before.buffers) / 16_000
    assert.isBelow(each, 700)
    assert.equal(client.stats().streams, 17_000)
  })
})

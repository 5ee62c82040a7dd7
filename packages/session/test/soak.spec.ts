// Many streams, every way to read and to write them, over links of any chunking and room: what goes in comes out, and nothing stalls.
import { assert } from 'chai'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Session, Stream } from '@muxado/session'
import { bytes, connect, join, Link, turn } from './pair.ts'

type Random = (below: number) => number

/** A small generator, so that a seed replays. */
function random (seed: number): Random {
  let state = seed
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0
    return ((state ^ (state >>> 13)) >>> 0) % below
  }
}

/** The data in pieces of any size, now and then empty. */
function * pieces (data: Uint8Array, next: Random): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < data.byteLength;) {
    const size = next(4) === 0 ? next(3) : next(9_000)
    yield data.subarray(at, at + size)
    at += size
  }
}

const writers: Array<(stream: Stream, data: Uint8Array, next: Random) => Promise<void>> = [
  async (stream, data, next) => {
    for (const piece of pieces(data, next)) await stream.write(piece)
    await stream.closeWrite()
  },
  async (stream, data, next) => {
    for (const piece of pieces(data, next)) void stream.write(new Uint8ArrayList(piece.subarray(0, 1), piece.subarray(1)))
    await stream.closeWrite()
  },
  async (stream, data, next) => { await stream.sink(pieces(data, next)) },
  async (stream, data, next) => {
    await stream.sink((async function * () {
      for (const piece of pieces(data, next)) {
        if (next(3) === 0) await turn()
        yield piece
      }
    })())
  },
  async (stream, data, next) => {
    const writer = stream.writable.getWriter()
    for (const piece of pieces(data, next)) await writer.write(piece)
    await writer.close()
  }
]

const readers: Array<(stream: Stream, next: Random) => Promise<Uint8Array[]>> = [
  async (stream) => {
    const got: Uint8Array[] = []
    for await (const list of stream) got.push(...list)
    return got
  },
  async (stream, next) => {
    const got: Uint8Array[] = []
    for (;;) {
      const list = await stream.read({ max: 1 + next(20_000) })
      if (list === undefined) return got
      got.push(...list)
      if (next(3) === 0) await turn()
    }
  },
  async (stream, next) => await new Promise((resolve, reject) => {
    const got: Uint8Array[] = []
    stream.consume({
      data (chunk) {
        got.push(chunk)
        const now = next(chunk.byteLength + 1)
        void turn().then(() => { stream.took(chunk.byteLength - now) })
        return now
      },
      end: () => { resolve(got) },
      error: reject
    })
  }),
  async (stream, next) => {
    const got: Uint8Array[] = []
    const reader = stream.readable.getReader({ mode: 'byob' })
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(1 + next(10_000)))
      if (done) return got
      got.push(value)
    }
  }
]

async function talk (stream: Stream, out: Uint8Array, into: Uint8Array, next: Random): Promise<void> {
  const write = writers[next(writers.length)]
  const read = readers[next(readers.length)]
  assert.isDefined(write)
  assert.isDefined(read)
  const [got] = await Promise.all([read?.(stream, next), write?.(stream, out, next)])
  const all = join(got ?? [])
  assert.isTrue(all.byteLength === into.byteLength && all.every((byte, at) => byte === into[at]), `stream ${stream.id}`)
  assert.isUndefined(await stream.closed)
}

describe('sessions under load', () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`lose, mix up and stall nothing: seed ${seed}`, async () => {
      const next = random(seed * 7_919)
      const chunk = [1 + next(40), 500 + next(5_000), 1 << 20][next(3)] ?? 0
      const link = new Link({ chunk, room: 1 + next(100_000), join: next(2) === 0 })
      const window = 1 + next(next(2) === 0 ? 300 : 100_000)
      const { client, server } = connect({ wire: next(2) === 0 ? 1 : 2, window, maxQueued: next(2) === 0 ? 5_000 : 4_000_000, heartbeat: {} }, link)
      const size = chunk < 100 || window < 1_000 ? 5_000 : 200_000
      const data = (id: number, side: 'client' | 'server'): Uint8Array => bytes((id * 977 + (side === 'client' ? 13 : 0)) % size, id)
      const serve = async (session: Session, count: number): Promise<void> => {
        const other = session.role === 'client' ? 'server' : 'client'
        const all: Array<Promise<void>> = []
        for (let i = 0; i < count; i++) {
          const stream = await session.accept()
          all.push(talk(stream, data(stream.id, session.role), data(stream.id, other), next))
        }
        await Promise.all(all)
      }
      const open = async (session: Session, count: number): Promise<void> => {
        const other = session.role === 'client' ? 'server' : 'client'
        await Promise.all(Array.from({ length: count }, async (_, i) => {
          if (i % 3 === 0) await turn()
          const stream = session.open({ priority: next(3) })
          await talk(stream, data(stream.id, session.role), data(stream.id, other), next)
        }))
      }
      await Promise.all([open(client, 20), open(server, 10), serve(server, 20), serve(client, 10)])
      assert.deepEqual([client.stats().streams, server.stats().streams], [2, 2])
      await client.close({ drain: true })
      assert.isUndefined((await server.closed).error)
      assert.isUndefined((await client.closed).error)
    }).timeout(20_000)
  }
})

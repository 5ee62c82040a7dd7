/**
 * Streams from both ends: bytes, types, priorities, many at once.
 *
 * @module
 */
import { assert } from 'chai'
import { both, script } from '../case.ts'
import type { Group } from '../case.ts'
import { flood, part, read, serve, whole, write } from '../ours.ts'
import type { Trial } from '../trial.ts'

/** From a byte to more than the initial window, with the edges of frames and windows. */
const SIZES = [1, 5, 16_383, 100, 65_536, 4_096, 16_384, 300_001, 1_000, 262_144, 65_535, 2, 40_000]
const COUNT = 1_000
/** The Rust peer holds 512 streams in all, and 64 that wait. */
const AT_ONCE = 50

async function bothWays (run: (typed: boolean) => Promise<void>): Promise<void> {
  await run(false)
  await run(true)
}

/** What `COUNT` streams carry in each direction. */
const BYTES = Array.from({ length: COUNT }, (_, i) => SIZES[i % SIZES.length] ?? 0).reduce((sum, size) => sum + size, 0)

async function floodUs (trial: Trial, typed: boolean, fromUs: boolean, fromThem: boolean): Promise<void> {
  const { session, peer } = await trial.pair({ typed })
  serve(session)
  await peer.tell('serve')
  const how = { n: COUNT, key: 7_000, sizes: SIZES, atOnce: AT_ONCE }
  const [ours, theirs] = await Promise.all([
    fromUs ? flood(session, how) : undefined,
    fromThem ? peer.tell('flood', { n: COUNT, key: 90_000, sizes: SIZES.join(','), 'at-once': AT_ONCE }) : undefined
  ])
  if (ours !== undefined) assert.equal(ours.bytes, BYTES)
  if (theirs !== undefined) assert.deepInclude(theirs, { streams: String(COUNT), bytes: String(BYTES), failed: '0' })
}

export const streams: Group = {
  title: 'streams',
  cases: [
    {
      name: 'a stream that we open, echoed',
      where: both,
      run: async (trial) => {
        await bothWays(async (typed) => {
          const { session, peer } = await trial.pair({ typed })
          const stream = session.open()
          await write(stream, 1, 1_000)
          const theirs = await peer.accept()
          void theirs.echo()
          assert.deepEqual(await read(stream, 1_000), part(1, 1_000))
          await stream.closeWrite()
          assert.isUndefined(await stream.read())
          assert.equal(stream.state, 'closed')
        })
      }
    },
    {
      name: 'a stream that the peer opens, echoed',
      where: both,
      run: async (trial) => {
        await bothWays(async (typed) => {
          const { session, peer } = await trial.pair({ typed })
          serve(session)
          const stream = await peer.open()
          await stream.write(2, 1_000)
          assert.deepEqual(await stream.read(1_000), part(2, 1_000))
          await stream.finish()
          assert.deepEqual(await stream.read(), whole(0, 0))
        })
      }
    },
    {
      name: 'we speak second on a stream that the peer opens, and the peer first',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const theirs = await peer.open(5)
        const ours = await session.accept()
        await write(ours, 3, 70_000)
        assert.deepEqual(await theirs.read(70_000), part(3, 70_000))
        await theirs.write(4, 9)
        assert.deepEqual(await read(ours, 9), part(4, 9))
      }
    },
    {
      name: 'types that we say',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        for (const type of [0, 1, 7, 0x12345678, 0xfffffefe]) {
          const stream = session.open({ type })
          const theirs = await peer.accept()
          assert.equal(theirs.type, type)
          await theirs.write(type, 3)
          assert.deepEqual(await read(stream, 3), part(type, 3))
        }
      }
    },
    {
      name: 'types that the peer says',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        for (const type of [0, 1, 7, 0x12345678, 0xfffffefe]) {
          const theirs = await peer.open(type)
          const stream = await session.accept()
          assert.equal(stream.type, type)
          await write(stream, type, 3)
          assert.deepEqual(await theirs.read(3), part(type, 3))
        }
      }
    },
    {
      name: 'a reserved type that nobody registered is refused',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const theirs = await peer.open(0xffffff00)
        assert.equal(await theirs.failure(), 4)
        const next = await peer.open(1)
        const stream = await session.accept()
        assert.equal(stream.type, 1)
        await write(stream, 5, 10)
        assert.deepEqual(await next.read(10), part(5, 10))
      }
    },
    {
      name: 'priorities order what we send',
      where: both,
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false })
        const bulk = session.open()
        const raised = session.open()
        const urgent = session.open({ priority: 9 })
        raised.priority = 5
        const sizes = [250_000, 200, 100]
        for (const [i, stream] of [bulk, raised, urgent].entries()) stream.push(new Uint8Array(sizes[i] ?? 0))
        await tap.until('ours', ({ kind, id, length }) => kind === 'data' && id === bulk.id && length > 0)
        const order = tap.frames('ours').filter(({ kind, length }) => kind === 'data' && length > 0).map(({ id }) => id)
        assert.deepEqual(order.slice(0, 3), [urgent.id, raised.id, bulk.id])
        for (const size of sizes) assert.equal((await (await peer.accept()).read(size)).n, size)
      }
    },
    {
      name: 'wire 1: priority and type in a SYN, both ways',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [theirId, ourId] = trial.role === 'client' ? [2, 3] : [3, 2]
        await raw.send(raw.frame.syn(theirId, { priority: 5, type: 0xcafe0001 }), raw.frame.data(theirId, Uint8Array.of(1)))
        const stream = await session.accept()
        assert.deepInclude({ type: stream.type, priority: stream.priority }, { type: 0xcafe0001, priority: 5 })
        session.open({ type: 9, priority: 0x7fffffff })
        session.open()
        assert.deepEqual(await raw.words(2), [`syn ${ourId} priority 2147483647 type 9`, `syn ${ourId + 2}`])
      }
    },
    {
      name: `${COUNT.toLocaleString('en')} streams that we open, of 1 to 300,001 bytes`,
      where: both,
      run: async (trial) => { await bothWays(async (typed) => { await floodUs(trial, typed, true, false) }) }
    },
    {
      name: `${COUNT.toLocaleString('en')} streams that the peer opens, of 1 to 300,001 bytes`,
      where: both,
      run: async (trial) => { await bothWays(async (typed) => { await floodUs(trial, typed, false, true) }) }
    },
    {
      name: `${COUNT.toLocaleString('en')} streams from each end at once`,
      where: both,
      run: async (trial) => { await floodUs(trial, true, true, true) }
    }
  ]
}

/**
 * Flow control: windows of other sizes, growth, large frames, readers that are slow or read little.
 *
 * @module
 */
import { assert } from 'chai'
import { both, rustOnly } from '../case.ts'
import type { Group } from '../case.ts'
import { part, read, serve, whole, write } from '../ours.ts'
import type { Tap } from '../tap.ts'
import { lives } from './endings.ts'

const MIB = 1_048_576

/** The most that the peer had under way on a stream beyond what we had given back: what it uses of a window. */
function used (tap: Tap, id: number): { granted: number, sent: number, longest: number } {
  const ofStream = (direction: 'ours' | 'theirs', wanted: string): number[] => tap.frames(direction)
    .filter((frame) => frame.id === id && frame.kind === wanted)
    .map((frame) => frame.kind === 'credit' ? Buffer.from(frame.body).readUInt32BE() : frame.length)
  const sum = (numbers: number[]): number => numbers.reduce((all, one) => all + one, 0)
  const lengths = ofStream('theirs', 'data')
  return { granted: sum(ofStream('ours', 'credit')), sent: sum(lengths), longest: Math.max(0, ...lengths) }
}

export const windows: Group = {
  title: 'windows',
  cases: [
    ...[1, 1_000, 4_096, MIB].map((window) => ({
      name: `a window of ${window.toLocaleString('en')} at both ends`,
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ window, typed: window >= 4 })
        serve(session)
        await peer.tell('serve')
        const n = Math.min(2 * MIB, 300 * window)
        const stream = session.open()
        const theirs = await peer.open()
        const [ours, back] = await Promise.all([
          read(stream),
          theirs.read(),
          write(stream, 1, n).then(async () => { await stream.closeWrite() }),
          theirs.write(2, n).then(async () => { await theirs.finish() })
        ])
        assert.deepEqual(ours, whole(1, n))
        assert.deepEqual(back, whole(2, n))
      }
    } satisfies Group['cases'][number])),
    {
      name: 'growth: the peer uses a window that has grown, or loses nothing by it (R13)',
      where: both,
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false, session: { maxWindow: 8 * MIB } })
        const theirs = await peer.open()
        const writing = theirs.write(1, 24 * MIB).then(async () => { await theirs.finish() })
        const stream = await session.accept()
        assert.deepEqual(await read(stream), whole(1, 24 * MIB))
        await writing
        const { granted, sent, longest } = used(tap, stream.id)
        assert.isAbove(granted, sent, 'more was granted than was read')
        if (trial.kind === 'go') assert.isAbove(longest, 262_144, 'a frame longer than the initial window')
        else assert.isAtMost(longest, 262_144, 'it cuts credit back to its own initial window')
        await lives(session, peer)
      }
    },
    {
      name: 'growth: the same for a peer that has opened a stream with a write of nothing',
      where: rustOnly('Q4: that stream is lost'),
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false, window: 4_096 })
        const empty = await peer.open()
        await empty.write(0, 0)
        await session.accept()
        const theirs = await peer.open()
        const writing = theirs.write(1, 4 * MIB)
        assert.deepEqual(await read(await session.accept(), 4 * MIB), part(1, 4 * MIB))
        await writing
      }
    },
    {
      name: 'the peer reads 100 bytes at a time and gives credit for each',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const stream = session.open()
        const writing = write(stream, 1, 2 * MIB).then(async () => { await stream.closeWrite() })
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(undefined, 100), whole(1, 2 * MIB))
        await writing
        await lives(session, peer)
      }
    },
    {
      name: 'we read 128 bytes at a time',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const theirs = await peer.open(0)
        const writing = theirs.write(1, MIB)
        const stream = await session.accept()
        for (let at = 0; at < MIB; at += 128) assert.deepEqual(await read(stream, 128), part(1, 128, at))
        await writing
      }
    },
    {
      name: 'a stream that nobody reads, at either end, stalls no other (Q10)',
      where: both,
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false })
        const stuck = session.open()
        void write(stuck, 1, 2 * MIB).catch(() => {})
        await peer.accept()
        const full: number[] = []
        for (let i = 0; i < 20; i++) {
          const theirs = await peer.open()
          void theirs.write(2, MIB).catch(() => {})
          full.push((await session.accept()).id)
        }
        const sentOn = (id: number): number => used(tap, id).sent
        while (!full.every((id) => sentOn(id) === 262_144)) await tap.until('theirs', ({ kind, id }) => kind === 'data' && full.includes(id) && full.every((id) => sentOn(id) === 262_144))
        await lives(session, peer)
      }
    },
    {
      name: 'a peer that was set up with a larger window: the stream is reset when it sends too much, and no other',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ theirWindow: MIB })
        const theirs = await peer.open(0)
        const stream = await session.accept()
        const fate = stream.closed
        await theirs.write(1, 500_000).catch(() => {})
        assert.deepInclude(await fate, { code: 'PEER_FLOW_CONTROL' })
        assert.equal(await theirs.failure(), 3)
        await lives(session, peer)
      }
    },
    {
      name: 'frames of 16,777,215 bytes from the peer',
      where: both,
      run: async (trial) => {
        const window = 32 * MIB
        const { session, peer, tap } = await trial.pair({ typed: false, window })
        const theirs = await peer.open()
        const writing = theirs.write(1, 20_000_000)
        const stream = await session.accept()
        assert.deepEqual(await read(stream, 20_000_000), part(1, 20_000_000))
        await writing
        assert.equal(used(tap, stream.id).longest, 16_777_215)
        await lives(session, peer)
      }
    }
  ]
}

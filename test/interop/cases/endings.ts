/**
 * How streams end: finished by either side first, closed, reset, refused.
 *
 * @module
 */
import type { Session } from '@muxado/session'
import { assert } from 'chai'
import { both, goOnly } from '../case.ts'
import type { Group } from '../case.ts'
import { failure, part, read, serve, whole, write, writeUntilFailure } from '../ours.ts'
import type { Peer } from '../peer.ts'

/** The session still carries streams, from both ends. */
export async function lives (session: Session, peer: Peer): Promise<void> {
  const ours = session.open({ type: 0 })
  await write(ours, 100, 10)
  const theirs = await peer.accept()
  assert.deepEqual(await theirs.read(10), part(100, 10))
  const next = await peer.open(0)
  await next.write(101, 10)
  const accepted = await session.accept()
  assert.deepEqual(await read(accepted, 10), part(101, 10))
}

export const endings: Group = {
  title: 'endings',
  cases: [
    {
      name: 'half-close: we finish first, the peer answers after the end',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const stream = session.open()
        await write(stream, 1, 1_000)
        await stream.closeWrite()
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(), whole(1, 1_000))
        assert.equal(stream.state, 'localClosed')
        const reading = read(stream)
        await theirs.write(2, 400_000)
        await theirs.finish()
        assert.deepEqual(await reading, whole(2, 400_000))
        assert.isUndefined(await stream.closed)
        await lives(session, peer)
      }
    },
    {
      name: 'half-close: the peer finishes first, we answer after the end',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const theirs = await peer.open(0)
        await theirs.write(1, 1_000)
        await theirs.finish()
        const stream = await session.accept()
        assert.deepEqual(await read(stream), whole(1, 1_000))
        assert.equal(stream.state, 'remoteClosed')
        const reading = theirs.read()
        await write(stream, 2, 400_000)
        await stream.closeWrite()
        assert.deepEqual(await reading, whole(2, 400_000))
        assert.isUndefined(await stream.closed)
        await lives(session, peer)
      }
    },
    {
      name: 'half-close: streams that carry nothing, from us',
      where: both,
      run: async (trial) => {
        for (const typed of [false, true]) {
          const { session, peer } = await trial.pair({ typed })
          const stream = session.open({ finish: true })
          const theirs = await peer.accept()
          assert.deepEqual(await theirs.read(), whole(0, 0))
          await theirs.finish()
          assert.deepEqual(await read(stream), whole(0, 0))
          await lives(session, peer)
        }
      }
    },
    {
      name: 'half-close: both at once, with 300,000 bytes each way',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const theirs = await peer.open(0)
        const stream = await session.accept()
        const [ours, got] = await Promise.all([
          read(stream),
          theirs.read(),
          theirs.write(1, 300_000).then(async () => { await theirs.finish() }),
          write(stream, 2, 300_000).then(async () => { await stream.closeWrite() })
        ])
        assert.deepEqual(ours, whole(1, 300_000))
        assert.deepEqual(got, whole(2, 300_000))
        await lives(session, peer)
      }
    },
    {
      name: 'close: the peer closes both ways while we send',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const stream = session.open()
        await write(stream, 1, 100)
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(10), part(1, 10))
        await theirs.close()
        assert.deepInclude(await writeUntilFailure(stream), { code: 'STREAM_RESET', reason: 'streamClosed' })
        assert.equal(stream.state, 'reset')
        await lives(session, peer)
      }
    },
    {
      name: 'close: we close both ways while the peer sends',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const theirs = await peer.open(0)
        await theirs.write(1, 100)
        const stream = await session.accept()
        assert.deepEqual(await read(stream, 10), part(1, 10))
        await stream.close()
        assert.equal(await theirs.failure(), 6)
        await lives(session, peer)
      }
    },
    {
      name: 'close: both close at once',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        for (let i = 0; i < 50; i++) {
          const theirs = await peer.open(0)
          const stream = await session.accept()
          await Promise.all([theirs.close(), stream.close()])
          await stream.closed
        }
        await lives(session, peer)
      }
    },
    {
      name: 'reset: we reset, and the writer of the peer learns why',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        for (const [reason, number] of [['cancel', 6], ['internal', 2], ['refused', 5], [4_242, trial.kind === 'rust' ? 0xffffffff : 4_242]] as const) {
          const theirs = await peer.open(0)
          await theirs.write(1, 1)
          const stream = await session.accept()
          stream.reset(reason)
          assert.equal(await theirs.failure(), number)
        }
        await lives(session, peer)
      }
    },
    {
      name: 'reset: we reset, and the reader of the peer learns why',
      where: goOnly('R7: its reader is not woken by RST'),
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const stream = session.open()
        await write(stream, 1, 10)
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(10), part(1, 10))
        const reading = theirs.read()
        stream.reset('internal')
        const error = await reading.then(() => undefined, (error: unknown) => error)
        assert.deepInclude(error, { code: 2 })
        await lives(session, peer)
      }
    },
    {
      name: 'reset: what the peer still sends is swallowed',
      where: both,
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair()
        const theirs = await peer.open(0)
        const stream = await session.accept()
        tap.hold('ours')
        stream.reset()
        await theirs.write(1, 200_000)
        await theirs.finish()
        tap.release('ours')
        await lives(session, peer)
        assert.lengthOf(tap.frames('ours').filter(({ kind }) => kind === 'rst'), 1)
      }
    },
    {
      name: 'reset: the peer resets with any number, and we learn it',
      where: goOnly('the crate has no way to reset; its RST(4) is seen where it closes while we send'),
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        for (const [number, reason] of [[6, 'cancel'], [7, 'reset'], [4_242, 4_242]] as const) {
          const theirs = await peer.open(0)
          const stream = await session.accept()
          const reading = failure(stream.read())
          await peer.tell('rst', { id: theirs.id, code: number })
          assert.deepInclude(await reading, { code: 'STREAM_RESET', reason })
          assert.deepInclude(await failure(stream.write(new Uint8Array(1))), { code: 'STREAM_RESET', reason })
        }
        await lives(session, peer)
      }
    },
    {
      name: 'refuse: we refuse what is over maxInbound, until there is room',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ session: { maxInbound: 2 } })
        const first = await peer.open(1)
        await (await peer.open(2)).write(2, 1)
        const stream = await session.accept()
        const refused = await peer.open(3)
        assert.equal(await refused.failure(), 5)
        await first.finish()
        await stream.closeWrite()
        assert.deepEqual(await first.read(), whole(0, 0))
        assert.deepInclude(await session.accept(), { type: 2 })
        const third = await peer.open(4)
        await third.write(4, 9)
        const accepted = await session.accept()
        assert.equal(accepted.type, 4)
        assert.deepEqual(await read(accepted, 9), part(4, 9))
      }
    },
    {
      name: 'refuse: we refuse what is over acceptBacklog',
      where: both,
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ session: { acceptBacklog: 1 } })
        await peer.open(1)
        await tap.until('theirs', ({ syn }) => syn)
        const refused = await peer.open(2)
        assert.equal(await refused.failure(), 9)
        assert.deepInclude(await session.accept(), { type: 1 })
        await lives(session, peer)
      }
    },
    {
      name: 'refuse: the peer refuses what is over its backlog; it may be tried again (Q11)',
      where: goOnly('R3: it refuses nothing and stops reading instead'),
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false, backlog: 1 })
        serve(session)
        const first = session.open()
        await write(first, 1, 10)
        const second = session.open()
        const error = await writeUntilFailure(second)
        assert.deepInclude(error, { code: 'STREAM_REFUSED', reason: 'acceptQueueFull', retryable: true })
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(10), part(1, 10))
        await theirs.write(2, 10)
        assert.deepEqual(await read(first, 10), part(2, 10))
      }
    }
  ]
}

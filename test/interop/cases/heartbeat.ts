/**
 * The heartbeat with peers that have one, with one that has none, and beside bulk. Beats are counted, never timed.
 *
 * @module
 */
import { assert } from 'chai'
import type { SeenFrame } from '../../support/frames.ts'
import { both, script } from '../case.ts'
import type { Group } from '../case.ts'
import { part, read, serve, write } from '../ours.ts'
import type { Role } from '../trial.ts'

/** Where no beat is wanted from one end: long after the case. */
const NEVER = 600_000

/** Pings, or their echoes, on our heartbeat stream, which is the first one that we open. */
const beatOf = (role: Role) => ({ kind, id, length, syn }: SeenFrame): boolean => kind === 'data' && !syn && id === (role === 'client' ? 3 : 2) && length === 4

export const heartbeat: Group = {
  title: 'heartbeat',
  cases: [
    {
      name: 'both ends ask: 20 beats each (with --long: 60, one a second)',
      where: both,
      run: async (trial) => {
        const [beats, intervalMs] = trial.long ? [60, 1_000] : [20, 50]
        const { session, peer, tap } = await trial.pair({ heartbeat: intervalMs, session: { heartbeat: { intervalMs } } })
        await peer.tell('serve')
        const [theirs] = await Promise.all([
          peer.tell('beats', { n: beats }),
          // The first of these is the type, where it goes out alone
          tap.until('theirs', beatOf(trial.role), beats)
        ])
        assert.equal(theirs['timeouts'], '0')
        assert.isAtLeast(Number(theirs['beats']), beats)
        assert.isNumber(session.rtt)
        assert.equal(session.state, 'open')
      }
    },
    {
      name: 'we do not ask, and answer all the same',
      where: both,
      run: async (trial) => {
        const { peer } = await trial.pair({ heartbeat: 20 })
        assert.deepInclude(await peer.tell('beats', { n: 20 }), { timeouts: '0' })
      }
    },
    {
      name: 'we ask beside bulk in both directions, with a tolerance of 500 ms',
      where: both,
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ heartbeat: NEVER, session: { heartbeat: { intervalMs: 20, toleranceMs: 500 } } })
        await peer.tell('serve')
        const stream = session.open()
        const [back] = await Promise.all([
          read(stream, 20_000_000),
          write(stream, 1, 20_000_000),
          tap.until('theirs', beatOf(trial.role), 5)
        ])
        assert.deepEqual(back, part(1, 20_000_000))
      }
    },
    {
      name: 'a peer that sends nothing is taken for dead, one that echoes nothing is not',
      where: both,
      run: async (trial) => {
        // No heartbeat at the peer: our stream waits there to be accepted
        const { session, peer } = await trial.pair({ session: { heartbeat: { intervalMs: 30, toleranceMs: 600 }, lingerMs: 10 } })
        const theirs = await peer.open(1)
        const stream = await session.accept()
        const since = performance.now()
        for (let i = 0; performance.now() - since < 900; i++) {
          await theirs.write(i, 1)
          assert.deepEqual(await read(stream, 1), part(i, 1))
          // Time is what is asked about: a sign of life every 30 ms, for longer than the tolerance
          await new Promise((resolve) => { setTimeout(resolve, 30) })
        }
        assert.equal(session.state, 'open')
        assert.deepInclude((await session.closed).error, { code: 'SESSION_HEARTBEAT' })
      }
    },
    {
      name: 'wire 1: we echo 00000000, in pieces too; our own stream has the type and priority',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1, { session: { heartbeat: { intervalMs: 1 } } })
        const [theirId, ourId] = trial.role === 'client' ? [2, 3] : [3, 2]
        const { frame } = raw
        await raw.send(frame.syn(theirId, { priority: 0x7fffffff, type: 0xfffffeff }))
        await raw.send(frame.data(theirId, new Uint8Array(1)), frame.data(theirId, new Uint8Array(3)))
        const echoed: number[] = []
        let opened = ''
        let pings = 0
        while (pings < 3 || echoed.length < 4) {
          const next = await raw.next()
          if (next === undefined) throw new Error('the session ended')
          if (next.kind === 'syn') opened += `${next.id} ${Buffer.from(next.body).toString('hex')}`
          if (next.kind === 'data' && next.id === theirId) echoed.push(...next.body)
          if (next.kind === 'data' && next.id === ourId) {
            pings++
            // As the reference does: one WNDINC a read, and the echo
            await raw.send(frame.credit(ourId, 4), frame.data(ourId, next.body))
          }
        }
        assert.equal(opened, `${ourId} 067ffffffffffffeff`)
        assert.deepEqual(echoed, [0, 0, 0, 0])
        assert.isNumber(session.rtt)
      }
    },
    {
      name: 'wire 1: a peer without it answers with RST(4); we stop asking and go on',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1, { session: { heartbeat: { intervalMs: 20, toleranceMs: 50 }, maxInbound: 4 } })
        const { frame } = raw
        const opened = await raw.next()
        await raw.send(frame.rst(opened?.id ?? 0, 4))
        serve(session)
        const id = trial.role === 'client' ? 2 : 3
        await raw.send(frame.syn(id))
        for (let i = 0; i < 10; i++) {
          await raw.send(frame.data(id, Uint8Array.of(i)))
          assert.deepEqual(await raw.words(1), [`data ${id} <0${i}>`])
          // Time is what is asked about: all of it is four times the tolerance
          await new Promise((resolve) => { setTimeout(resolve, 20) })
        }
        assert.equal(session.state, 'open')
      }
    }
  ]
}

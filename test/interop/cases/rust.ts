/**
 * The quirks of the Rust crate (R1 to R15 of PROTOCOL.md, A.3) that are to be tolerated or not to be set off. Those that are about what we send
 * are judged on every connection (rules.ts).
 *
 * @module
 */
import { assert } from 'chai'
import { ascii } from '../../support/bytes.ts'
import { both, rustOnly, script } from '../case.ts'
import type { Group } from '../case.ts'
import { part, read, write } from '../ours.ts'
import { lives } from './endings.ts'

export const rust: Group = {
  title: 'Rust, wire 2: its quirks',
  cases: [
    {
      name: 'R3 A: 200 streams wait for a peer that accepts at last',
      where: rustOnly('Q11: it refuses what is over its backlog'),
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        const streams = Array.from({ length: 200 }, () => session.open())
        for (const [i, stream] of streams.entries()) await write(stream, i, 10)
        // Its reader stood still at the 65th: nothing has come through behind that
        const accepted = []
        for (const _ of streams) accepted.push(await peer.accept())
        for (const [i, stream] of streams.entries()) {
          const theirs = accepted[i] ?? assert.fail('one for each')
          assert.deepEqual(await theirs.read(10), part(i, 10))
          await theirs.write(i, 3)
          assert.deepEqual(await read(stream, 3), part(i, 3))
        }
      }
    },
    {
      name: 'R5 A: 500 streams open at once, each way in turn',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        await peer.tell('serve')
        const streams = Array.from({ length: 500 }, () => session.open())
        await Promise.all(streams.map(async (stream, i) => {
          await write(stream, i, 100)
          assert.deepEqual(await read(stream, 100), part(i, 100))
        }))
        await Promise.all(streams.map(async (stream) => {
          await stream.closeWrite()
          await stream.closed
        }))
      }
    },
    {
      name: 'R6 T: a GOAWAY that is eight bytes longer than it says: what it had not seen may be tried again, and the session ends well',
      where: script,
      run: async (trial) => {
        // The last eight bytes read as a header: of a frame that never comes whole, or of one that cannot be
        for (const text of ['no error', 'a longer text than that']) {
          const { session, raw } = await trial.script(2, { typed: false, session: { lingerMs: 10 } })
          const stream = session.open()
          const fate = stream.closed
          await raw.words(1)
          const debug = ascii(text)
          const { frame } = raw
          await raw.send(frame.goaway(0, 10, debug.subarray(0, debug.length - 8)), debug.subarray(debug.length - 8))
          raw.end()
          assert.deepInclude(await fate, { code: 'SESSION_GONE_AWAY', retryable: true })
          const { error, reason } = await session.closed
          assert.deepEqual([error, reason], [undefined, 'calm'])
        }
      }
    },
    {
      name: 'R8 T: a stream that is dropped before its first write: FIN without SYN',
      where: { rust: true },
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false })
        const theirs = await peer.open()
        await theirs.close()
        const fin = await tap.until('theirs', ({ kind }) => kind === 'data')
        assert.deepInclude(fin, { fin: true, syn: false, length: 0 })
        const finished = await peer.open()
        await finished.finish()
        await lives(session, peer)
        assert.lengthOf(tap.frames('ours').filter(({ kind }) => kind === 'rst'), 0)
      }
    },
    {
      name: 'R9 A: our pings are whole, and our heartbeat stream does not finish',
      where: both,
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ heartbeat: 600_000, session: { heartbeat: { intervalMs: 10 } } })
        await peer.tell('serve')
        const own = trial.role === 'client' ? 3 : 2
        await tap.until('theirs', ({ kind, id, length }) => kind === 'data' && id === own && length === 4, 30)
        const sent = tap.frames('ours').filter(({ kind, id, syn }) => kind === 'data' && id === own && !syn)
        assert.isTrue(sent.every(({ length, fin }) => (length === 4 || length === 8) && !fin))
        assert.equal(session.state, 'open')
      }
    },
    {
      name: 'R11 T: its session is dropped with nothing open: a clean end without GOAWAY',
      where: { rust: true },
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false })
        await peer.tell('end')
        assert.isUndefined((await session.closed).error)
        assert.lengthOf(tap.frames('theirs').filter(({ kind }) => kind === 'goaway'), 0)
      }
    },
    {
      name: 'R12 T: 4,294,967,295 for a reason without a name',
      where: { rust: true },
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        await peer.tell('goaway', { code: 0xffffffff, debug: Buffer.from('eight by').toString('hex') })
        await peer.tell('end').catch(() => {})
        assert.equal((await session.closed).reason, 0xffffffff)
      }
    }
  ]
}

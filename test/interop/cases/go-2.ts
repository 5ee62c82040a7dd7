/**
 * The quirks of Go's second generation (Q1 to Q11 of PROTOCOL.md, A.2) that are to be tolerated or not to be set off: with the real peer where
 * it can be made to do it, by hand where it cannot, or no longer does.
 *
 * @module
 */
import { assert } from 'chai'
import { ascii, pattern } from '../../support/bytes.ts'
import { typeBytes } from '../../support/frames.ts'
import { both, goOnly, script } from '../case.ts'
import type { Group } from '../case.ts'
import { failure, part, read, serve, whole, write } from '../ours.ts'
import { lives } from './endings.ts'
import { ids, readsOn } from './shared.ts'

export const go2: Group = {
  title: 'Go, wire 2: its quirks',
  cases: [
    {
      name: 'Q1 A: who takes eight bytes too many behind our GOAWAY, as fc182d9 does, misses nothing',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(2, { typed: false })
        const [, ours] = ids(trial.role)
        const stream = session.open()
        await raw.words(1)
        session.goAway('none', 'bye')
        void stream.closeWrite(ascii('last'))
        const [goaway, eaten, next] = [await raw.next(), await raw.next(), await raw.words(1)]
        assert.deepInclude(goaway, { kind: 'goaway', length: 11 })
        assert.deepInclude(eaten, { kind: 'data', length: 0, id: 1, fin: true }, 'these eight bytes are its debug')
        assert.deepEqual(next, [`data ${ours} "last" fin`])
      }
    },
    {
      name: 'Q1 T: padding behind a GOAWAY of the peer, of either kind',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(2, { typed: false })
        const [, ours] = ids(trial.role)
        const { frame } = raw
        const stream = session.open()
        await raw.words(1)
        await raw.send(frame.goaway(ours, 0, ascii('bye')), frame.fin(1), frame.goaway(ours, 0), frame.raw(15, 0, 0), frame.data(ours, pattern(5), true))
        assert.deepInclude(await read(stream), { n: 5, eof: true })
      }
    },
    {
      name: 'Q2 A: a stream opens with an empty frame, and its payload follows',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(2, { typed: false })
        const [, ours] = ids(trial.role)
        await session.open().write(ascii('hello'))
        assert.deepEqual(await raw.words(2), [`syn ${ours}`, `data ${ours} "hello"`])
      }
    },
    {
      name: 'Q3 A: a stream that we open and finish at once can be answered',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        const stream = session.open({ finish: true })
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(), whole(0, 0))
        await theirs.write(1, 1_000)
        await theirs.finish()
        assert.deepEqual(await read(stream), whole(1, 1_000))
        await lives(session, peer)
      }
    },
    {
      name: 'Q3 T: SYN with FIN in one frame: we read its end, and answer',
      where: goOnly('R8: it finishes without SYN'),
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false })
        const theirs = await peer.open()
        await theirs.finish()
        const stream = await session.accept()
        assert.isUndefined(await stream.read())
        assert.isTrue(tap.frames('theirs')[0]?.syn === true && tap.frames('theirs')[0]?.fin === true)
        await write(stream, 1, 1_000)
        await stream.closeWrite()
        assert.deepEqual(await theirs.read(), whole(1, 1_000))
        await lives(session, peer)
      }
    },
    {
      name: 'Q4 T: a first write of nothing loses the SYN; one RST tells the peer',
      where: goOnly('its first write sends the SYN, of whatever length'),
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false })
        const theirs = await peer.open()
        await theirs.write(0, 0)
        assert.equal(await theirs.failure(), 4)
        assert.lengthOf(tap.frames('ours').filter(({ kind }) => kind === 'rst'), 1)
        await lives(session, peer)
      }
    },
    {
      name: 'Q5 T: DATA before its SYN: one RST, and the rest is swallowed',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(2, { typed: false })
        const [theirs] = ids(trial.role)
        const { frame } = raw
        await raw.send(frame.data(theirs, pattern(5)), frame.syn(theirs, { data: pattern(5) }), frame.data(theirs, pattern(5), true), frame.syn(theirs + 2, { data: ascii('on') }))
        assert.equal((await read(await session.accept(), 2)).n, 2)
        assert.deepEqual(await raw.words(1), [`rst ${theirs} 4`])
        await session.open().write(ascii('x'))
        assert.deepEqual((await raw.words(2))[1]?.split(' ')[0], 'data')
      }
    },
    {
      name: 'Q6 T: SYNs out of order of their ids',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        const opened = [await peer.open(), await peer.open(), await peer.open()]
        const seen: number[] = []
        for (const [i, theirs] of opened.reverse().entries()) {
          await theirs.write(i, 10)
          const stream = await session.accept()
          seen.push(stream.id)
          assert.deepEqual(await read(stream, 10), part(i, 10))
          await write(stream, 1, 5)
          assert.deepEqual(await theirs.read(5), part(1, 5))
        }
        const [highest = 0] = seen
        assert.deepEqual(seen, [highest, highest - 2, highest - 4])
        await lives(session, peer)
      }
    },
    {
      name: 'Q6 T: a GOAWAY whose last id is not the highest',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(2, { typed: false })
        const [, ours] = ids(trial.role)
        const streams = [session.open(), session.open(), session.open()] as const
        await raw.words(3)
        const [below, , above] = [streams[0].closed, streams[1].closed, streams[2].closed]
        await raw.send(raw.frame.goaway(ours + 2, 0), raw.frame.data(ours, pattern(1), true))
        assert.deepInclude(await above, { code: 'SESSION_GONE_AWAY', retryable: true })
        await streams[0].closeWrite()
        assert.deepInclude(await read(streams[0]), { n: 1, eof: true })
        assert.isUndefined(await below)
      }
    },
    {
      name: 'Q7 T: FIN twice, Close after Close, credit and FIN after we have reset',
      where: goOnly('the crate offers no second half-close, and nothing after a drop'),
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const theirs = await peer.open(0)
        const stream = await session.accept()
        for (let i = 0; i < 5; i++) await theirs.finish()
        for (let i = 0; i < 5; i++) await theirs.close()
        assert.isUndefined(await stream.read())
        await stream.closeWrite()
        assert.isUndefined(await stream.closed)
        const reset = session.open()
        await write(reset, 1, 100_000)
        const far = await peer.accept()
        assert.deepEqual(await far.read(10), part(1, 10))
        reset.reset('cancel')
        // What it holds it still reads, and gives credit for; Close sends FIN
        await far.read().catch(() => {})
        await far.close()
        await lives(session, peer)
      }
    },
    {
      name: 'Q8 A, N: a frame that the transport cuts short is no end',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(2, { typed: false, session: { lingerMs: 10 } })
        const [theirs] = ids(trial.role)
        await raw.send(raw.frame.syn(theirs), raw.frame.data(theirs, pattern(40), true).subarray(0, 30))
        const stream = await session.accept()
        const reading = failure(read(stream))
        raw.end()
        assert.deepInclude(await reading, { code: 'PEER_EOF' })
      }
    },
    {
      name: 'Q10 A: we read on while nobody reads what we send, and answer each id once',
      where: script,
      run: async (trial) => { await readsOn(trial, 2) }
    },
    {
      name: 'Q10 T: a peer whose application reads nothing',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        const stuck = Array.from({ length: 40 }, () => session.open())
        for (const stream of stuck) void write(stream, 1, 262_144).catch(() => {})
        for (const _ of stuck) await peer.accept()
        await lives(session, peer)
      }
    },
    {
      name: 'Q11 T: what it refused with RST(9) is over; what it still sends is swallowed',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(2, { typed: false })
        const [, ours] = ids(trial.role)
        const { frame } = raw
        const stream = session.open()
        void write(stream, 1, 100_000).catch(() => {})
        await raw.words(1)
        await raw.send(frame.rst(ours, 9), frame.credit(ours, 100), frame.data(ours, pattern(9)), frame.fin(ours))
        assert.deepInclude(await stream.closed, { code: 'STREAM_REFUSED', retryable: true })
        const next = session.open()
        await raw.upTo(({ syn, id }) => syn && id === ours + 2)
        await raw.send(frame.data(ours + 2, pattern(1)))
        assert.equal((await read(next, 1)).n, 1)
      }
    },
    {
      name: 'typed A: a stream on which we write nothing blocks no other',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        session.open({ type: 1 })
        const second = session.open({ type: 2 })
        await write(second, 2, 9)
        assert.equal((await peer.accept()).type, 1)
        const theirs = await peer.accept()
        assert.equal(theirs.type, 2)
        assert.deepEqual(await theirs.read(9), part(2, 9))
      }
    },
    {
      name: 'typed A: what we open and finish, or reset, at once does not end its accepting',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        session.open({ type: 1, finish: true })
        session.open({ type: 2 }).reset()
        const third = session.open({ type: 3 })
        await write(third, 3, 9)
        assert.equal((await peer.accept()).type, 1)
        const theirs = await peer.accept()
        assert.equal(theirs.type, 3)
        assert.deepEqual(await theirs.read(9), part(3, 9))
      }
    },
    {
      name: 'typed T: a type in pieces, or with data behind it; a stream without one blocks none',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(2)
        const [theirs] = ids(trial.role)
        const { frame } = raw
        const type = typeBytes(0xcafe0007)
        await raw.send(
          frame.syn(theirs), frame.syn(theirs + 2, { data: type.subarray(0, 2) }), frame.data(theirs + 2, Buffer.concat([type.subarray(2), ascii('hi')])),
          frame.syn(theirs + 4, { fin: true }), frame.syn(theirs + 6, { data: Buffer.concat([type, ascii('yo')]), fin: true })
        )
        const split = await session.accept()
        assert.deepInclude({ id: split.id, type: split.type }, { id: theirs + 2, type: 0xcafe0007 })
        assert.equal((await read(split, 2)).n, 2)
        assert.deepInclude(await read(await session.accept()), { n: 2, eof: true })
        assert.deepEqual(await raw.words(1), [`rst ${theirs + 4} 1`])
      }
    },
    {
      name: 'frames as large as the credit, from a Write of any size',
      where: both,
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false, session: { maxWindow: 262_144 } })
        const theirs = await peer.open()
        const writing = theirs.write(1, 1_000_000)
        await tap.until('theirs', ({ kind }) => kind === 'data')
        assert.equal(tap.frames('theirs')[0]?.length, 262_144)
        assert.deepEqual(await read(await session.accept(), 1_000_000), part(1, 1_000_000))
        await writing
      }
    },
    {
      name: 'a peer that does not accept answers no pings: its own keep the session alive',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ heartbeat: 20, session: { heartbeat: { intervalMs: 20, toleranceMs: 400 } } })
        // Its own pings are signs of life enough; ours wait to be accepted
        assert.deepInclude(await peer.tell('beats', { n: 50 }), { timeouts: '0' })
        assert.equal(session.state, 'open')
        serve(session)
      }
    }
  ]
}

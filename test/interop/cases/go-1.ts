/**
 * The quirks of Go's first generation (B1 to B15 of PROTOCOL.md, A.1) that are to be tolerated or not to be set off. That peer cannot be had
 * from a registry, so these are its bytes, by hand, at a session of ours over TCP; packages/core/test/vectors.spec.ts plays its recordings.
 *
 * @module
 */
import { assert } from 'chai'
import { pattern } from '../../support/bytes.ts'
import { until } from '../../support/transport-contract.ts'
import { script } from '../case.ts'
import type { Group } from '../case.ts'
import { failure, read, write } from '../ours.ts'
import { ids, readsOn } from './shared.ts'

/** A GOAWAY as that peer writes it: a length that counts 8 too many, and debug that never comes. */
const goaway = (lastId: number, code: number, debug: number): Uint8Array => {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 16 + debug)
  view.setUint8(3, 6)
  view.setUint32(8, lastId)
  view.setUint32(12, code)
  return bytes
}

export const go1: Group = {
  title: 'Go, wire 1: its quirks, by hand',
  cases: [
    {
      name: 'B1 T: a GOAWAY whose debug never comes: we act at once, and read what is behind it',
      where: script,
      run: async (trial) => {
        for (const debug of [0, 5, 15]) {
          const { session, raw } = await trial.script(1)
          const [theirs, ours] = ids(trial.role)
          const stream = session.open()
          const late = session.open()
          await raw.words(2)
          const lost = late.closed
          await raw.send(goaway(ours, 7, debug))
          assert.deepInclude(await lost, { code: 'SESSION_GONE_AWAY', retryable: true })
          assert.equal(session.state, 'draining')
          await raw.send(raw.frame.data(ours, pattern(10)), raw.frame.syn(theirs), raw.frame.data(theirs, Uint8Array.of(7), true))
          assert.equal((await read(stream, 10)).n, 10)
          assert.deepInclude(await read(await session.accept()), { n: 1, eof: true })
        }
      }
    },
    {
      name: 'B1 T: the same at the end of the transport is a clean goodbye',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        await raw.send(goaway(0, 0, 15))
        raw.end()
        const { error, reason, local } = await session.closed
        assert.deepEqual({ error, reason, local }, { error: undefined, reason: 'none', local: false })
      }
    },
    {
      name: 'B1 N: our own GOAWAY has the right length, with debug and without',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [theirs] = ids(trial.role)
        session.goAway('none', 'maintenance')
        const [first] = await raw.upTo(({ kind }) => kind === 'goaway')
        assert.deepInclude(first, { kind: 'goaway', length: 19 })
        await raw.send(raw.frame.syn(theirs))
        assert.deepEqual(await raw.words(1), [`rst ${theirs} 6`])
      }
    },
    {
      name: 'B3 T: what we opened across its GOAWAY may be tried again, also when it dies of what we sent',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [, ours] = ids(trial.role)
        const stream = session.open()
        await write(stream, 1, 100)
        const fate = stream.closed
        await raw.words(2)
        // Its RST may be lost: what is left is the GOAWAY, and the end
        await raw.send(goaway(trial.role === 'client' ? 1 : 0, 0, 0))
        raw.close()
        assert.deepInclude(await fate, { code: 'SESSION_GONE_AWAY', retryable: true })
        assert.isAbove(ours, 1)
        await session.closed
      }
    },
    {
      name: 'B3 N: DATA, RST, WNDINC and FIN behind a SYN that we refused',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [theirs, ours] = ids(trial.role)
        const { frame } = raw
        const stream = session.open()
        session.goAway()
        await raw.words(2)
        const syns = [0, 2, 4, 6].map((more) => frame.syn(theirs + more))
        await raw.send(...syns, frame.data(theirs, pattern(50)), frame.rst(theirs + 2, 7), frame.credit(theirs + 4, 9), frame.fin(theirs + 6))
        assert.deepEqual(await raw.words(4), [0, 2, 4, 6].map((more) => `rst ${theirs + more} 6`))
        await raw.send(frame.data(ours, pattern(5), true))
        assert.equal((await read(stream)).n, 5)
        assert.equal(session.state, 'draining')
      }
    },
    {
      name: 'B4 A: opening and finishing at once is a SYN, then an empty DATA with FIN',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [, ours] = ids(trial.role)
        session.open({ finish: true, type: 3 })
        assert.deepEqual(await raw.words(2), [`syn ${ours} type 3`, `data ${ours} fin`])
      }
    },
    {
      name: 'B4 T: a SYN with FIN is a finished half; what comes on it all the same resets it alone',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [theirs] = ids(trial.role)
        const { frame } = raw
        await raw.send(frame.syn(theirs, { fin: true }))
        const stream = await session.accept()
        assert.isUndefined(await stream.read())
        await raw.send(frame.data(theirs, pattern(3)))
        assert.deepInclude(await stream.closed, { code: 'PEER_STREAM_CLOSED' })
        assert.deepEqual(await raw.words(1), [`rst ${theirs} 4`])
        await raw.send(frame.syn(theirs + 2), frame.data(theirs + 2, pattern(2)))
        assert.equal((await read(await session.accept(), 2)).n, 2)
      }
    },
    {
      name: 'B5 A: we send as far as the credit goes, with increments of 1, of odd sizes and none',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [, ours] = ids(trial.role)
        const stream = session.open()
        void write(stream, 1, 200_000).catch(() => {})
        let granted = 65_536
        let got = 0
        const take = async (): Promise<void> => {
          while (got < granted) {
            const frame = await raw.next()
            if (frame?.kind === 'data') got += frame.length
          }
          assert.equal(got, granted)
        }
        await take()
        for (const more of [1, 1, 16_383, 16_384, 7, 50_000, 0, 3]) {
          granted += more
          await raw.send(raw.frame.credit(ours, more))
          await take()
        }
      }
    },
    {
      name: 'B6 T: WNDINC after FIN, after RST and on a stream that is over',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [, ours] = ids(trial.role)
        const { frame } = raw
        const stream = session.open()
        await write(stream, 1, 100)
        await stream.closeWrite()
        await raw.words(2)
        await raw.send(frame.credit(ours, 100), frame.fin(ours), frame.credit(ours, 50), frame.credit(ours, 50))
        assert.isUndefined(await stream.closed)
        const reset = session.open()
        await raw.words(1)
        reset.reset()
        await raw.words(1)
        await raw.send(frame.credit(ours + 2, 100))
        const next = session.open()
        await raw.words(1)
        await raw.send(frame.data(ours + 4, pattern(1)))
        assert.equal((await read(next, 1)).n, 1)
      }
    },
    {
      name: 'B7 T: FIN twice, FIN after FIN and Close, FIN on a stream that we reset',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [theirs] = ids(trial.role)
        const { frame } = raw
        await raw.send(frame.syn(theirs), frame.fin(theirs), frame.fin(theirs), frame.fin(theirs))
        const stream = await session.accept()
        assert.isUndefined(await stream.read())
        await stream.closeWrite()
        assert.deepEqual(await raw.words(1), [`data ${theirs} fin`])
        await raw.send(frame.fin(theirs), frame.syn(theirs + 2))
        const reset = await session.accept()
        reset.reset()
        assert.deepEqual(await raw.words(1), [`rst ${theirs + 2} 7`])
        await raw.send(frame.fin(theirs + 2), frame.syn(theirs + 4), frame.data(theirs + 4, pattern(1)))
        assert.equal((await read(await session.accept(), 1)).n, 1)
      }
    },
    {
      name: 'B8 T: RST(4) in answer to our FIN, on a stream that is over',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [, ours] = ids(trial.role)
        const { frame } = raw
        const stream = session.open()
        await raw.words(1)
        await raw.send(frame.data(ours, pattern(4), true))
        assert.deepInclude(await read(stream), { n: 4, eof: true })
        await stream.closeWrite()
        assert.deepEqual(await raw.words(1), [`data ${ours} fin`])
        await raw.send(frame.rst(ours, 4), frame.rst(ours, 4))
        assert.isUndefined(await stream.closed, 'both halves had finished before')
        const next = session.open()
        await raw.words(1)
        await raw.send(frame.data(ours + 2, pattern(1)))
        assert.equal((await read(next, 1)).n, 1)
      }
    },
    {
      name: 'B9 A: we close, and leave the transport open until the peer hangs up',
      where: script,
      run: async (trial) => {
        const { session, raw, tap } = await trial.script(1, { session: { lingerMs: 5_000 } })
        const stream = session.open()
        await write(stream, 1, 60_000)
        await stream.closeWrite()
        raw.pause()
        let gone = false
        void session.closed.then(() => { gone = true })
        const closing = session.close()
        await tap.until('ours', ({ kind }) => kind === 'goaway')
        raw.resume()
        const frames = await raw.upTo(({ kind }) => kind === 'goaway')
        assert.equal(frames.reduce((sum, { kind, length }) => sum + (kind === 'data' ? length : 0), 0), 60_000)
        // It may still write credit for what it reads: the transport takes it
        const { bytesReceived } = session.stats()
        await raw.send(raw.frame.credit(ids(trial.role)[1], 60_000))
        await until(() => session.stats().bytesReceived > bytesReceived)
        assert.isFalse(gone)
        raw.end()
        await closing
        assert.isUndefined((await session.closed).error)
      }
    },
    {
      name: 'B10 A: we read on while nobody reads what we send, and answer each id once',
      where: script,
      run: async (trial) => { await readsOn(trial, 1) }
    },
    {
      name: 'B14 A: the last id of our GOAWAY counts its heartbeat stream',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [theirs] = ids(trial.role)
        const { frame } = raw
        await raw.send(frame.syn(theirs, { priority: 0x7fffffff, type: 0xfffffeff }), frame.data(theirs, new Uint8Array(4)))
        assert.deepEqual(await raw.words(1), [`data ${theirs} <00000000>`])
        session.goAway()
        assert.deepEqual(await raw.words(1), [`goaway ${theirs} 0`])
        await raw.send(frame.data(theirs, new Uint8Array(4)))
        assert.deepEqual(await raw.words(1), [`data ${theirs} <00000000>`])
      }
    },
    {
      name: 'B2, B11, B12, B13, B15 N: debug too long, a wait given up, a priority too big, FIN after our RST, a torn frame',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1, { session: { lingerMs: 10 } })
        const [theirs] = ids(trial.role)
        const { frame } = raw
        assert.throws(() => session.open({ priority: 2 ** 31 }), /priority/)
        await raw.send(frame.syn(theirs), frame.syn(theirs + 2))
        const stream = await session.accept()
        await failure(stream.read({ signal: AbortSignal.timeout(5) })).catch(() => {})
        await raw.send(frame.data(theirs, pattern(9)))
        assert.equal((await read(stream, 9)).n, 9)
        const reset = await session.accept()
        reset.reset()
        await raw.send(frame.fin(theirs + 2))
        assert.deepInclude(await failure(reset.read()), { code: 'STREAM_CANCELLED' })
        session.goAway('none', 'x'.repeat(20_000))
        const [, long] = await raw.upTo(({ kind }) => kind === 'goaway')
        assert.deepInclude(long, { kind: 'goaway', length: 16_383 })
        // A DATA frame with FIN that the end of the transport cuts short
        await raw.send(frame.data(theirs, pattern(40), true).subarray(0, 30))
        raw.end()
        const rest = failure(read(stream))
        assert.deepInclude(await rest, { code: 'PEER_EOF' })
        assert.deepInclude((await session.closed).error, { code: 'PEER_EOF' })
      }
    },
    {
      name: 'its accept queue of 100: we open 150',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [, ours] = ids(trial.role)
        const streams = Array.from({ length: 150 }, () => session.open())
        await raw.words(150)
        await raw.send(raw.frame.data(ours + 298, pattern(3)))
        const last = streams.at(-1)
        assert.equal(last === undefined ? 0 : (await read(last, 3)).n, 3)
      }
    },
    {
      name: 'one WNDINC for each byte it reads is no flood',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const [, ours] = ids(trial.role)
        const stream = session.open()
        const one = raw.frame.credit(ours, 1)
        const writing = write(stream, 1, 130_000)
        await raw.upTo(({ kind }) => kind === 'data')
        for (let i = 0; i < 65; i++) await raw.send(...Array.from({ length: 1_000 }, () => one))
        await writing
        await stream.closeWrite()
        await raw.upTo(({ fin }) => fin)
        // What it still reads comes when the stream is over
        await raw.send(raw.frame.fin(ours))
        assert.isUndefined(await stream.closed)
        for (let i = 0; i < 60; i++) await raw.send(...Array.from({ length: 1_000 }, () => one))
        const next = session.open()
        await raw.words(1)
        await raw.send(raw.frame.data(ours + 2, pattern(1)))
        assert.equal((await read(next, 1)).n, 1)
      }
    },
    {
      name: 'GOAWAY, number 2, "EOF", at the end of the transport, after a goodbye too',
      where: script,
      run: async (trial) => {
        const { session, raw } = await trial.script(1)
        const closing = session.close()
        await raw.upTo(({ kind }) => kind === 'goaway')
        await raw.send(goaway(0, 2, 3))
        raw.end()
        await closing
        assert.isUndefined((await session.closed).error)
      }
    }
  ]
}

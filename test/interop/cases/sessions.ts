/**
 * How sessions end: draining from either end, closing, dying.
 *
 * @module
 */
import { assert } from 'chai'
import { both, goOnly, script } from '../case.ts'
import type { Group } from '../case.ts'
import { failure, part, read, whole, write } from '../ours.ts'
import type { Peer } from '../peer.ts'
import { PeerError } from '../peer.ts'

const text = (debug: Uint8Array): string => new TextDecoder().decode(debug)
const hexOf = (debug: string): string => Buffer.from(debug).toString('hex')
const goneInRust = 'R2: any GOAWAY is the end of its session'

/** The number of the error that opening fails with, sooner or later. */
async function openFails (peer: Peer): Promise<number> {
  for (;;) {
    try {
      await peer.tell('open')
    } catch (error) {
      if (error instanceof PeerError) return error.code
      throw error
    }
  }
}

export const sessions: Group = {
  title: 'sessions',
  cases: [
    {
      name: 'GOAWAY: we drain; what is open runs on, the peer opens no more (Q1)',
      where: goOnly(goneInRust),
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        const ours = session.open()
        await write(ours, 1, 10)
        const theirs = await peer.accept()
        const theirsToo = await peer.open()
        await theirsToo.write(2, 10)
        const oursToo = await session.accept()
        session.goAway('none', 'bye')
        assert.equal(session.state, 'draining')
        assert.equal(await openFails(peer), 11)
        // We may still open, which the peer takes
        const late = session.open()
        await write(late, 3, 10)
        assert.deepEqual(await (await peer.accept()).read(10), part(3, 10))
        for (const [stream, far, key] of [[ours, theirs, 1], [oursToo, theirsToo, 2]] as const) {
          const [got, back] = await Promise.all([
            read(stream),
            far.read(),
            far.write(50, 300_000, key === 2 ? { at: 10 } : {}).then(async () => { await far.finish() }),
            write(stream, 60, 300_000, key === 1 ? 10 : 0).then(async () => { await stream.closeWrite() })
          ])
          assert.equal(got.n, key === 2 ? 300_010 : 300_000)
          assert.equal(back.n, key === 1 ? 300_010 : 300_000)
        }
        await session.close()
        const { remote, debug } = await peer.tell('wait')
        assert.equal(remote, '0')
        // v2.0.1 takes the eight bytes behind for debug as well, which is what they are there for
        assert.include([hexOf('bye'), `${hexOf('bye')}0000001100000001`], debug)
        assert.isUndefined((await session.closed).error)
      }
    },
    {
      name: 'GOAWAY: the frame that follows ours at once arrives, be it FIN, data or both (Q1)',
      where: goOnly(goneInRust),
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        const streams = [session.open(), session.open(), session.open()] as const
        for (const stream of streams) await write(stream, 1, 10)
        const theirs = [await peer.accept(), await peer.accept(), await peer.accept()] as const
        const last = new Uint8Array(8)
        session.goAway('none', 'a')
        void streams[0].closeWrite()
        assert.deepEqual(await theirs[0].read(), whole(1, 10))
        session.goAway('none', '')
        streams[1].push(last)
        assert.equal((await theirs[1].read(18)).n, 18)
        session.goAway('none', 'more than one')
        void streams[2].closeWrite(last)
        assert.deepInclude(await theirs[2].read(), { n: 18, eof: true })
      }
    },
    {
      name: 'GOAWAY: the peer drains; what is open runs on, we still accept',
      where: goOnly('R6: a GOAWAY of its own is the end of its session'),
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false })
        const ours = session.open()
        await write(ours, 1, 10)
        const theirs = await peer.accept()
        await peer.tell('goaway', { code: 0, debug: hexOf('maintenance') })
        const seen = await failure((async () => {
          for (;;) {
            session.open().reset()
            await new Promise(setImmediate)
          }
        })())
        assert.deepInclude(seen, { code: 'SESSION_GONE_AWAY', retryable: true })
        assert.equal(session.state, 'draining')
        const [got, back] = await Promise.all([
          read(ours),
          theirs.read(),
          theirs.write(2, 300_000).then(async () => { await theirs.finish() }),
          write(ours, 1, 300_000, 10).then(async () => { await ours.closeWrite() })
        ])
        assert.deepEqual(got, whole(2, 300_000))
        assert.deepEqual(back, whole(1, 300_010))
        const late = await peer.open()
        await late.write(3, 10)
        assert.deepEqual(await read(await session.accept(), 10), part(3, 10))
        await peer.tell('end')
        await session.closed
      }
    },
    {
      name: 'GOAWAY: what we opened across that of the peer may be tried again (Q2)',
      where: goOnly('R6: a GOAWAY of its own is the end of its session'),
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false })
        const before = session.open()
        await write(before, 1, 10)
        const theirs = await peer.accept()
        tap.hold('theirs')
        await peer.tell('goaway', { code: 0, debug: hexOf('bye') })
        const crossing = session.open()
        const fate = crossing.closed
        await write(crossing, 2, 5_000)
        await crossing.closeWrite()
        await write(before, 1, 90_000, 10)
        // The peer has refused it, dropped what followed, and still understands the rest
        await tap.until('theirs', ({ kind, id }) => kind === 'rst' && id === crossing.id)
        assert.deepEqual(await theirs.read(90_010), part(1, 90_010))
        tap.release('theirs')
        assert.deepInclude(await fate, { code: 'SESSION_GONE_AWAY', retryable: true })
        await before.closeWrite()
        assert.deepEqual(await theirs.read(), whole(0, 0))
      }
    },
    {
      name: 'GOAWAY: what the peer opens across ours is refused, payload and all',
      where: goOnly(goneInRust),
      run: async (trial) => {
        const { session, peer, tap } = await trial.pair({ typed: false })
        const before = await peer.open()
        await before.write(1, 10)
        const ours = await session.accept()
        tap.hold('ours')
        session.goAway('none', 'bye')
        const crossing = await peer.open()
        await crossing.write(2, 200_000)
        await crossing.finish()
        await before.write(1, 90_000, { at: 10 })
        assert.deepEqual(await read(ours, 90_010), part(1, 90_010))
        tap.release('ours')
        const refused = await tap.until('ours', ({ kind, id }) => kind === 'rst' && id === crossing.id)
        assert.equal(refused.body[3], 5)
        await write(ours, 3, 10)
        assert.deepEqual(await before.read(10), part(3, 10))
      }
    },
    {
      name: 'GOAWAY: ours is the end for this peer, and our session ends in order (R2)',
      where: { rust: true },
      run: async (trial) => {
        const { session, peer } = await trial.pair({ typed: false, session: { lingerMs: 100 } })
        const stream = session.open()
        await write(stream, 1, 10)
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(10), part(1, 10))
        // With reason `none` its writers are told nothing, and hang once their credit is used up
        session.goAway('cancel', 'bye')
        assert.equal(await theirs.failure(), 6)
        assert.deepEqual(await theirs.read(), whole(0, 0))
        const fate = stream.closed
        await session.close()
        assert.deepInclude(await fate, { code: 'SESSION_CLOSED' })
        assert.isUndefined((await session.closed).error)
      }
    },
    {
      name: 'close: we close; the peer learns that it was in good order',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ session: { lingerMs: 5_000 } })
        const stream = session.open()
        await write(stream, 1, 10)
        await stream.closeWrite()
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(), whole(1, 10))
        await theirs.finish()
        assert.deepEqual(await read(stream), whole(0, 0))
        const closing = session.close()
        if (trial.kind === 'go') assert.deepInclude(await peer.tell('wait'), { local: '15', remote: '0' })
        else {
          assert.deepInclude(await peer.accept().catch((error: unknown) => error), { code: 14 })
          await peer.tell('end')
        }
        await closing
        const { error, reason, local } = await session.closed
        assert.deepEqual({ error, reason, local }, { error: undefined, reason: 'none', local: true })
      }
    },
    {
      name: 'close: we close with `drain`, and wait for what is open',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ session: { lingerMs: 100 } })
        const stream = session.open()
        await write(stream, 1, 10)
        const theirs = await peer.accept()
        if (trial.kind === 'rust') {
          // It takes GOAWAY for the end, so its half must have ended before
          await theirs.write(2, 300)
          await theirs.finish()
          assert.deepEqual(await read(stream), whole(2, 300))
          await stream.closeWrite()
          assert.deepEqual(await theirs.read(), whole(1, 10))
          await session.close({ drain: true })
        } else {
          const closing = session.close({ drain: true })
          const [got] = await Promise.all([
            read(stream),
            theirs.write(2, 300_000).then(async () => { await theirs.finish() }),
            stream.closeWrite()
          ])
          assert.deepEqual(got, whole(2, 300_000))
          await closing
          assert.deepEqual(await theirs.read(), whole(1, 10))
        }
        assert.isUndefined((await session.closed).error)
      }
    },
    {
      name: 'close: what we sent before arrives, also at a peer that reads later (B9, Q8)',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair({ session: { lingerMs: 5_000 } })
        const stream = session.open()
        await write(stream, 1, 200_000)
        await stream.closeWrite()
        const theirs = await peer.accept()
        await theirs.finish()
        await read(stream)
        const closing = session.close()
        const got = await theirs.read()
        assert.equal(got.n, 200_000)
        await peer.tell('end').catch(() => {})
        await closing
      }
    },
    {
      name: 'close: the peer closes; our session ends without an error',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const theirs = await peer.open(0)
        await theirs.write(1, 10)
        await theirs.finish()
        const stream = await session.accept()
        assert.deepEqual(await read(stream), whole(1, 10))
        await stream.closeWrite()
        assert.deepEqual(await theirs.read(), whole(0, 0))
        await peer.tell('end')
        const { error, reason, debug, local } = await session.closed
        assert.deepEqual({ error, reason, debug: text(debug), local }, {
          error: undefined, reason: 'none', debug: trial.kind === 'go' ? 'no error' : '', local: false
        })
      }
    },
    {
      name: 'close: the peer closes with streams open; they fail, and so does the session',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const stream = session.open()
        await write(stream, 1, 10)
        const theirs = await peer.accept()
        await theirs.write(2, 5)
        assert.deepEqual(await read(stream, 5), part(2, 5))
        const reading = stream.read().catch((error: unknown) => error)
        await peer.tell('end')
        // Rust may still finish the stream before it hangs up: then the read ends, and what we would write fails
        if (trial.kind === 'go') assert.deepInclude(await reading, { code: 'PEER_EOF' })
        assert.include(['PEER_EOF', 'STREAM_RESET'], (await stream.closed)?.code)
        assert.deepInclude((await session.closed).error, { code: 'PEER_EOF' })
      }
    },
    {
      name: 'close: by a peer that counts its text wrong, of any length (R6)',
      where: { rust: true },
      run: async (trial) => {
        for (const open of [true, false]) {
          const goodbyes = [
            ['no error', 0, 'none', 'PEER_EOF'], ['x', 0, undefined, 'PEER_EOF'], ['', 2, undefined, 'PEER_EOF'],
            ['longer than eight bytes', 10, 'calm', 'PEER_EOF'], ['bye, all done', 0, 'none', 'PEER_FRAME_SIZE']
          ] as const
          for (const [debug, code, reason, broken] of goodbyes) {
            const { session, peer, tap } = await trial.pair()
            const stream = session.open()
            await write(stream, 1, 1)
            const theirs = await peer.accept()
            const fate = stream.closed
            if (!open) {
              await Promise.all([stream.closeWrite(), theirs.finish()])
              await read(stream)
              await theirs.read()
            }
            await peer.tell('goaway', { code, debug: hexOf(debug) })
            if (reason !== undefined) await tap.until('theirs', ({ kind }) => kind === 'goaway')
            await peer.tell('end')
            if (open) assert.deepInclude(await fate, { code: broken })
            const end = await session.closed
            // With eight bytes of text and more, the last eight stand where a frame should, and nothing is left that could be lost
            assert.equal(end.error?.code, open ? broken : undefined)
            if (reason !== undefined) assert.equal(end.reason, open && broken === 'PEER_FRAME_SIZE' ? 'frameSize' : reason)
          }
        }
      }
    },
    {
      name: 'death: the process of the peer is killed; every wait settles',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const stream = session.open()
        await write(stream, 1, 10)
        await peer.accept()
        const waits = [failure(stream.read()), failure(session.accept()), failure((async () => {
          for (;;) await stream.write(new Uint8Array(100_000))
        })())]
        await peer.kill()
        for (const error of await Promise.all(waits)) assert.include(['PEER_EOF', 'SESSION_TRANSPORT'], error.code)
        assert.include(['PEER_EOF', 'SESSION_TRANSPORT'], (await session.closed).error?.code)
      }
    },
    {
      name: 'death: we abort; the peer learns why and all its waits settle',
      where: both,
      run: async (trial) => {
        const { session, peer } = await trial.pair()
        const stream = session.open()
        await write(stream, 1, 10)
        const theirs = await peer.accept()
        assert.deepEqual(await theirs.read(10), part(1, 10))
        const waiting = [theirs.read(), peer.accept()].map(async (wait) => { await wait.catch(() => {}) })
        session.abort(new Error('enough'))
        await Promise.all(waiting)
        if (trial.kind === 'go') assert.deepInclude(await peer.tell('wait'), { remote: '2' })
        assert.equal(session.state, 'closed')
      }
    },
    {
      name: 'death: bytes of the other dialect',
      where: script,
      run: async (trial) => {
        const first = await trial.script(1, { session: { lingerMs: 10 } })
        await first.raw.send(Uint8Array.of(0, 0, 0, 0x12, 0, 0, 0, 3))
        assert.deepInclude((await first.session.closed).error, { code: 'PEER_PROTOCOL' })
        const second = await trial.script(2, { session: { lingerMs: 10 } })
        await second.raw.send(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 3))
        assert.deepInclude((await second.session.closed).error, { code: 'PEER_FRAME_SIZE' })
      }
    }
  ]
}

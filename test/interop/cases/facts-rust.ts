/**
 * What the Rust crate does that it should not: each is made to, by bytes by hand. docs/interop.md reports these; a line that fails
 * says that the report is out of date. In these cases `client` and `server` are the roles of the bytes by hand.
 *
 * @module
 */
import { assert } from 'chai'
import { ascii, pattern } from '../../support/bytes.ts'
import { typeBytes } from '../../support/frames.ts'
import type { Group } from '../case.ts'
import { ids, met, plain, silence, sizes } from './shared.ts'

export const factsRust: Group = {
  title: 'what Rust does (docs/interop.md); in these, `we` are bytes by hand',
  cases: [
    {
      name: 'R1: a frame of unknown type: GOAWAY(1), and it sends nothing more',
      where: { rust: true },
      run: async (trial) => {
        const { raw, id, stream } = await met(trial)
        await raw.send(raw.frame.raw(15, 0, id), raw.frame.data(id, ascii('on')))
        const goaway = await raw.next()
        assert.deepInclude([goaway?.kind, goaway?.body[7], goaway?.length], 'goaway')
        assert.deepEqual([goaway?.body[7], goaway?.length], [1, 13], 'with 13 bytes of debug and a length of 13 (R6)')
        await stream.write(1, 5).catch(() => {})
        assert.isTrue(await silence(raw.next()))
      }
    },
    {
      name: 'R2, R15: GOAWAY cuts its streams short, and their readers get a clean end',
      where: { rust: true },
      run: async (trial) => {
        const { raw, id, stream } = await met(trial)
        await raw.send(raw.frame.data(id, pattern(10)), raw.frame.goaway(0xffff, 0), raw.frame.data(id, pattern(10), true))
        assert.deepEqual(await sizes(stream), { n: 10, eof: true })
      }
    },
    {
      name: 'R15: so does the end of the transport, also within a frame',
      where: { rust: true },
      run: async (trial) => {
        const { raw, id, stream } = await met(trial)
        await raw.send(raw.frame.data(id, pattern(10)), raw.frame.data(id, pattern(100)).subarray(0, 50))
        raw.end()
        assert.deepEqual(await sizes(stream), { n: 10, eof: true })
      }
    },
    {
      name: 'R17: reason 0 goes unnoticed: writing goes on until the credit is used up, and waits for ever',
      where: { rust: true },
      run: async (trial) => {
        for (const way of ['rst', 'goaway'] as const) {
          const { raw, peer, id, stream } = await met(trial, { window: 10 })
          if (way === 'goaway') {
            await raw.send(raw.frame.goaway(id, 0))
            assert.deepEqual(await sizes(stream), { n: 0, eof: true })
          } else {
            await raw.send(raw.frame.rst(id, 0), raw.frame.syn(id + 2))
            await peer.accept()
          }
          await stream.write(1, 5)
          if (way === 'rst') assert.deepInclude(await raw.next(), { kind: 'data', id, length: 5 })
          assert.isTrue(await silence(stream.write(1, 50)))
        }
      }
    },
    {
      name: 'R3: with 64 streams waiting to be accepted it reads nothing more',
      where: { rust: true },
      run: async (trial) => {
        const { raw, peer, id, stream } = await met(trial)
        await raw.send(...Array.from({ length: 70 }, (_, i) => raw.frame.syn(id + 2 + 2 * i)), raw.frame.data(id, pattern(1)))
        const reading = stream.read(1)
        assert.isTrue(await silence(reading))
        for (let i = 0; i < 10; i++) await peer.accept()
        assert.equal((await reading).n, 1)
      }
    },
    {
      name: 'R5: the 513th stream ends its reading for good, without GOAWAY or RST',
      where: { rust: true },
      run: async (trial) => {
        const { raw, peer, id, stream } = await met(trial)
        for (let i = 1; i < 512; i++) {
          await raw.send(raw.frame.syn(id + 2 * i))
          await peer.accept()
        }
        await raw.send(raw.frame.data(id, pattern(1)))
        assert.equal((await stream.read(1)).n, 1)
        await raw.upTo(({ kind }) => kind === 'credit')
        await raw.send(raw.frame.syn(id + 2 * 512), raw.frame.data(id, pattern(1)))
        assert.deepEqual(await sizes(stream), { n: 0, eof: true })
        assert.isTrue(await silence(raw.next()))
      }
    },
    {
      name: 'R6: the length of its GOAWAY counts the debug only; below eight bytes it writes none',
      where: { rust: true },
      run: async (trial) => {
        const { raw, peer, id } = await met(trial)
        await peer.tell('goaway', { code: 10, debug: Buffer.from('nine byte').toString('hex') })
        const goaway = await raw.next()
        assert.deepEqual([goaway?.kind, goaway?.length, goaway?.body[7]], ['goaway', 9, 10])
        assert.equal(goaway?.body[3], id, 'the last id that it has seen')
        const other = await trial.provoke(plain)
        await other.peer.tell('goaway', { code: 10, debug: Buffer.from('short').toString('hex') })
        assert.isTrue(await silence(other.raw.next()))
      }
    },
    {
      name: 'R7: a reader that waits is not told of an RST',
      where: { rust: true },
      run: async (trial) => {
        const { raw, id, stream } = await met(trial)
        const reading = stream.read()
        await raw.send(raw.frame.rst(id, 6))
        assert.equal(await stream.failure(), 6)
        assert.isTrue(await silence(reading))
      }
    },
    {
      name: 'R9: four bytes for each piece of a ping; after FIN, zeros until its credit is used up',
      where: { rust: true },
      run: async (trial) => {
        const { raw, peer } = await trial.provoke({ heartbeat: 600_000 })
        await peer.tell('serve')
        const [, id] = ids(trial.role)
        await raw.send(raw.frame.syn(id, { data: typeBytes(0xffffffff) }), raw.frame.data(id, ascii('ab')))
        const answer = (await raw.upTo(({ kind, id: on }) => kind === 'data' && on === id)).at(-1)
        assert.deepEqual([...answer?.body ?? []], [97, 98, 0, 0])
        await raw.send(raw.frame.fin(id))
        let zeros = 0
        while (zeros < 1_000) zeros += (await raw.upTo(({ kind, id: on }) => kind === 'data' && on === id)).at(-1)?.length ?? 0
      }
    },
    {
      name: 'R10: it answers an RST of wrong length with RST(2)',
      where: { rust: true },
      run: async (trial) => {
        const { raw, id } = await met(trial)
        await raw.send(raw.frame.raw(0, 0, id, new Uint8Array(8)))
        assert.deepEqual(await raw.words(1), [`rst ${id} 2`])
      }
    },
    {
      name: 'R13: credit beyond its own initial window is dropped',
      where: { rust: true },
      run: async (trial) => {
        const { raw, peer } = await trial.provoke(plain)
        const stream = await peer.open()
        void stream.write(1, 2_000_000).catch(() => {})
        let sent = 0
        const take = async (upTo: number): Promise<number> => {
          let id = 0
          while (sent < upTo) {
            const frame = await raw.next()
            sent += frame?.length ?? 0
            id = frame?.id ?? 0
          }
          return id
        }
        const id = await take(262_144)
        await raw.send(raw.frame.credit(id, 1_000_000))
        await take(524_288)
        assert.isTrue(await silence(raw.next()))
        assert.equal(sent, 524_288)
      }
    },
    {
      name: 'R14: of a reader and a writer of one stream in two tasks, one is forgotten',
      where: { rust: true },
      run: async (trial) => {
        const { raw, id, stream } = await met(trial, { window: 10, wakes: 0 })
        const reading = stream.read(5)
        const writing = stream.write(1, 15)
        await raw.upTo(({ kind }) => kind === 'data')
        await raw.send(raw.frame.credit(id, 10))
        await writing
        await raw.send(raw.frame.data(id, pattern(5)))
        assert.isTrue(await silence(reading))
      }
    },
    {
      name: 'R16: a SYN of its own parity opens a stream, one on a live id takes its place',
      where: { rust: true },
      run: async (trial) => {
        const { raw, peer, id, stream } = await met(trial)
        await raw.send(raw.frame.syn(id))
        await peer.accept()
        await raw.send(raw.frame.data(id, pattern(7)))
        assert.deepEqual(await sizes(stream), { n: 0, eof: true })
        await raw.send(raw.frame.syn(id + 1))
        await peer.accept()
      }
    },
    {
      name: 'R18: after a GOAWAY it opens streams without an error, and sends nothing',
      where: { rust: true },
      run: async (trial) => {
        const { raw, peer, stream } = await met(trial)
        await raw.send(raw.frame.goaway(3, 0))
        await stream.read()
        const late = await peer.open()
        await late.write(1, 5)
        assert.isTrue(await silence(raw.next()))
      }
    }
  ]
}

/**
 * What the peers do that they should not, or no longer do: each is made to, by bytes by hand. docs/interop.md reports these; a line that fails
 * says that the report is out of date. In these cases `client` and `server` are the roles of the bytes by hand.
 *
 * @module
 */
import { assert } from 'chai'
import { ascii, pattern } from '../../support/bytes.ts'
import { typeBytes } from '../../support/frames.ts'
import type { Case, Group } from '../case.ts'
import { PeerError } from '../peer.ts'
import type { PeerStream, Read } from '../peer.ts'
import type { Raw } from '../raw.ts'
import type { Role } from '../trial.ts'

/** The first ids of the bytes by hand. */
const first = (role: Role): number => role === 'client' ? 3 : 2
const plain = { typed: false } as const
/** Long enough for a peer on this machine to answer, were it to. */
const silence = async <Value>(wait: Promise<Value>): Promise<boolean> => {
  const late = Symbol('late')
  return await Promise.race([wait.catch((error: unknown) => error), new Promise((resolve) => { setTimeout(resolve, 300, late) })]) === late
}
const codeOf = async (wait: Promise<unknown>): Promise<number> => {
  try {
    await wait
  } catch (error) {
    if (error instanceof PeerError) return error.code
    throw error
  }
  throw new Error('it did not fail')
}
const sizes = async (stream: PeerStream): Promise<Omit<Read, 'sha'>> => {
  const { n, eof } = await stream.read()
  return { n, eof }
}

/** A stream that the peer has accepted, with a byte read. */
async function accepted (raw: Raw, accept: () => Promise<PeerStream>, id: number): Promise<PeerStream> {
  await raw.send(raw.frame.syn(id, { data: Uint8Array.of(1) }))
  const stream = await accept()
  assert.equal((await stream.read(1)).n, 1)
  await raw.upTo(({ kind }) => kind === 'credit')
  return stream
}

const go: Case[] = [
  {
    name: 'gone since fc182d9: Q1, what follows a GOAWAY is taken for debug',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
      await raw.send(raw.frame.goaway(0, 0, ascii('bye')), raw.frame.fin(id))
      assert.deepEqual(await sizes(stream), { n: 0, eof: true })
    }
  },
  {
    name: 'gone since fc182d9: a SYN takes the place of a live stream; now it dies(1)',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      await accepted(raw, async () => await peer.accept(), id)
      await raw.send(raw.frame.syn(id))
      const [last] = (await raw.upTo(() => false)).slice(-1)
      assert.deepInclude([last?.kind, last?.body[7]], 'goaway')
      assert.equal(last?.body[7], 1)
    }
  },
  {
    name: 'gone since fc182d9: a read deadline that does nothing',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const stream = await accepted(raw, async () => await peer.accept(), first(trial.role))
      const reading = stream.read()
      await stream.deadline(20)
      await codeOf(reading)
    }
  },
  {
    name: 'Q2: the payload of a SYN that it refuses is read as frames',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
      await peer.tell('goaway', { code: 0, debug: '' })
      await raw.upTo(({ kind }) => kind === 'goaway')
      await raw.send(raw.frame.syn(id + 2, { data: raw.frame.data(id, ascii('smuggled')) }))
      assert.equal((await stream.read(8)).n, 8, 'bytes of one stream have become those of another')
    }
  },
  {
    name: 'Q3: a stream that came with SYN and FIN in one frame cannot be answered',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      await raw.send(raw.frame.syn(first(trial.role), { fin: true, data: ascii('q') }))
      const stream = await peer.accept()
      assert.deepEqual(await sizes(stream), { n: 1, eof: true })
      assert.equal(await codeOf(stream.write(1, 1)), 4)
    }
  },
  {
    name: 'Q6: the last id of its GOAWAY is that of the last SYN, not the highest',
    where: { go: true, rust: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      await raw.send(raw.frame.syn(id + 4), raw.frame.syn(id))
      await peer.accept()
      await peer.accept()
      // Rust writes none with less than eight bytes of debug (R6)
      await peer.tell('goaway', { code: 0, debug: Buffer.from('no error').toString('hex') })
      const goaway = await raw.next()
      assert.deepEqual([goaway?.kind, goaway?.body[3]], ['goaway', id])
    }
  },
  {
    name: 'Q8: a frame that the end of the transport cuts short is taken for whole',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
      await stream.finish()
      await raw.send(raw.frame.data(id, pattern(100), true).subarray(0, 58))
      raw.end()
      assert.deepEqual(await sizes(stream), { n: 50, eof: true })
    }
  },
  {
    name: 'Q9: a stream id with its top bit set kills the session at the first read, without GOAWAY',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      await raw.send(raw.frame.syn(0x80000000 + first(trial.role), { data: pattern(5) }))
      const stream = await peer.accept()
      await stream.read(5).catch(() => {})
      assert.deepEqual(await raw.words(1), ['end'])
    }
  },
  {
    name: 'Q11: a stream that it refused with RST(9) lives on inside, and takes what comes',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke({ ...plain, backlog: 1 })
      const id = first(trial.role)
      await raw.send(raw.frame.syn(id), raw.frame.syn(id + 2))
      assert.deepEqual(await raw.words(1), [`rst ${id + 2} 9`])
      await raw.send(raw.frame.data(id + 2, pattern(100_000)), raw.frame.data(id + 4, pattern(1)))
      assert.deepEqual(await raw.words(1), [`rst ${id + 4} 4`], 'no answer to the first of these')
      await peer.accept()
    }
  },
  {
    name: 'typed: a type in two pieces is misread',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke()
      const id = first(trial.role)
      const type = typeBytes(0xcafebabe)
      const accepting = peer.accept()
      await raw.send(raw.frame.syn(id, { data: type.subarray(0, 2) }))
      assert.equal((await accepting).type, 0xcafe0000)
    }
  },
  {
    name: 'over the window: 16 MiB are read first, and given to the application',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const sending = raw.send(raw.frame.syn(id, { data: new Uint8Array(16_777_215) }))
      const stream = await peer.accept()
      await sending
      assert.equal((await stream.read(16_777_215)).n, 16_777_215)
    }
  },
  {
    name: 'more than 1 MiB of GOAWAY debug: the rest is read as frames',
    where: { go: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
      await raw.send(raw.frame.goaway(id, 0, Buffer.concat([new Uint8Array(1_048_576), raw.frame.data(id, ascii('smuggled'))])))
      assert.equal((await stream.read(8)).n, 8)
    }
  }
]

const both: Case[] = [
  {
    name: 'typed: while one stream has not said its type, none is accepted',
    where: { go: true, rust: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke()
      const id = first(trial.role)
      const accepting = peer.accept()
      await raw.send(raw.frame.syn(id), raw.frame.syn(id + 2, { data: typeBytes(7) }))
      assert.isTrue(await silence(accepting))
      await raw.send(raw.frame.data(id, typeBytes(5)))
      assert.equal((await accepting).type, 5)
      assert.equal((await peer.accept()).type, 7)
    }
  },
  {
    name: 'typed: a stream that ends before its type makes accepting fail',
    where: { go: true, rust: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke()
      const id = first(trial.role)
      await raw.send(raw.frame.syn(id), raw.frame.fin(id))
      await codeOf(peer.accept())
      await raw.send(raw.frame.syn(id + 2, { data: typeBytes(7) }))
      assert.equal((await peer.accept()).type, 7)
    }
  }
]

const rust: Case[] = [
  {
    name: 'R1: a frame of unknown type: GOAWAY(1), and it sends nothing more',
    where: { rust: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
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
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
      await raw.send(raw.frame.data(id, pattern(10)), raw.frame.goaway(0xffff, 0), raw.frame.data(id, pattern(10), true))
      assert.deepEqual(await sizes(stream), { n: 10, eof: true })
    }
  },
  {
    name: 'R15: so does the end of the transport, also within a frame',
    where: { rust: true },
    run: async (trial) => {
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
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
        const { raw, peer } = await trial.provoke({ ...plain, window: 10 })
        const id = first(trial.role)
        const stream = await accepted(raw, async () => await peer.accept(), id)
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
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
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
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
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
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      await accepted(raw, async () => await peer.accept(), id)
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
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
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
      const id = first(trial.role)
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
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      await accepted(raw, async () => await peer.accept(), id)
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
      const { raw, peer } = await trial.provoke({ ...plain, window: 10, wakes: 0 })
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
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
      const { raw, peer } = await trial.provoke(plain)
      const id = first(trial.role)
      const stream = await accepted(raw, async () => await peer.accept(), id)
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
      const { raw, peer } = await trial.provoke(plain)
      const stream = await accepted(raw, async () => await peer.accept(), first(trial.role))
      await raw.send(raw.frame.goaway(3, 0))
      await stream.read()
      const late = await peer.open()
      await late.write(1, 5)
      assert.isTrue(await silence(raw.next()))
    }
  }
]

export const facts: Group = {
  title: 'what the peers do (docs/interop.md); in these, `we` are bytes by hand',
  cases: [...go, ...both, ...rust]
}

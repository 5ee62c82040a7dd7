/**
 * What Go's second generation does that it should not, or no longer does, and what both peers do: each is made to, by bytes by hand.
 * docs/interop.md reports these; a line that fails says that the report is out of date. In these cases `client` and `server` are
 * the roles of the bytes by hand.
 *
 * @module
 */
import { assert } from 'chai'
import { ascii, pattern } from '../../support/bytes.ts'
import { typeBytes } from '../../support/frames.ts'
import { both } from '../case.ts'
import type { Group } from '../case.ts'
import { codeOf, ids, met, plain, silence, sizes } from './shared.ts'

export const factsGo: Group = {
  title: 'what Go does, and both (docs/interop.md); in these, `we` are bytes by hand',
  cases: [
    {
      name: 'gone since v2.0.1: Q1, what follows a GOAWAY is taken for debug',
      where: { go: true, 'go-2.0.1': 'it does: the next case' },
      run: async (trial) => {
        const { raw, id, stream } = await met(trial)
        await raw.send(raw.frame.goaway(0, 0, ascii('bye')), raw.frame.fin(id))
        assert.deepEqual(await sizes(stream), { n: 0, eof: true })
      }
    },
    {
      name: 'v2.0.1: Q1, what follows a GOAWAY is taken for debug',
      where: { 'go-2.0.1': true },
      run: async (trial) => {
        const { raw, id, stream } = await met(trial)
        await raw.send(raw.frame.goaway(0, 0, ascii('bye')), raw.frame.fin(id), raw.frame.data(id, ascii('on'), true))
        assert.deepEqual(await sizes(stream), { n: 2, eof: true }, 'the FIN before was eaten')
      }
    },
    {
      name: 'gone since v2.0.1: a SYN takes the place of a live stream; now it dies(1)',
      where: { go: true, 'go-2.0.1': 'it does: the next case' },
      run: async (trial) => {
        const { raw, id } = await met(trial)
        await raw.send(raw.frame.syn(id))
        const [last] = (await raw.upTo(() => false)).slice(-1)
        assert.deepInclude([last?.kind, last?.body[7]], 'goaway')
        assert.equal(last?.body[7], 1)
      }
    },
    {
      name: 'v2.0.1: a SYN takes the place of a live stream',
      where: { 'go-2.0.1': true },
      run: async (trial) => {
        const { raw, peer, id } = await met(trial)
        await raw.send(raw.frame.syn(id), raw.frame.data(id, ascii('new')))
        assert.equal((await (await peer.accept()).read(3)).n, 3)
      }
    },
    {
      name: 'gone since fc182d9: a read deadline that does nothing',
      where: { go: true },
      run: async (trial) => {
        const { stream } = await met(trial)
        const reading = stream.read()
        await stream.deadline(20)
        await codeOf(reading)
      }
    },
    {
      name: 'Q2: the payload of a SYN that it refuses is read as frames',
      where: { go: true },
      run: async (trial) => {
        const { raw, peer, id, stream } = await met(trial)
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
        await raw.send(raw.frame.syn(ids(trial.role)[1], { fin: true, data: ascii('q') }))
        const stream = await peer.accept()
        assert.deepEqual(await sizes(stream), { n: 1, eof: true })
        assert.equal(await codeOf(stream.write(1, 1)), 4)
      }
    },
    {
      name: 'Q8: a frame that the end of the transport cuts short is taken for whole',
      where: { go: true },
      run: async (trial) => {
        const { raw, id, stream } = await met(trial)
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
        await raw.send(raw.frame.syn(0x80000000 + ids(trial.role)[1], { data: pattern(5) }))
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
        const [, id] = ids(trial.role)
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
        const [, id] = ids(trial.role)
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
        const [, id] = ids(trial.role)
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
        const { raw, id, stream } = await met(trial)
        await raw.send(raw.frame.goaway(id, 0, Buffer.concat([new Uint8Array(1_048_576), raw.frame.data(id, ascii('smuggled'))])))
        assert.equal((await stream.read(8)).n, 8)
      }
    },
    {
      name: 'Q6: the last id of its GOAWAY is that of the last SYN, not the highest',
      where: both,
      run: async (trial) => {
        const { raw, peer } = await trial.provoke(plain)
        const [, id] = ids(trial.role)
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
      name: 'typed: while one stream has not said its type, none is accepted',
      where: both,
      run: async (trial) => {
        const { raw, peer } = await trial.provoke()
        const [, id] = ids(trial.role)
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
      where: both,
      run: async (trial) => {
        const { raw, peer } = await trial.provoke()
        const [, id] = ids(trial.role)
        await raw.send(raw.frame.syn(id), raw.frame.fin(id))
        await codeOf(peer.accept())
        await raw.send(raw.frame.syn(id + 2, { data: typeBytes(7) }))
        assert.equal((await peer.accept()).type, 7)
      }
    }
  ]
}

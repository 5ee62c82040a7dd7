/**
 * Cases of section 2.7 about frames that are well made and come on a stream where they do not belong.
 *
 * @module
 */
import { type Case, fatal, must } from '../case.ts'
import { block, closed, forgotten } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, SYN, type WireNumber } from '../wire.ts'

type Where = (talk: Talk) => Promise<number> | number
type What = (talk: Talk, id: number) => Uint8Array

const one = { wires: [1] } as const
const two = { wires: [2] } as const

const data: What = ({ w }, id) => w.data(id, HELLO)
const dataFin: What = ({ w }, id) => w.data(id, HELLO, FIN)
const empty: What = ({ w }, id) => w.data(id)
const fin: What = ({ w }, id) => w.data(id, undefined, FIN)
const rst: What = ({ w }, id) => w.rst(id)
const wndinc: What = ({ w }, id) => w.wndinc(id, 100)

/** What is sent there gets no answer, and the session lives. */
function ignored (id: string, title: string, where: Where, what: What, wires: readonly WireNumber[] = [1, 2]): Case {
  return must(`2.7-${id}`, `${title}: no answer`, async (talk) => {
    const stream = await where(talk)
    await talk.settle()
    const mark = talk.frames.length
    talk.put(what(talk, stream))
    await talk.settle()
    talk.silent(stream, mark)
  }, { wires })
}

/** What is sent there twice is answered once with RST(streamClosed). */
function answeredOnce (id: string, title: string, where: Where, what: What, wires: readonly WireNumber[] = [1, 2]): Case {
  return must(`2.7-${id}`, `${title}: RST(streamClosed) once, then nothing`, async (talk) => {
    const stream = await where(talk)
    await talk.settle()
    const mark = talk.frames.length
    talk.put(what(talk, stream))
    await talk.reset(stream, 'streamClosed')
    talk.put(what(talk, stream), what(talk, stream))
    await talk.settle()
    talk.silent(stream, mark, (frame) => frame === talk.frames.slice(mark).find(({ kind, id: on }) => kind === 'rst' && on === stream))
  }, { wires })
}

/** What is sent there ends the session. */
function kills (id: string, title: string, where: Where, what: What, wires: readonly WireNumber[]): Case {
  return fatal(`2.7-${id}`, `${title}: the session ends`, 'protocol', async (talk) => { talk.put(what(talk, await where(talk))) }, { wires })
}

const zero: Where = () => 0
/** An id of ours, above all that were used. */
const idle: Where = async (talk) => {
  await talk.whole()
  return talk.id()
}
/** An id of the endpoint's that it has not used. */
const foreign: Where = (talk) => talk.foreign
/** An id of ours that was left out. */
const skipped: Where = async (talk) => {
  const id = talk.id()
  await talk.whole()
  return id
}
/** An id of ours that nobody has used, where ids without a stream are all alike. */
const never: Where = (talk) => talk.id() + 1000
/** A stream that the endpoint is still answering, finished by us. */
const finished: Where = async (talk) => (await block(talk, 100, FIN)).id
const live: Where = async (talk) => {
  const id = talk.open()
  talk.say(id, HELLO)
  await talk.back(id, HELLO)
  return id
}

const sides: ReadonlyArray<readonly [name: string, what: What]> = [['data', data], ['fin', fin], ['rst', rst], ['wndinc', wndinc]]

/** The cases of section 2.7 about streams. */
export const misplaced: readonly Case[] = [
  ...sides.map(([name, what]) => kills(`${name}-on-id-0`, `${name.toUpperCase()} on id 0`, zero, what, [2])),
  ...sides.map(([name, what]) => kills(`${name}-on-idle-id`, `${name.toUpperCase()} on an id that was not opened yet`, idle, what, [1])),
  ...sides.map(([name, what]) => kills(`${name}-on-idle-foreign-id`, `${name.toUpperCase()} on an id of the endpoint that it has not taken`, foreign, what, [1])),

  answeredOnce('data-on-id-0-is-answered', 'DATA on id 0', zero, data, [1]),
  ignored('fin-on-id-0-is-ignored', 'an empty DATA with FIN on id 0', zero, fin, [1]),
  ignored('rst-on-id-0-is-ignored', 'RST on id 0', zero, rst, [1]),
  ignored('wndinc-on-id-0-is-ignored', 'WNDINC on id 0', zero, wndinc, [1]),
  { ...answeredOnce('data-on-id-1', 'DATA on id 1', () => 1, data, [1]), roles: ['client'] },

  answeredOnce('data-on-skipped-id', 'DATA on an id that was left out', skipped, data, [1]),
  answeredOnce('empty-on-skipped-id', 'an empty DATA on an id that was left out', skipped, empty, [1]),
  ignored('fin-on-skipped-id', 'an empty DATA with FIN on an id that was left out', skipped, fin, [1]),
  ignored('rst-on-skipped-id', 'RST on an id that was left out', skipped, rst, [1]),
  ignored('wndinc-on-skipped-id', 'WNDINC on an id that was left out', skipped, wndinc, [1]),

  answeredOnce('data-on-unknown-id', 'DATA on an id that was never opened', never, data, [2]),
  answeredOnce('data-fin-on-unknown-id', 'DATA with FIN on an id that was never opened', never, dataFin, [2]),
  answeredOnce('data-on-unknown-foreign-id', 'DATA on an id of the endpoint that it has not taken', foreign, data, [2]),
  ignored('fin-on-unknown-id', 'an empty DATA with FIN on an id that was never opened', never, fin, [2]),
  ignored('rst-on-unknown-id', 'RST on an id that was never opened', never, rst, [2]),
  ignored('wndinc-on-unknown-id', 'WNDINC on an id that was never opened', never, wndinc, [2]),

  answeredOnce('data-on-closed-id', 'DATA on a stream that is over', closed, data),
  answeredOnce('data-fin-on-closed-id', 'DATA with FIN on a stream that is over', closed, dataFin),
  answeredOnce('empty-on-closed-id', 'an empty DATA on a stream that is over', closed, empty),
  ignored('fin-on-closed-id', 'an empty DATA with FIN on a stream that is over', closed, fin),
  ignored('rst-on-closed-id', 'RST on a stream that is over', closed, rst),
  ignored('wndinc-on-closed-id', 'WNDINC on a stream that is over', closed, wndinc),

  ignored('data-on-forgotten-id', 'DATA on a stream that was reset', forgotten, data),
  ignored('data-fin-on-forgotten-id', 'DATA with FIN on a stream that was reset', forgotten, dataFin),
  ignored('empty-on-forgotten-id', 'an empty DATA on a stream that was reset', forgotten, empty),
  ignored('fin-on-forgotten-id', 'an empty DATA with FIN on a stream that was reset', forgotten, fin),
  ignored('rst-on-forgotten-id', 'RST on a stream that was reset', forgotten, rst),
  ignored('wndinc-on-forgotten-id', 'WNDINC on a stream that was reset', forgotten, wndinc),
  kills('syn-on-forgotten-id', 'a SYN on a stream that was reset', forgotten, ({ w }, id) => w.syn(id), [1]),
  ignored('syn-on-forgotten-id-is-swallowed', 'an opening frame on a stream that was reset', forgotten, ({ w }, id) => w.data(id, undefined, SYN), [2]),

  answeredOnce('data-after-fin', 'DATA behind FIN', finished, data),
  answeredOnce('data-fin-after-fin', 'DATA with FIN behind FIN', finished, dataFin),
  ignored('empty-after-fin', 'an empty DATA behind FIN', finished, empty),
  ignored('fin-after-fin', 'a second FIN', finished, fin),
  ignored('empty-on-live-stream', 'an empty DATA on a live stream', live, empty),
  must('2.7-live-after-empty', 'a stream goes on after empty DATA frames', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.data(id), talk.w.data(id, HELLO), talk.w.data(id), talk.w.data(id))
    talk.say(id, HELLO, FIN)
    await talk.bytes(id, 10)
    await talk.finished(id)
  }),
  must('2.7-finished-goes-on', 'after a repeated FIN the answer still comes whole', async (talk) => {
    const { id, payload } = await block(talk, 100, FIN)
    talk.put(talk.w.data(id, undefined, FIN), talk.w.data(id), talk.w.wndinc(id, 100))
    await talk.back(id, payload)
    await talk.finished(id)
  }),
  must('2.7-wndinc-with-nothing-to-send', 'credit for a half that has nothing to send is no fault', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.wndinc(id, 1), talk.w.wndinc(id, 100_000))
    talk.say(id, HELLO, FIN)
    await talk.back(id, HELLO)
    await talk.finished(id)
    const { resets } = talk.on(id)
    if (resets.length > 0) throw new Unmet('no RST', 'one')
  }),

  fatal('2.7-syn-on-id-0', 'a SYN on id 0 ends the session', 'protocol', (talk) => { talk.put(talk.w.open(0)) }),
  fatal('2.7-syn-on-id-1', 'a SYN on id 1 at a server ends the session', 'protocol', (talk) => { talk.put(talk.w.open(1)) }, { ...one, roles: ['client'] }),
  must('2.7-syn-on-id-1-is-accepted', 'a stream with id 1 is accepted by a server', async (talk) => {
    talk.put(talk.w.open(1))
    talk.say(1, HELLO, FIN)
    await talk.back(1, HELLO)
    await talk.finished(1)
  }, { ...two, roles: ['client'] })
]

/**
 * Cases of sections 4.6 and 4.7: RST, and what comes late on a stream that was reset.
 *
 * @module
 */
import { type Case, must } from '../case.ts'
import { frameText } from '../reader.ts'
import { block, closed, command, forgotten } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, pattern, type Reason } from '../wire.ts'

/** Nothing comes on these streams from now on. */
async function silence (talk: Talk, ids: readonly number[]): Promise<void> {
  await talk.settle()
  const mark = talk.frames.length
  await talk.settle()
  for (const id of ids) talk.silent(id, mark)
}

/** A stream that the endpoint resets of itself, for payload behind FIN. */
async function resetByEndpoint (talk: Talk): Promise<number> {
  const { id } = await block(talk, 100, FIN)
  talk.put(talk.w.data(id, HELLO))
  await talk.reset(id, 'streamClosed')
  return id
}

/** What comes late on a stream that the endpoint has reset. */
function late (name: string, title: string, what: (talk: Talk, id: number) => Uint8Array): Case {
  return must(`4.7-late-${name}`, `${title} on a stream that it has reset is not answered`, async (talk) => {
    const id = await resetByEndpoint(talk)
    const mark = talk.frames.length
    talk.put(what(talk, id), what(talk, id))
    await talk.settle()
    talk.silent(id, mark)
  })
}

/** The cases of sections 4.6 and 4.7. */
export const resets: readonly Case[] = [
  must('4.6-rst-stops-the-answer', 'RST ends both halves: nothing is sent for credit any more', async (talk) => {
    const { id } = await block(talk, 1000)
    talk.put(talk.w.rst(id))
    await talk.settle()
    const mark = talk.frames.length
    talk.put(talk.w.wndinc(id, 1000))
    await talk.settle()
    talk.silent(id, mark)
  }),
  must('4.6-rst-is-not-answered', 'RST is not answered', async (talk) => {
    const id = talk.open()
    talk.say(id, HELLO)
    await talk.back(id, HELLO)
    await talk.settle()
    const mark = talk.frames.length
    talk.put(talk.w.rst(id))
    await talk.settle()
    talk.silent(id, mark)
  }),
  ...(['none', 'protocol', 'internal', 'flowControl', 'streamClosed', 'frameSize', 'refused', 'cancel'] as const).map((reason: Reason) =>
    must(`4.6-rst-${reason}`, `RST(${reason}) resets a stream, and no other`, async (talk) => {
      const { id, payload } = await block(talk, 100)
      const other = await block(talk, 100)
      talk.put(talk.w.rst(id, reason), talk.w.wndinc(id, 100), talk.w.wndinc(other.id, 100))
      const mark = talk.frames.length
      await talk.back(other.id, payload)
      await talk.settle()
      talk.silent(id, mark)
    })),
  must('4.6-rst-at-once', 'a stream that is opened and reset at once is nothing', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.open(id), talk.w.rst(id))
    await talk.settle()
    await silence(talk, [id])
  }),
  must('4.6-rst-twice', 'a second RST is ignored', async (talk) => {
    const id = await forgotten(talk)
    talk.put(talk.w.rst(id), talk.w.rst(id))
    await silence(talk, [id])
  }),
  must('4.6-rst-when-over', 'RST on a stream that is over is ignored', async (talk) => {
    const id = await closed(talk)
    talk.put(talk.w.rst(id, 'streamClosed'))
    await silence(talk, [id])
  }),
  must('4.6-rst-before-the-answer', 'RST behind a whole request is no fault', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.open(id), talk.w.data(id, HELLO, FIN), talk.w.rst(id))
    await silence(talk, [id])
  }),
  must('4.6-rst-mid-flight', 'RST in the middle of a large answer ends it, and other streams go on', async (talk) => {
    const other = talk.open()
    const ids = Array.from({ length: 10 }, () => talk.open())
    for (const id of ids) talk.say(id, pattern(20_000))
    talk.put(...ids.map((id) => talk.w.rst(id)))
    talk.say(other, HELLO)
    await talk.back(other, HELLO)
    await silence(talk, ids)
  }),
  must('4.6-reset-sends-one-rst', 'a stream that it resets gets one RST and nothing behind it', async (talk) => {
    const id = command(talk, 'reset')
    await talk.reset(id)
    await talk.settle()
    const behind = talk.frames.filter((frame) => frame.id === id)
    const [last] = behind.slice(behind.findIndex(({ kind }) => kind === 'rst') + 1)
    if (last !== undefined) throw new Unmet('nothing behind RST', frameText(talk.wire, last))
  }, { needs: ['reset'] }),
  must('4.6-reset-swallows', 'what comes on a stream that it has reset is swallowed', async (talk) => {
    const id = command(talk, 'reset')
    await talk.reset(id)
    const mark = talk.frames.length
    talk.put(talk.w.data(id, HELLO), talk.w.wndinc(id, 5), talk.w.data(id, undefined, FIN), talk.w.rst(id), talk.w.data(id, HELLO))
    await talk.settle()
    talk.silent(id, mark)
  }, { needs: ['reset'] }),

  late('data', 'DATA', ({ w }, id) => w.data(id, HELLO)),
  late('data-with-fin', 'DATA with FIN', ({ w }, id) => w.data(id, HELLO, FIN)),
  late('empty', 'empty DATA', ({ w }, id) => w.data(id)),
  late('fin', 'an empty FIN', ({ w }, id) => w.data(id, undefined, FIN)),
  late('rst', 'RST', ({ w }, id) => w.rst(id)),
  late('wndinc', 'WNDINC', ({ w }, id) => w.wndinc(id, 100)),
  must('4.7-late-payload-costs-no-window', 'payload on a stream that was reset belongs to no window: more than one window of it is skipped', async (talk) => {
    const id = await forgotten(talk)
    const mark = talk.frames.length
    talk.say(id, pattern(talk.terms.window * 2))
    await talk.settle()
    talk.silent(id, mark)
  }),
  must('4.7-each-id-once', 'of many streams that are over each is answered once', async (talk) => {
    const ids: number[] = []
    for (let i = 0; i < 20; i++) ids.push(await closed(talk))
    for (let round = 0; round < 3; round++) for (const id of ids) talk.put(talk.w.data(id, HELLO))
    for (const id of ids) await talk.reset(id, 'streamClosed')
    await talk.settle()
    for (const id of ids) {
      const { resets: count } = talk.on(id)
      if (count.length !== 1) throw new Unmet(`one RST on stream ${id}`, `${count.length}`)
    }
  }),
  must('4.7-many-are-remembered', 'a hundred streams that were reset are all remembered', async (talk) => {
    const ids = Array.from({ length: 100 }, () => talk.open())
    for (const id of ids) talk.say(id, HELLO)
    for (const id of ids) await talk.back(id, HELLO)
    talk.put(...ids.map((id) => talk.w.rst(id)))
    await talk.settle()
    const mark = talk.frames.length
    talk.put(...ids.map((id) => talk.w.data(id, HELLO)))
    await talk.settle()
    for (const id of ids) talk.silent(id, mark)
  }),
  must('4.7-crossing-is-ordinary', 'credit and FIN that cross the end of a stream are ordinary', async (talk) => {
    for (let i = 0; i < 20; i++) {
      const id = talk.open()
      talk.say(id, HELLO, FIN)
      talk.put(talk.w.wndinc(id, 5), talk.w.data(id, undefined, FIN), talk.w.wndinc(id, 5))
      await talk.back(id, HELLO)
      await talk.finished(id)
      talk.put(talk.w.wndinc(id, 5), talk.w.data(id, undefined, FIN))
    }
  })
]

/**
 * Cases of sections 4.1 to 4.5 and 4.8: opening, accepting, and halves that end by themselves.
 *
 * @module
 */
import { type Case, must, should } from '../case.ts'
import { type Frame, frameText } from '../reader.ts'
import { block, command, theirs, windowOf } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, join, pattern, PRIORITY, TYPE, u32 } from '../wire.ts'

/** The frames of the first stream that the endpoint has opened for its application. */
async function firstOfTheirs (talk: Talk): Promise<readonly Frame[]> {
  const [first] = await theirs(talk)
  return talk.frames.filter(({ id }) => id === first?.id)
}

/** The cases of sections 4.1 to 4.5 and 4.8. */
export const streams: readonly Case[] = [
  must('4.1-data-at-once', 'payload may follow the opening at once, before any answer, as far as the window allows', async (talk) => {
    const id = talk.id()
    const payload = pattern(windowOf(talk))
    talk.put(talk.w.open(id))
    talk.say(id, payload, FIN)
    await talk.back(id, payload)
    await talk.finished(id)
  }),
  must('4.1-open-and-finish', 'a stream whose opener finishes at once is accepted, and answered with FIN', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.data(id, undefined, FIN))
    await talk.finished(id)
    if (talk.on(id).bytes > 0) throw new Unmet('no payload', `${talk.on(id).bytes} bytes`)
  }),
  must('4.1-priority-is-advice', 'streams of any priority are served', async (talk) => {
    const ids = [0x7fffffff, 1, 1000, 2].map((priority) => {
      const id = talk.id()
      talk.put(talk.w.syn(id, PRIORITY, u32(priority)), talk.w.data(id, HELLO, FIN))
      return id
    })
    for (const id of ids) {
      await talk.back(id, HELLO)
      await talk.finished(id)
    }
  }, { wires: [1] }),
  must('4.1-types-are-the-applications', 'streams of any type of the application are accepted', async (talk) => {
    for (const type of [1, 0x7fffffff, 0x80000000, 0xfffffefe]) await talk.whole(HELLO, type)
  }, { wires: [1] }),
  must('4.1-typed-are-the-applications', 'streams of any type of the application are accepted', async (talk) => {
    for (const type of [1, 0x7fffffff, 0x80000000, 0xfffffefe]) await talk.whole(HELLO, type)
  }, { wires: [2], typed: true }),
  must('4.1-opening-first', 'its opening frame is the first of its stream', async (talk) => {
    const [first] = await firstOfTheirs(talk)
    if (first?.syn !== true) throw new Unmet('an opening frame first', first === undefined ? 'none' : frameText(talk.wire, first))
  }, { needs: ['opens'] }),
  should('4.1-opening-empty', 'its opening frame carries nothing else', async (talk) => {
    const [first] = await firstOfTheirs(talk)
    if (first === undefined || first.length > 0) throw new Unmet('an empty opening frame', first === undefined ? 'none' : frameText(talk.wire, first))
  }, { wires: [2], needs: ['opens'] }),
  must('4.1-opener-is-answered', 'what is said on a stream that it opened comes to its application', async (talk) => {
    await firstOfTheirs(talk)
    for (const { id, bytes } of talk.theirs) {
      talk.say(id, HELLO, FIN)
      await talk.back(id, HELLO, bytes)
      await talk.finished(id)
    }
  }, { needs: ['opens'] }),

  must('4.2-many-streams', 'a hundred streams are open at once, and each gets its own bytes', async (talk) => {
    const ids = Array.from({ length: 100 }, () => talk.open())
    for (const id of ids) talk.say(id, pattern(100, id))
    for (const id of ids) await talk.back(id, pattern(100, id))
    for (const id of ids) talk.say(id, HELLO, FIN)
    for (const id of ids) {
      await talk.back(id, HELLO, 100)
      await talk.finished(id)
    }
  }),
  must('4.2-silent-streams', 'streams on which nothing is said stop no other', async (talk) => {
    for (let i = 0; i < 100; i++) talk.open()
    await talk.settle()
  }),
  must('4.2-one-after-another', 'two hundred streams are served one after another', async (talk) => {
    for (let i = 0; i < 200; i++) await talk.whole()
  }),
  must('4.2-no-frame-for-accepting', 'accepting a stream sends nothing', async (talk) => {
    await talk.settle()
    const mark = talk.frames.length
    const id = talk.open()
    await talk.settle()
    // The bytes of a type may be credited at once.
    talk.silent(id, mark, ({ kind }) => kind === 'wndinc' && talk.lead > 0)
  }),

  must('4.3-nothing-behind-fin', 'no payload comes behind its FIN', async (talk) => {
    const { id } = await block(talk, 100, FIN)
    talk.put(talk.w.wndinc(id, 100_000))
    await talk.finished(id)
    const mark = talk.frames.findIndex((frame) => frame.id === id && frame.fin) + 1
    await talk.settle()
    talk.silent(id, mark, ({ kind, length }) => kind !== 'data' || length === 0)
  }),
  must('4.3-fin-behind-all-payload', 'FIN waits for the payload before it', async (talk) => {
    const { id, payload } = await block(talk, 1000, FIN)
    if (talk.on(id).fin) throw new Unmet('no FIN while payload waits for credit', 'FIN')
    talk.put(talk.w.wndinc(id, 500))
    await talk.back(id, payload.subarray(0, talk.terms.window + 500))
    await talk.settle()
    if (talk.on(id).fin) throw new Unmet('no FIN while payload waits for credit', 'FIN')
    talk.put(talk.w.wndinc(id, 500))
    await talk.back(id, payload)
    await talk.finished(id)
  }),
  must('4.4-data-after-fin-ends-the-stream', 'payload behind FIN ends both halves: nothing comes for credit any more', async (talk) => {
    const { id } = await block(talk, 100, FIN)
    talk.put(talk.w.data(id, HELLO), talk.w.wndinc(id, 100))
    await talk.reset(id, 'streamClosed')
    const mark = talk.frames.length
    talk.put(talk.w.wndinc(id, 100))
    await talk.settle()
    talk.silent(id, mark)
  }),
  must('4.5-half-close', 'after our FIN its half goes on until all is said', async (talk) => {
    const { id, payload } = await block(talk, 20_000, FIN)
    for (let at = 0; at < 20_000; at += 4000) {
      talk.put(talk.w.wndinc(id, 4000))
      await talk.bytes(id, talk.terms.window + at + 4000)
    }
    await talk.back(id, payload)
    await talk.finished(id)
  }),
  must('4.5-fin-needs-no-credit', 'FIN comes when the credit is used up', async (talk) => {
    const id = talk.open()
    const payload = pattern(windowOf(talk))
    talk.say(id, payload)
    await talk.back(id, payload)
    // Our type has taken four bytes of our window, and nothing of the endpoint's.
    await talk.until(`credit on stream ${id}`, () => talk.on(id).credit >= talk.lead)
    talk.say(id, pattern(talk.lead), FIN)
    await talk.finished(id)
  }),
  must('4.5-our-fin-costs-nothing', 'an empty FIN is taken when our credit is used up', async (talk) => {
    const { id } = await block(talk, 10)
    talk.say(id, pattern(Math.max(0, talk.on(id).credit)))
    talk.put(talk.w.data(id, undefined, FIN), talk.w.wndinc(id, 0x1000000))
    await talk.finished(id)
  }),
  should('4.5-over-is-silent', 'when both halves are finished nothing is sent to say so', async (talk) => {
    const id = await talk.whole()
    const mark = talk.frames.findIndex((frame) => frame.id === id && frame.fin) + 1
    await talk.settle()
    talk.silent(id, mark)
  }),
  must('4.5-answer-in-order', 'payload comes back in order, through many frames of all sizes', async (talk) => {
    const id = talk.open()
    const parts = [1, 2, 10, 100, 1000, 3000, 1, 0, 16_000, 5].map((size, i) => pattern(size, i * 7))
    for (const part of parts) talk.say(id, part)
    const all = join(...parts)
    talk.put(talk.w.data(id, undefined, FIN))
    await talk.back(id, all)
    await talk.finished(id)
    if (talk.on(id).bytes !== all.length) throw new Unmet(`${all.length} bytes`, `${talk.on(id).bytes}`)
  }),
  must('4.8-finished-by-the-endpoint', 'when it has finished its half it goes on taking ours, and returns credit', async (talk) => {
    const id = command(talk, 'finish')
    await talk.finished(id)
    const { window } = talk.terms
    for (let sent = 0; sent < window * 3;) {
      const credit = await talk.until(`credit on stream ${id}`, () => talk.on(id).credit > 0 && talk.on(id).credit)
      const size = Math.min(credit, window * 3 - sent)
      talk.say(id, pattern(size, sent))
      sent += size
    }
    talk.put(talk.w.data(id, undefined, FIN))
    const mark = talk.frames.length
    await talk.settle()
    talk.silent(id, mark, ({ kind }) => kind === 'wndinc')
  }, { needs: ['finish'] }),
  must('4.8-reset-of-a-half', 'a stream that it has finished can still be reset', async (talk) => {
    const id = command(talk, 'finish')
    await talk.finished(id)
    talk.put(talk.w.rst(id))
    await talk.settle()
    const mark = talk.frames.length
    talk.put(talk.w.data(id, HELLO))
    await talk.settle()
    talk.silent(id, mark)
  }, { needs: ['finish'] }),
  must('4.8-reset-while-answering', 'a stream that we have finished can still be reset: the answer stops', async (talk) => {
    const { id } = await block(talk, 1000, FIN)
    talk.put(talk.w.rst(id))
    await talk.settle()
    const mark = talk.frames.length
    talk.put(talk.w.wndinc(id, 1000))
    await talk.settle()
    talk.silent(id, mark)
  }),
  must('4.8-types-and-priorities-mix', 'streams of all kinds run side by side', async (talk) => {
    const ids = [0, 1, 2, 3, 4].map((type) => {
      const id = talk.id()
      talk.put(talk.wire === 1 ? talk.w.syn(id, PRIORITY | TYPE, u32(type, type)) : talk.w.open(id, type))
      return id
    })
    for (const id of ids) talk.say(id, pattern(5000, id), FIN)
    for (const id of ids) {
      await talk.back(id, pattern(5000, id))
      await talk.finished(id)
    }
  })
]

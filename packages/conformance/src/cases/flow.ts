/**
 * Cases of section 5: windows, credit, and what goes over them.
 *
 * @module
 */
import { type Case, must, should } from '../case.ts'
import { frameText } from '../reader.ts'
import { block, command, commandText, exhaust, windowOf } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, MAX_31, pattern, SYN, u32 } from '../wire.ts'

const two = { wires: [2] } as const

/** Have `total` bytes echoed on one stream, credit going both ways as it becomes due. Returns the stream, which is finished. */
async function bulk (talk: Talk, total: number): Promise<number> {
  const id = talk.open()
  const heard = talk.on(id)
  let credited = 0
  const credit = (): void => {
    if (heard.bytes - credited < talk.terms.window / 4) return
    talk.put(talk.w.wndinc(id, heard.bytes - credited))
    credited = heard.bytes
  }
  for (let sent = 0; sent < total;) {
    const size = Math.min(total - sent, await talk.until(`credit on stream ${id} behind ${sent} bytes`, () => {
      credit()
      return heard.credit > 0 && heard.credit
    }))
    talk.say(id, pattern(size, sent), sent + size === total ? FIN : 0)
    sent += size
  }
  await talk.until(`${total} bytes on stream ${id}`, () => {
    credit()
    return heard.bytes >= total
  })
  await talk.back(id, pattern(total))
  await talk.finished(id)
  return id
}

/** After credit of `increment` on a blocked stream exactly as much comes. */
async function exactly (talk: Talk, increment: number): Promise<void> {
  const { id, payload } = await block(talk, 3000)
  talk.put(talk.w.wndinc(id, increment))
  await talk.back(id, payload.subarray(0, talk.terms.window + increment))
  await talk.settle()
  const { bytes } = talk.on(id)
  if (bytes !== talk.terms.window + increment) throw new Unmet(`${increment} bytes for a credit of ${increment}`, `${bytes - talk.terms.window}`)
}

/** The cases of section 5. */
export const flow: readonly Case[] = [
  must('5.1-window-is-kept', 'without credit it sends as much as the initial window, and not a byte more', async (talk) => {
    const { id } = await block(talk, 1000)
    await talk.settle()
    const { bytes } = talk.on(id)
    if (bytes !== talk.terms.window) throw new Unmet(`${talk.terms.window} bytes`, `${bytes}`)
  }),
  must('5.1-window-is-granted', 'it takes a whole initial window at once, on several streams', async (talk) => {
    const ids = Array.from({ length: 4 }, () => talk.id())
    const payload = pattern(windowOf(talk))
    for (const id of ids) {
      talk.put(talk.w.open(id))
      talk.say(id, payload)
    }
    for (const id of ids) await talk.back(id, payload)
  }),
  must('5.1-only-payload-counts', 'headers, empty frames and control frames cost no window', async (talk) => {
    const id = talk.open()
    const size = windowOf(talk)
    for (let i = 0; i < 200; i++) talk.put(talk.w.data(id), talk.w.wndinc(id, 1))
    for (let at = 0; at < 2000; at += 10) talk.say(id, pattern(10, at))
    talk.say(id, pattern(size - 2000, 2000))
    await talk.back(id, pattern(size))
  }),
  must('5.1-credit-of-1', 'one byte of credit brings one byte', (talk) => exactly(talk, 1)),
  must('5.1-credit-of-2000', 'credit of 2,000 brings 2,000 bytes', (talk) => exactly(talk, 2000)),
  must('5.1-credit-adds-up', 'increments add up', async (talk) => {
    const { id, payload } = await block(talk, 100)
    talk.put(...Array.from({ length: 99 }, () => talk.w.wndinc(id, 1)))
    await talk.back(id, payload.subarray(0, talk.terms.window + 99))
    await talk.settle()
    const { bytes } = talk.on(id)
    if (bytes !== talk.terms.window + 99) throw new Unmet('99 bytes', `${bytes - talk.terms.window}`)
  }),
  must('5.1-streams-have-windows-of-their-own', 'ten streams whose credit is used up stop no other', async (talk) => {
    for (let i = 0; i < 10; i++) await block(talk, 100)
    await talk.whole(pattern(windowOf(talk)))
  }),
  must('5.1-credit-up-to-the-end', 'credit of exactly 2^31-1 is accepted', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.wndinc(id, MAX_31 - talk.terms.window))
    talk.say(id, HELLO, FIN)
    await talk.back(id, HELLO)
    await talk.finished(id)
  }),
  must('5.1-credit-past-the-end', 'credit of 2^31 resets the stream', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.wndinc(id, MAX_31 - talk.terms.window), talk.w.wndinc(id, 1))
    await talk.reset(id, 'flowControl')
  }),
  must('5.1-credit-past-the-end-of-one', 'credit past 2^31-1 on one stream leaves the others alone', async (talk) => {
    const { id: other, payload } = await block(talk, 100)
    const id = talk.open()
    talk.put(talk.w.wndinc(id, MAX_31), talk.w.wndinc(other, 100))
    await talk.reset(id, 'flowControl')
    await talk.back(other, payload)
  }),
  must('5.1-type-counts', 'the four bytes of a type count against the window', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, u32(), SYN), talk.w.data(id, pattern(talk.terms.window + 1)))
    await talk.reset(id, 'flowControl')
  }, { ...two, typed: true }),

  must('5.2-credit-comes-back', 'what its application has taken is credited: sixteen windows pass', async (talk) => {
    await bulk(talk, talk.terms.window * 16)
  }),
  must('5.2-credit-comes-back-for-small-frames', 'many small frames are credited too', async (talk) => {
    const id = talk.open()
    const heard = talk.on(id)
    for (let sent = 0; sent < talk.terms.window * 2; sent += 512) {
      await talk.until(`credit on stream ${id} behind ${sent} bytes`, () => heard.credit >= 512)
      talk.say(id, pattern(512, sent))
      talk.put(talk.w.wndinc(id, 512))
    }
    await talk.back(id, pattern(talk.terms.window * 2))
  }),
  must('5.2-credit-follows-the-reader', 'a stream that its application does not read is not credited', async (talk) => {
    const id = command(talk, 'hold')
    await talk.settle()
    const line = commandText('hold').length + talk.lead
    talk.say(id, pattern(talk.on(id).credit))
    await talk.settle()
    const granted = talk.on(id).increments.reduce((sum, increment) => sum + increment, 0)
    if (granted > line) throw new Unmet(`no credit beyond the ${line} bytes that were read`, `${granted}`)
  }, { needs: ['hold'] }),
  must('5.2-credit-has-a-bound', 'a stream whose answer is blocked gets credit for what was read, and then no more', async (talk) => {
    const id = await exhaust(talk)
    const mark = talk.frames.length
    await talk.settle()
    talk.silent(id, mark)
  }),
  should('5.2-not-for-each-read', 'not every read is credited by a frame of its own', async (talk) => {
    const id = talk.open()
    for (let i = 0; i < 40; i++) {
      talk.say(id, HELLO)
      await talk.back(id, HELLO, i * HELLO.length)
    }
    await talk.settle()
    const { increments } = talk.on(id)
    if (increments.length > 20) throw new Unmet('fewer WNDINC frames than reads', `${increments.length} for 40 reads`)
  }),
  should('5.2-none-behind-fin', 'no credit is sent for a stream that we have finished', async (talk) => {
    const { id } = await block(talk, 3000, FIN)
    const mark = talk.frames.length
    talk.put(talk.w.wndinc(id, 3000))
    await talk.finished(id)
    await talk.settle()
    talk.silent(id, mark, ({ kind }) => kind !== 'wndinc')
  }),
  must('5.2-credit-behind-its-fin', 'credit for a half that it has finished is ignored', async (talk) => {
    const id = command(talk, 'finish')
    await talk.finished(id)
    talk.put(talk.w.wndinc(id, 1), talk.w.wndinc(id, 1000))
    await talk.settle()
    talk.say(id, HELLO, FIN)
    const mark = talk.frames.length
    await talk.settle()
    talk.silent(id, mark, ({ kind }) => kind === 'wndinc')
  }, { needs: ['finish'] }),

  must('5.3-receives-while-short', 'while an answer waits for credit it goes on receiving: streams, credit, RST', async (talk) => {
    const { id, payload } = await block(talk, 100)
    const other = await block(talk, 100)
    await talk.whole()
    talk.put(talk.w.rst(other.id))
    await talk.whole()
    talk.put(talk.w.wndinc(id, 100))
    await talk.back(id, payload)
  }),
  must('5.3-receives-in-bulk-while-short', 'while answers wait for credit a bulk transfer goes through', async (talk) => {
    for (let i = 0; i < 3; i++) await block(talk, 1000)
    await bulk(talk, talk.terms.window * 4)
  }),
  must('5.3-opens-while-short', 'streams are accepted and reset without any credit', async (talk) => {
    await block(talk, 1000)
    for (let i = 0; i < 10; i++) {
      const id = talk.open()
      talk.put(talk.w.data(id, undefined, FIN))
      await talk.finished(id)
    }
  }),

  must('5.4-credit-beyond-the-window', 'credit beyond the initial window is used', async (talk) => {
    const extra = talk.terms.window * 4
    const id = talk.open()
    talk.put(talk.w.wndinc(id, extra))
    const total = talk.terms.window + extra
    for (let sent = 0; sent < total;) {
      const credit = await talk.until(`credit on stream ${id} behind ${sent} bytes`, () => talk.on(id).credit > 0 && talk.on(id).credit)
      const size = Math.min(credit, total - sent)
      talk.say(id, pattern(size, sent))
      sent += size
    }
    await talk.back(id, pattern(total))
  }),
  must('5.4-window-in-the-middle', 'credit that comes while it sends counts', async (talk) => {
    const { id, payload } = await block(talk, 30_000)
    for (let at = 0; at < 30_000; at += 1000) talk.put(talk.w.wndinc(id, 1000))
    await talk.back(id, payload)
  }),

  must('5.5-nothing-behind-rst', 'nothing comes behind an RST on its stream', async (talk) => {
    const { id } = await block(talk, 5000, FIN)
    talk.put(talk.w.wndinc(id, 2000), talk.w.data(id, HELLO), talk.w.wndinc(id, 2000))
    await talk.reset(id, 'streamClosed')
    await talk.settle()
    const own = talk.frames.filter((frame) => frame.id === id)
    const [behind] = own.slice(own.findIndex(({ kind }) => kind === 'rst') + 1)
    if (behind !== undefined) throw new Unmet('nothing behind RST', frameText(talk.wire, behind))
  }),
  must('5.5-no-stream-starves', 'a small answer comes while a large one is under way', async (talk) => {
    const { id, payload } = await block(talk, talk.terms.window / 2)
    talk.put(talk.w.wndinc(id, talk.terms.window))
    await talk.whole()
    await talk.back(id, payload)
  }),

  must('5.6-over-the-window', 'a byte beyond the window resets the stream', async (talk) => {
    const id = await exhaust(talk)
    talk.put(talk.w.data(id, Uint8Array.of(1)))
    await talk.reset(id, 'flowControl')
  }),
  must('5.6-over-the-window-unread', 'a byte beyond the window of a stream that nobody reads resets it', async (talk) => {
    const id = command(talk, 'hold')
    await talk.settle()
    talk.say(id, pattern(talk.on(id).credit))
    await talk.settle()
    talk.say(id, pattern(talk.on(id).credit + 1))
    await talk.reset(id, 'flowControl')
  }, { needs: ['hold'] }),
  must('5.6-up-to-the-window-unread', 'a stream that nobody reads takes all of its window', async (talk) => {
    const id = command(talk, 'hold')
    await talk.settle()
    talk.say(id, pattern(talk.on(id).credit))
    await talk.settle()
    const { resets } = talk.on(id)
    if (resets.length > 0) throw new Unmet('no RST', 'one')
  }, { needs: ['hold'] }),
  must('5.6-over-the-window-in-one-frame', 'one frame larger than the window resets the stream, and the next frame is understood', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.data(id, pattern(talk.terms.window + 1)))
    await talk.reset(id, 'flowControl')
  }, two),
  must('5.6-over-the-window-next-frames', 'behind the body of a frame that was too much, other streams go on', async (talk) => {
    const { id: other, payload } = await block(talk, 100)
    const id = await exhaust(talk)
    talk.put(talk.w.data(id, pattern(5000)), talk.w.wndinc(other, 100))
    await talk.reset(id, 'flowControl')
    await talk.back(other, payload)
  }),
  must('5.6-decided-at-the-header', 'a frame that is too much is answered when its header has come', async (talk) => {
    const id = talk.open()
    const size = talk.terms.window * 4
    talk.part(talk.w.head(id, size))
    await talk.reset(id, 'flowControl')
    talk.put(pattern(size))
  }, two),
  must('5.6-late-frames-of-it', 'what follows on a stream that went over its window is swallowed', async (talk) => {
    const id = await exhaust(talk)
    talk.put(talk.w.data(id, Uint8Array.of(1)))
    await talk.reset(id, 'flowControl')
    const mark = talk.frames.length
    talk.put(talk.w.data(id, HELLO), talk.w.wndinc(id, 1_000_000), talk.w.data(id, undefined, FIN))
    await talk.settle()
    talk.silent(id, mark)
  }),
  must('5.6-opening-over-the-window', 'an opening frame with more payload than the window is refused, and its body skipped', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, pattern(talk.terms.window + 1), SYN))
    await talk.reset(id, 'flowControl')
    const mark = talk.frames.length
    talk.put(talk.w.data(id, HELLO), talk.w.data(id, undefined, FIN))
    await talk.settle()
    talk.silent(id, mark)
  }, two),
  must('5.6-opening-of-the-window', 'an opening frame with exactly a window of payload is taken', async (talk) => {
    const id = talk.id()
    const payload = pattern(windowOf(talk))
    talk.put(talk.w.data(id, Buffer.concat([new Uint8Array(talk.lead), payload]), SYN | FIN))
    await talk.back(id, payload)
    await talk.finished(id)
  }, two)
]

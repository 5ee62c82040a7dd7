/**
 * Cases of section 8 up to 8.4: GOAWAY in both directions, closing and dying.
 *
 * @module
 */
import { type Case, fatal, must, should } from '../case.ts'
import { field, frameText } from '../reader.ts'
import { block, command, commandText, finishTheirs, forgotten, theirs } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, join, MAX_31, numberOf, pattern, SYN, u32, Writer } from '../wire.ts'

const one = { wires: [1] } as const
const two = { wires: [2] } as const

/** The last stream id of the GOAWAY that ends a session, of which `before` has made something: that of the stream that carries the fault. */
function lastId (id: string, title: string, before: (talk: Talk) => Promise<void> | void): Case {
  return must(id, title, async (talk) => {
    await before(talk)
    const expected = talk.open()
    talk.put(talk.w.rst(expected, 'cancel', { length: 3 }))
    await talk.dies('frameSize')
    const named = named31(talk)
    if (named !== expected) throw new Unmet(`the last id ${expected}`, `${named}`)
  }, { afterwards: 'ended' })
}

/** The last stream id of the GOAWAY that came. */
function named31 ({ goodbye }: Talk): number {
  return goodbye === undefined ? -1 : field(goodbye, 0) & MAX_31
}

/** A GOAWAY whose length counts debug that is not there (spec 8.3), before `next`. */
function lie (talk: Talk, debug: number): Uint8Array {
  return talk.w.goaway(0, 'none', undefined, { length: 16 + debug })
}

/** The session goes on behind this GOAWAY. */
function goesOn (id: string, title: string, frame: (talk: Talk) => Uint8Array, more: Partial<Case> = {}): Case {
  return must(id, title, async (talk) => {
    const stream = talk.open()
    talk.say(stream, HELLO)
    await talk.back(stream, HELLO)
    const behind = talk.id()
    talk.put(frame(talk), talk.w.open(behind), talk.w.data(behind, HELLO, FIN), talk.w.data(stream, HELLO, FIN))
    await talk.back(behind, HELLO)
    await talk.finished(behind)
    await talk.back(stream, HELLO, HELLO.length)
    await talk.finished(stream)
  }, more)
}

/** The endpoint has sent GOAWAY because we asked for it. Returns the stream on which we did. */
async function drained (talk: Talk): Promise<number> {
  const id = command(talk, 'goaway')
  talk.witness(id)
  await talk.until('GOAWAY', () => talk.goodbye)
  return id
}

const debugText = 'this text is longer than eight bytes, and no header'

/** The cases of sections 8.1 to 8.4. */
export const goaway: readonly Case[] = [
  must('8.1-last-id-of-nothing', 'with no stream seen the last id is 1 from a server and 0 from a client in wire 1, and 0 in wire 2', async (talk) => {
    talk.put(talk.wire === 1 ? talk.w.unknown(7) : talk.w.goaway(0, 'none', undefined, { length: 3 }))
    await talk.dies(talk.wire === 1 ? 'protocol' : 'frameSize')
    const expected = talk.wire === 1 && talk.terms.role === 'client' ? 1 : 0
    const named = named31(talk)
    if (named !== expected) throw new Unmet(`the last id ${expected}`, `${named}`)
  }, { afterwards: 'ended' }),
  lastId('8.1-last-id', 'the last id is the highest that was opened', async (talk) => {
    await talk.whole()
    await talk.whole()
  }),
  lastId('8.1-last-id-of-gaps', 'the last id is the highest, however many were left out', async (talk) => {
    await talk.whole()
    talk.used(talk.id() + 100)
  }),
  lastId('8.1-last-id-of-resets', 'a stream that was reset counts in the last id', async (talk) => {
    await forgotten(talk)
    await forgotten(talk)
  }),
  must('8.1-last-id-is-the-highest', 'the last id is the highest, and not that of the last SYN', async (talk) => {
    const [low, high] = [talk.id(), talk.id() + 10]
    for (const id of [high, low]) {
      talk.put(talk.w.open(id))
      talk.say(id, HELLO)
      await talk.back(id, HELLO)
    }
    talk.put(talk.w.rst(high, 'cancel', { length: 3 }))
    await talk.dies('frameSize')
    const named = named31(talk)
    if (named !== high) throw new Unmet(`the last id ${high}`, `${named}`)
  }, { ...two, afterwards: 'ended' }),

  must('8.2-length', 'its GOAWAY has the length that its header says', async (talk) => {
    talk.put(talk.w.rst(talk.open(), 'cancel', { length: 3 }))
    await talk.dies('frameSize')
    const { goodbye, cut } = talk
    if (goodbye === undefined || goodbye.length < 8 || goodbye.lies || cut) {
      throw new Unmet('eight bytes and the debug that the length counts', goodbye === undefined ? 'none' : `${frameText(talk.wire, goodbye)}${cut ? ', cut' : ''}`)
    }
  }, { afterwards: 'ended' }),
  must('8.2-drain-length', 'its GOAWAY that is not the last frame has the length that its header says', async (talk) => {
    const id = await drained(talk)
    await talk.settle()
    const { goodbye } = talk
    if (goodbye === undefined || goodbye.length < 8 || goodbye.lies || !goodbye.whole) throw new Unmet('a well made GOAWAY', goodbye === undefined ? 'none' : frameText(talk.wire, goodbye))
    talk.put(talk.w.data(id, undefined, FIN))
    await talk.finished(id)
  }, { needs: ['goaway'], afterwards: 'ended' }),
  must('8.2-refuses', 'when it has sent GOAWAY it refuses streams: RST(refused)', async (talk) => {
    await drained(talk)
    await talk.settle()
    const id = talk.open()
    await talk.reset(id, 'refused')
    await talk.settle()
  }, { needs: ['goaway'], afterwards: 'ended' }),
  must('8.2-swallows-behind-refused', 'what follows on a stream that it refused is swallowed, and the session lives', async (talk) => {
    await drained(talk)
    await talk.settle()
    const ids = [talk.id(), talk.id()]
    talk.put(...ids.map((id) => join(talk.w.open(id), talk.w.data(id, HELLO), talk.w.wndinc(id, 10), talk.w.data(id, HELLO, FIN), talk.w.rst(id))))
    for (const id of ids) await talk.reset(id, 'refused')
    await talk.settle()
    for (const id of ids) if (talk.on(id).resets.length > 1) throw new Unmet(`one RST on stream ${id}`, `${talk.on(id).resets.length}`)
  }, { needs: ['goaway'], afterwards: 'ended' }),
  must('8.2-refused-payload-is-skipped', 'the payload of an opening frame that it refuses is skipped', async (talk) => {
    await drained(talk)
    await talk.settle()
    const id = talk.id()
    talk.put(talk.w.data(id, pattern(1000), SYN))
    await talk.reset(id, 'refused')
    await talk.settle()
  }, { ...two, needs: ['goaway'], afterwards: 'ended' }),
  must('8.2-streams-run-on', 'streams that were open before its GOAWAY run to their end', async (talk) => {
    const { id, payload } = await block(talk, 1000)
    await drained(talk)
    talk.put(talk.w.wndinc(id, 1000))
    await talk.back(id, payload)
    talk.put(talk.w.data(id, undefined, FIN))
    await talk.finished(id)
    await talk.settle()
  }, { needs: ['goaway'], afterwards: 'ended' }),
  must('8.2-last-id', 'the last id of its GOAWAY is the highest that it has served', async (talk) => {
    await talk.whole()
    const id = await drained(talk)
    const named = named31(talk)
    if (named !== id) throw new Unmet(`the last id ${id}`, `${named}`)
  }, { needs: ['goaway'], afterwards: 'ended' }),
  fatal('8.2-rules-hold', 'behind its GOAWAY a SYN of its own parity still ends the session', 'protocol', async (talk) => {
    await drained(talk)
    talk.put(talk.w.open(talk.foreign))
  }, { needs: ['goaway'] }),
  fatal('8.2-refused-ids-count', 'behind its GOAWAY a SYN below one that was refused still ends the session', 'protocol', async (talk) => {
    await drained(talk)
    const [low, high] = [talk.id(), talk.id()]
    talk.put(talk.w.open(high))
    await talk.reset(high, 'refused')
    talk.put(talk.w.open(low))
  }, { ...one, needs: ['goaway'] }),
  must('8.2-eight-bytes-behind', 'its GOAWAY that is not the last frame is followed by 00000011 00000001', async (talk) => {
    await drained(talk)
    await talk.settle()
    const behind = talk.frames[talk.frames.findIndex(({ kind }) => kind === 'goaway') + 1]
    const padding = new Writer(talk.terms).data(1, u32(), FIN)
    if (behind === undefined || Buffer.compare(behind.header, padding) !== 0) throw new Unmet('00000011 00000001', behind === undefined ? 'nothing' : frameText(2, behind))
  }, { ...two, needs: ['goaway'], afterwards: 'ended' }),

  goesOn('8.3-goaway', 'behind a GOAWAY open streams run on and new ones are accepted', (talk) => talk.w.farewell(0)),
  goesOn('8.3-goaway-with-debug', 'the debug of a GOAWAY is read to its end', (talk) => talk.w.farewell(0, 'none', Buffer.from(debugText))),
  ...[1, 7, 8, 9, 15, 16].map((length) =>
    goesOn(`8.3-debug-of-${length}`, `${length} bytes of debug are read, and nothing behind them`, (talk) => talk.w.farewell(0, 'none', Buffer.from(debugText.slice(0, length))))),
  goesOn('8.3-no-eight-bytes-are-eaten', 'the frame behind a GOAWAY is read, without eight bytes between', (talk) => talk.w.goaway(0), two),
  goesOn('8.3-no-eight-bytes-are-eaten-with-debug', 'the frame behind a GOAWAY with debug is read, without eight bytes between', (talk) =>
    talk.w.goaway(0, 'none', Buffer.from(debugText)), two),
  goesOn('8.3-debug-of-1-KiB', 'a thousand bytes of debug are read', (talk) => talk.w.farewell(0, 'none', Buffer.alloc(1000, debugText))),
  goesOn('8.3-debug-largest', 'the most debug that may be sent is read', (talk) =>
    talk.w.farewell(0, 'none', Buffer.alloc(talk.wire === 1 ? 16_375 : 65_536, debugText))),
  must('8.3-goaway-in-pieces', 'a GOAWAY with debug in pieces of one byte is understood', async (talk) => {
    await talk.drip(talk.w.farewell(0, 'none', Buffer.from(debugText)), 1)
  }),
  goesOn('8.3-last-id-falls', 'a further GOAWAY may name a lower last id', (talk) => join(talk.w.farewell(MAX_31), talk.w.farewell(1000), talk.w.farewell(0))),
  ...[0, 3, 15].map((debug) =>
    goesOn(`8.3-lie-${debug}`, `a GOAWAY of length ${16 + debug} without debug, and a SYN behind it: the SYN is read`, (talk) => lie(talk, debug), one)),
  must('8.3-lie-before-data', 'a GOAWAY that counts debug which is not there, and DATA behind it: the DATA is read', async (talk) => {
    const id = talk.open()
    talk.put(lie(talk, 5), talk.w.data(id, HELLO, FIN))
    await talk.back(id, HELLO)
    await talk.finished(id)
  }, one),
  must('8.3-lie-before-credit', 'a GOAWAY that counts debug which is not there, and WNDINC behind it: the credit counts', async (talk) => {
    const { id, payload } = await block(talk, 100)
    talk.put(lie(talk, 5), talk.w.wndinc(id, 100))
    await talk.back(id, payload)
  }, one),
  must('8.3-lie-does-not-wait', 'when nothing follows such a GOAWAY, what was there before goes on, and what comes later is read', async (talk) => {
    const id = talk.open()
    talk.put(lie(talk, 200))
    await talk.drip(join(talk.w.data(id, HELLO), talk.w.data(id, HELLO, FIN)), 3)
    await talk.back(id, join(HELLO, HELLO))
    await talk.finished(id)
  }, one),
  must('8.3-lie-twice', 'two such GOAWAYs are read one after the other', (talk) => { talk.put(lie(talk, 0), lie(talk, 5)) }, one),
  should('8.3-lie-at-the-end', 'the end of the transport behind such a GOAWAY is not inside a frame', async (talk, lab) => {
    await finishTheirs(talk, lab)
    await talk.whole()
    talk.put(lie(talk, 15))
    talk.end()
    await talk.over()
    const reason = talk.goodbye === undefined ? 0 : field(talk.goodbye, 1)
    if (reason !== numberOf(talk.wire, 'none')) throw new Unmet('a clean end', `GOAWAY(${reason})`)
  }, { ...one, afterwards: 'ended' }),
  must('8.3-does-not-open', 'it opens no stream when it was told GOAWAY', async (talk) => {
    await theirs(talk)
    talk.put(talk.w.farewell(MAX_31))
    await talk.settle()
    const mark = talk.frames.length
    await talk.settle()
    const opening = talk.frames.slice(mark).find(({ syn }) => syn)
    if (opening !== undefined) throw new Unmet('no further stream', frameText(talk.wire, opening))
  }, { needs: ['opens'] }),
  must('8.3-unseen-are-aborted', 'its streams above the last id are over: what still comes on them is swallowed', async (talk) => {
    await theirs(talk)
    // A heartbeat stream that the last id leaves out may end the session (appendix A, B14): that is not what is asked here.
    const seen = Math.max(...talk.heartbeats.map(({ id }) => id), Math.min(...talk.theirs.map(({ id }) => id)))
    const unseen = talk.theirs.map(({ id }) => id).filter((id) => id > seen)
    talk.put(talk.w.farewell(seen))
    await talk.settle()
    const mark = talk.frames.length
    for (const id of unseen) talk.put(talk.w.data(id, HELLO))
    await talk.settle()
    for (const id of unseen) talk.silent(id, mark)
  }, { needs: ['opens'] }),
  must('8.3-seen-run-on', 'its streams up to the last id run on', async (talk) => {
    await theirs(talk)
    const [stream] = talk.theirs
    if (stream === undefined) return
    talk.put(talk.w.farewell(MAX_31))
    const from = stream.bytes
    talk.say(stream.id, HELLO, FIN)
    await talk.back(stream.id, HELLO, from)
    await talk.finished(stream.id)
  }, { needs: ['opens'] }),
  must('8.3-both-have-left', 'when both ends have sent GOAWAY open streams still run to their end', async (talk) => {
    const id = await drained(talk)
    talk.put(talk.w.farewell(0))
    const from = talk.on(id).bytes
    talk.say(id, pattern(5000), FIN)
    await talk.back(id, pattern(5000), from)
    await talk.finished(id)
  }, { needs: ['goaway'], afterwards: 'ended' }),

  must('8.4-goaway-is-last', 'when the session dies, GOAWAY is the last frame', async (talk) => {
    await forgotten(talk)
    await block(talk, 1000)
    talk.put(talk.w.rst(talk.open(), 'cancel', { length: 3 }))
    await talk.over()
    const last = talk.frames.at(-1)
    if (last?.kind !== 'goaway') throw new Unmet('GOAWAY as the last frame', last === undefined ? 'no frame' : frameText(talk.wire, last))
  }, { afterwards: 'ended' }),
  must('8.4-one-goaway', 'when the session dies, one GOAWAY says so', async (talk) => {
    talk.put(talk.w.rst(talk.open(), 'cancel', { length: 3 }), talk.w.rst(talk.open(), 'cancel', { length: 3 }))
    await talk.over()
    const count = talk.frames.filter(({ kind }) => kind === 'goaway').length
    if (count !== 1) throw new Unmet('one GOAWAY', `${count}`)
  }, { afterwards: 'ended' }),
  fatal('8.4-dies-behind-its-goaway', 'a session that dies says so, even if it has sent GOAWAY before', 'frameSize', async (talk) => {
    const id = await drained(talk)
    talk.put(talk.w.rst(id, 'cancel', { length: 3 }))
  }, { needs: ['goaway'] }),
  must('8.4-close', 'closing in order is GOAWAY(none) as the last frame, and the end', async (talk) => {
    await talk.whole()
    command(talk, 'close')
    await talk.dies('none')
    const last = talk.frames.at(-1)
    if (last !== undefined && last.kind !== 'goaway') throw new Unmet('GOAWAY as the last frame', frameText(talk.wire, last))
  }, { needs: ['close'], afterwards: 'ended' }),
  should('8.4-close-behind-its-goaway', 'closing in order behind its own GOAWAY sends no second one', async (talk) => {
    const [first, second] = [talk.open(), talk.open()]
    talk.say(second, commandText('goaway'))
    await talk.until('GOAWAY', () => talk.goodbye)
    talk.say(first, commandText('close'))
    await talk.over()
    const count = talk.frames.filter(({ kind }) => kind === 'goaway').length
    if (count !== 1) throw new Unmet('one GOAWAY', `${count}`)
  }, { needs: ['goaway', 'close'], afterwards: 'ended' })
]

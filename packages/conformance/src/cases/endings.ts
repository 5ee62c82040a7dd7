/**
 * Cases of sections 6 and 7: reasons, which fault ends what, and the end of the transport.
 *
 * @module
 */
import { type Case, must, should } from '../case.ts'
import { field } from '../reader.ts'
import { block, closed, finishTheirs } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, numberOf, pattern, type Reason, reasonText } from '../wire.ts'

/** Numbers without a name, which pass through: those of applications, and what deployed peers call unknown. */
const odd = [16, 100, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff]

/** The transport ends after what was sent; the endpoint ends it too, with a GOAWAY of one of these reasons if it says anything. */
function endsWith (level: typeof must, id: string, title: string, reason: Reason, before: Case['steps']): Case {
  return level(id, title, async (talk, lab) => {
    await before(talk, lab)
    talk.end()
    await talk.over()
    const { goodbye } = talk
    if (goodbye === undefined) throw new Unmet(`GOAWAY(${reason})`, 'the end of the transport without GOAWAY')
    if (field(goodbye, 1) !== numberOf(talk.wire, reason)) throw new Unmet(`GOAWAY(${reason})`, `GOAWAY(${reasonText(talk.wire, field(goodbye, 1))})`)
  }, { afterwards: 'ended' })
}

/** The transport ends after what was sent; the endpoint ends it too. */
function ends (id: string, title: string, before: (talk: Talk) => Promise<void> | void): Case {
  return must(id, title, async (talk) => {
    await before(talk)
    talk.end()
    await talk.over()
  }, { afterwards: 'ended' })
}

async function openStream (talk: Talk): Promise<number> {
  const id = talk.open()
  talk.say(id, HELLO)
  await talk.back(id, HELLO)
  return id
}

/** The cases of sections 6 and 7. */
export const endings: readonly Case[] = [
  must('6.1-rst-numbers', 'RST with numbers that have no name resets the stream', async (talk) => {
    const ids: number[] = []
    for (const number of odd) {
      const id = await openStream(talk)
      ids.push(id)
      talk.put(talk.w.rst(id, number))
    }
    await talk.settle()
    const mark = talk.frames.length
    talk.put(...ids.map((id) => talk.w.data(id, HELLO)))
    await talk.settle()
    for (const id of ids) talk.silent(id, mark)
  }),
  ...odd.map((number) => must(`6.1-goaway-number-${number}`, `GOAWAY with the number ${number} is a GOAWAY`, (talk) => {
    talk.put(talk.w.farewell(0x7fffffff, number))
  })),
  must('6.1-goaway-with-streams', 'whatever the reason of a GOAWAY, streams run on', async (talk) => {
    const id = await openStream(talk)
    for (const reason of ['none', 'protocol', 'internal', 'calm'] as const) talk.put(talk.w.farewell(0, reason))
    talk.say(id, HELLO, FIN)
    await talk.back(id, HELLO, HELLO.length)
    await talk.finished(id)
  }),

  must('6.3-stream-fault-spares-others', 'a fault of one stream ends that one only', async (talk) => {
    const { id: other, payload } = await block(talk, 100)
    const { id } = await block(talk, 100, FIN)
    talk.put(talk.w.data(id, HELLO), talk.w.wndinc(other, 100))
    await talk.reset(id, 'streamClosed')
    await talk.back(other, payload)
  }),
  must('6.3-stream-faults-add-up-to-nothing', 'faults of ten streams end ten streams', async (talk) => {
    for (let i = 0; i < 10; i++) {
      const id = talk.open()
      talk.put(talk.w.wndinc(id, 0x7fffffff))
      await talk.reset(id, 'flowControl')
    }
  }),
  must('6.3-session-fault-ends-all', 'a fault of the session ends all streams, those with unsent payload too', async (talk) => {
    const streams = [await block(talk, 100), await block(talk, 100)]
    talk.put(talk.w.rst(talk.open(), 'cancel', { length: 3 }), ...streams.map(({ id }) => talk.w.wndinc(id, 100)))
    await talk.dies('frameSize')
  }, { afterwards: 'ended' }),
  must('6.3-first-fault-counts', 'of several faults the first one is told', async (talk) => {
    const id = await openStream(talk)
    talk.put(talk.w.rst(id, 'cancel', { length: 3 }), talk.w.open(talk.foreign), talk.w.open(0))
    await talk.dies('frameSize')
  }, { afterwards: 'ended' }),
  must('6.3-nothing-explained-is-a-fault', 'what crossing frames explain ends nothing', async (talk) => {
    const id = await closed(talk)
    talk.put(talk.w.rst(id), talk.w.wndinc(id, 5), talk.w.data(id, undefined, FIN), talk.w.data(id, HELLO))
    await talk.reset(id, 'streamClosed')
  }),

  must('7.1-draining-is-not-closed', 'a session that was told GOAWAY does not end by itself', async (talk) => {
    const id = await openStream(talk)
    talk.put(talk.w.farewell(0))
    talk.say(id, HELLO, FIN)
    await talk.finished(id)
    await talk.settle()
    await talk.settle()
  }),

  ends('7.2-end-is-answered', 'when our side of the transport has ended it ends its own', async (talk) => { await talk.whole() }),
  ends('7.2-end-at-once', 'a transport that ends without a byte is ended', () => {}),
  ends('7.2-end-inside-header', 'a transport that ends inside a header is ended', async (talk) => {
    await talk.whole()
    talk.part(talk.w.open(talk.id()).subarray(0, 5))
  }),
  ends('7.2-end-with-blocked-streams', 'a transport that ends while an answer waits for credit is ended', async (talk) => { await block(talk, 100) }),
  endsWith(should, '7.2-cut-header', 'the end inside a header is told: GOAWAY(peerEof)', 'peerEof', (talk) => { talk.part(talk.w.open(talk.id()).subarray(0, 5)) }),
  endsWith(should, '7.2-cut-control-frame', 'the end inside a control frame is told: GOAWAY(peerEof)', 'peerEof', async (talk) => {
    talk.part(talk.w.rst(await openStream(talk)).subarray(0, 10))
  }),
  endsWith(should, '7.2-cut-payload', 'the end inside payload is told: GOAWAY(peerEof)', 'peerEof', async (talk) => {
    talk.part(talk.w.head(await openStream(talk), 100), pattern(50))
  }),
  endsWith(should, '7.2-end-with-streams', 'the end with streams open is told: GOAWAY(peerEof)', 'peerEof', async (talk) => { await openStream(talk) }),
  endsWith(should, '7.2-clean-end', 'the end between two frames with no stream open is told: GOAWAY(none)', 'none', async (talk, lab) => {
    await finishTheirs(talk, lab)
    await talk.whole()
  }),
  must('7.2-hang-up', 'a transport that fails brings nothing else down', async (talk, lab) => {
    await openStream(talk)
    const other = await lab.connect()
    talk.abort()
    await other.whole()
  }, { afterwards: 'ended' })
]

/**
 * Cases of sections 1 and 2.1 to 2.5: notation, dialects, headers and frames.
 *
 * @module
 */
import { type Case, fatal, must } from '../case.ts'
import { field, type Frame, frameText, synFields } from '../reader.ts'
import { block, theirs, windowOf } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, join, LARGEST, MAX_31, pattern, PRIORITY, SYN, TOP_BIT, TYPE, TYPES, u32, Writer } from '../wire.ts'

const one = { wires: [1] } as const
const two = { wires: [2] } as const

/** An echo on a stream that was opened by hand. */
async function echoes (talk: Talk, id: number, payload: Uint8Array = HELLO): Promise<void> {
  talk.say(id, payload, FIN)
  await talk.back(id, payload)
  await talk.finished(id)
}

/** A case of wire 1 about a SYN that is to be accepted. */
function syn (id: string, title: string, flags: number, body: Uint8Array = u32()): Case {
  return must(id, title, async (talk) => {
    const stream = talk.id()
    talk.put(talk.w.syn(stream, flags, body))
    await echoes(talk, stream)
  }, one)
}

/** Everything that an endpoint can be made to send by an echo alone: payload, FIN, credit, RST. */
async function converse (talk: Talk): Promise<void> {
  const { id } = await block(talk, 100, FIN)
  talk.put(talk.w.wndinc(id, 1000))
  await talk.finished(id)
  const over = await talk.whole()
  talk.put(talk.w.data(over, HELLO))
  await talk.settle()
}

/** Fails on the first frame that is not as it should be. */
function every (talk: Talk, expected: string, right: (frame: Frame) => boolean): void {
  const wrong = talk.frames.find((frame) => !right(frame))
  if (wrong !== undefined) throw new Unmet(expected, frameText(talk.wire, wrong))
}

/** Whether reserved bits and unknown flags are 0. */
function isClean ({ kind, flags, header }: Frame, wire: 1 | 2): boolean {
  const known = wire === 2 ? kind === 'data' ? FIN | SYN : 0 : kind === 'syn' ? FIN | PRIORITY | TYPE : kind === 'data' ? FIN : 0
  const reserved = wire === 1 ? ((header[0] ?? 0) & 0xc0) | ((header[3] ?? 0) & 0xe0) : 0
  return reserved === 0 && ((header[4] ?? 0) & 0x80) === 0 && (flags & ~known) === 0
}

/** The cases of sections 1 and 2.1 to 2.5. */
export const frames: readonly Case[] = [
  must('1.1-no-handshake', 'the first bytes are the first frame: a stream is served without any greeting', async (talk) => {
    await talk.whole()
  }),
  must('1.1-frame-boundaries', 'how payload is cut into frames means nothing', async (talk) => {
    const id = talk.open()
    for (const byte of HELLO) talk.say(id, Uint8Array.of(byte))
    talk.say(id, HELLO, FIN)
    await talk.back(id, join(HELLO, HELLO))
    await talk.finished(id)
  }),
  must('1.3-stream-id-top-bit', 'the top bit of a stream id is ignored', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.open(id + TOP_BIT), talk.w.data(id + TOP_BIT, HELLO), talk.w.data(id + TOP_BIT, HELLO, FIN))
    await talk.back(id, join(HELLO, HELLO))
    await talk.finished(id)
  }),
  must('1.3-increment-top-bit', 'the top bit of an increment is ignored: the rest is the credit', async (talk) => {
    const { id, payload } = await block(talk, 300)
    talk.put(talk.w.wndinc(id, TOP_BIT + 100))
    await talk.back(id, payload.subarray(0, talk.terms.window + 100))
    await talk.settle()
    const { bytes } = talk.on(id)
    if (bytes > talk.terms.window + 100) throw new Unmet('100 more bytes', `${bytes - talk.terms.window}`)
  }),
  must('1.3-last-id-top-bit', 'the top bit of a last stream id is ignored', (talk) => { talk.put(talk.w.farewell(TOP_BIT + 2)) }),
  must('1.3-reserved-bits-sent', 'reserved bits and unknown flags are sent as 0', async (talk) => {
    await converse(talk)
    every(talk, 'reserved bits and unknown flags to be 0', (frame) => isClean(frame, talk.wire))
  }),
  must('1.3-increments-sent', 'the top bit of an increment is sent as 0, and the increment is not 0', async (talk) => {
    await converse(talk)
    every(talk, 'increments of 1 to 2^31-1', (frame) => frame.kind !== 'wndinc' || (field(frame, 0) > 0 && field(frame, 0) <= MAX_31))
  }),

  fatal('2.1-opening-of-wire-2', 'the opening of wire 2 is an unknown type in wire 1', 'protocol', (talk) => {
    talk.put(new Writer({ wire: 2, typed: false }).open(3))
  }, one),
  fatal('2.1-syn-of-wire-1', 'the SYN of wire 1 is an RST of length 0 in wire 2', 'frameSize', (talk) => {
    talk.put(new Writer({ wire: 1, typed: false }).open(3))
  }, two),
  must('2.1-no-probing', 'no unknown frame is sent', async (talk) => {
    await converse(talk)
    every(talk, 'frames of known types only', ({ kind }) => kind !== 'unknown')
  }),

  must('2.2-length-reserved-bits', 'the top two bits of a length are ignored', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.syn(id, 0, u32(), 0xc000), talk.w.head(id, 0xc000 + HELLO.length), HELLO, talk.w.head(id, 0x4000, FIN))
    await talk.back(id, HELLO)
    await talk.finished(id)
  }, one),
  must('2.2-type-reserved-bits', 'the top three bits of a type are ignored', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.frame(0xe0 | TYPES[1].syn, 0, id), talk.w.frame(0xe0 | TYPES[1].data, FIN, id, HELLO))
    await talk.back(id, HELLO)
    await talk.finished(id)
  }, one),
  must('2.2-flags-of-syn', 'unknown flags of a SYN are ignored', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.syn(id, 0xf8))
    await echoes(talk, id)
  }, one),
  must('2.2-flags-of-data', 'unknown flags of DATA are ignored', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.data(id, HELLO, talk.wire === 1 ? 0xfe : 0xc), talk.w.data(id, HELLO, talk.wire === 1 ? 0xff : 0xd))
    await talk.back(id, join(HELLO, HELLO))
    await talk.finished(id)
  }),
  must('2.2-flags-of-rst', 'unknown flags of an RST are ignored: the stream is reset', async (talk) => {
    const { id } = await block(talk, 100)
    talk.put(talk.w.rst(id, 'cancel', { flags: talk.wire === 1 ? 0xff : 0xf }), talk.w.wndinc(id, 100))
    const mark = talk.frames.length
    await talk.settle()
    talk.silent(id, mark)
  }),
  must('2.2-flags-of-wndinc', 'unknown flags of a WNDINC are ignored: the credit counts', async (talk) => {
    const { id, payload } = await block(talk, 100)
    talk.put(talk.w.wndinc(id, 100, { flags: talk.wire === 1 ? 0xff : 0xf }))
    await talk.back(id, payload)
  }),

  syn('2.3-syn-bare', 'a SYN of length 0 opens a stream', 0),
  syn('2.3-syn-priority', 'a SYN with a priority opens a stream', PRIORITY, u32(1)),
  syn('2.3-syn-priority-largest', 'a priority of 2^31-1 is accepted', PRIORITY, u32(MAX_31)),
  syn('2.3-syn-priority-top-bit', 'the top bit of a priority is ignored', PRIORITY, u32(TOP_BIT + 1)),
  syn('2.3-syn-priority-zero', 'an explicit priority of 0 is accepted', PRIORITY, u32(0)),
  syn('2.3-syn-type', 'a SYN with a type opens a stream', TYPE, u32(7)),
  syn('2.3-syn-type-zero', 'an explicit type of 0 is accepted', TYPE, u32(0)),
  syn('2.3-syn-priority-and-type', 'a SYN with priority and type opens a stream', PRIORITY | TYPE, u32(1, 7)),
  syn('2.3-syn-both-zero', 'priority and type of 0 are accepted', PRIORITY | TYPE, u32(0, 0)),
  must('2.3-syn-priority-first', 'of priority and type, the priority comes first', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.syn(id, PRIORITY | TYPE, u32(5, 0xffffff00)))
    await talk.reset(id, 'streamClosed')
  }, one),
  must('2.3-syn-fin', 'a SYN with FIN opens a stream whose opener has finished: FIN comes back', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.syn(id, FIN))
    await talk.finished(id)
  }, one),
  must('2.3-syn-fin-priority-type', 'a SYN with FIN, priority and type is accepted', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.syn(id, FIN | PRIORITY | TYPE, u32(1, 7)))
    await talk.finished(id)
  }, one),
  must('2.3-data-largest', 'a DATA frame of 16,383 bytes is taken whole', async (talk) => {
    await talk.whole(pattern(LARGEST[1]))
  }, one),
  must('2.3-data-with-fin', 'FIN on a frame with payload finishes behind the payload', async (talk) => {
    await talk.whole(HELLO)
  }),
  must('2.3-data-fin-alone', 'FIN on an empty frame finishes', async (talk) => {
    const id = talk.open()
    talk.say(id, HELLO)
    talk.put(talk.w.data(id, u32(), FIN))
    await talk.back(id, HELLO)
    await talk.finished(id)
  }),
  must('2.3-syn-sent', 'its SYN carries no FIN, no priority of 0 and no type of 0', async (talk) => {
    await theirs(talk)
    every(talk, 'a SYN without FIN, with PRIORITY and TYPE only for what is not 0', (frame) => {
      if (frame.kind !== 'syn') return true
      const { priority, type } = synFields(frame)
      return !frame.fin && ((frame.flags & PRIORITY) === 0) === (priority === 0) && ((frame.flags & TYPE) === 0) === (type === 0)
    })
  }, { ...one, needs: ['opens'] }),

  must('2.5-opening-alone', 'an empty DATA frame with SYN opens a stream', async (talk) => {
    await talk.whole()
  }, two),
  must('2.5-opening-with-payload', 'the payload of an opening frame is the first of its stream', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, join(new Uint8Array(talk.lead), HELLO), SYN), talk.w.data(id, HELLO, FIN))
    await talk.back(id, join(HELLO, HELLO))
    await talk.finished(id)
  }, two),
  must('2.5-opening-with-payload-and-fin', 'SYN and FIN in one frame: the stream is opened, takes the payload, is finished, and answered', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, join(new Uint8Array(talk.lead), HELLO), SYN | FIN))
    await talk.back(id, HELLO)
    await talk.finished(id)
  }, two),
  must('2.5-opening-with-fin', 'an empty opening frame with FIN is a stream that ends at once', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, new Uint8Array(talk.lead), SYN | FIN))
    await talk.finished(id)
  }, two),
  must('2.5-opening-flags', 'unknown flags of an opening frame are ignored', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, new Uint8Array(talk.lead), SYN | 0xc))
    await echoes(talk, id)
  }, two),
  must('2.5-data-of-64-KiB', 'a DATA frame of 65,536 bytes is taken whole', async (talk) => {
    await talk.whole(pattern(Math.min(65_536, windowOf(talk))))
  }, two),
  must('2.5-data-of-the-window', 'one DATA frame may use the whole window', async (talk) => {
    await talk.whole(pattern(windowOf(talk)))
  }, two),
  must('2.5-opening-sent', 'it sets SYN and FIN in no frame together', async (talk) => {
    await theirs(talk)
    every(talk, 'SYN without FIN', ({ syn: opens, fin }) => !opens || !fin)
  }, { ...two, needs: ['opens'] })
]

/**
 * Cases of section 2.7 about frames that are wrong by themselves: types, lengths, GOAWAY, increments. Where they go wrong by their stream,
 * misplaced.ts asks.
 *
 * @module
 */
import { type Case, fatal, must } from '../case.ts'
import { block } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, join, pattern, PRIORITY, TOP_BIT, TYPE } from '../wire.ts'

const one = { wires: [1] } as const
const two = { wires: [2] } as const

/** A type that wire 1 does not know. */
function unknownOfWire1 (type: number): Case {
  return fatal(`2.7-unknown-type-${type}`, `a frame of type ${type} ends the session`, 'protocol', (talk) => {
    talk.put(talk.w.unknown(type, talk.open(), HELLO))
  }, one)
}

/** A type that wire 2 does not know. */
function unknownOfWire2 (type: number): Case {
  return must(`2.7-skipped-type-${type}`, `a frame of type ${type} is skipped with its body, between frames of a stream`, async (talk) => {
    const id = talk.open()
    talk.put(talk.w.data(id, HELLO), talk.w.unknown(type, id, HELLO), talk.w.unknown(type, 0), talk.w.data(id, HELLO, FIN))
    await talk.back(id, join(HELLO, HELLO))
    await talk.finished(id)
  }, two)
}

/** A SYN of wire 1 whose length is not that of its flags. */
function wrongSyn (name: string, flags: number, length: number): Case {
  return fatal(`2.7-syn-${name}`, `a SYN with flags 0${flags} and length ${length} ends the session`, 'frameSize', (talk) => {
    talk.put(talk.w.syn(talk.id(), flags, new Uint8Array(length)))
  }, one)
}

/** RST or WNDINC of a wrong length, on a live stream. */
function wrongLength (frame: 'rst' | 'wndinc', length: number): Case {
  return fatal(`2.7-${frame}-length-${length}`, `${frame.toUpperCase()} with length ${length} ends the session`, 'frameSize', (talk) => {
    const id = talk.open()
    talk.put(frame === 'rst' ? talk.w.rst(id, 'cancel', { length }) : talk.w.wndinc(id, 1, { length }))
  })
}

/** Increments of 0, written as `value`, on the stream that `where` gives. */
function noIncrement (name: string, what: string, value: number, where: (talk: Talk) => number): Case {
  return fatal(`2.7-increment-0-${name}`, `a WNDINC of 0 ends the session: ${what}`, 'protocol', (talk) => { talk.put(talk.w.wndinc(where(talk), value)) }, two)
}

/** The cases of section 2.7 about frames by themselves. */
export const malformed: readonly Case[] = [
  ...[0, 5, 7, 8, 16, 31].map(unknownOfWire1),
  ...[4, 5, 8, 15].map(unknownOfWire2),
  must('2.7-skipped-large', 'a large frame of an unknown type is skipped, and costs no window', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.unknown(9, id, pattern(talk.terms.window * 2)))
    talk.say(id, HELLO, FIN)
    await talk.back(id, HELLO)
    await talk.finished(id)
  }, two),

  wrongSyn('length-1', 0, 1),
  wrongSyn('length-4-without-flags', 0, 4),
  wrongSyn('length-8-without-flags', 0, 8),
  wrongSyn('length-0-with-priority', PRIORITY, 0),
  wrongSyn('length-8-with-priority', PRIORITY, 8),
  wrongSyn('length-0-with-type', TYPE, 0),
  wrongSyn('length-3-with-type', TYPE, 3),
  wrongSyn('length-4-with-both', PRIORITY | TYPE, 4),
  wrongSyn('length-9-with-both', PRIORITY | TYPE, 9),
  wrongSyn('length-16383', 0, 16_383),
  ...[0, 3, 5, 8].map((length) => wrongLength('rst', length)),
  ...[0, 3, 5, 8].map((length) => wrongLength('wndinc', length)),
  fatal('2.7-rst-length-16383', 'an RST with a length of 16,383 ends the session', 'frameSize', (talk) => { talk.put(talk.w.rst(talk.open(), 'cancel', { length: 16_383 })) }),

  ...[0, 1, 7].map((length) => fatal(`2.7-goaway-length-${length}`, `a GOAWAY with length ${length} ends the session`, 'frameSize', (talk) => {
    talk.put(talk.w.goaway(0, 'none', undefined, { length }))
  })),
  fatal('2.7-goaway-debug-too-long', 'a GOAWAY with more than 65,536 bytes of debug ends the session', 'frameSize', (talk) => {
    talk.put(talk.w.goaway(0, 'none', Buffer.alloc(65_537, 'debug ')))
  }, two),
  must('2.7-goaway-on-a-stream', 'a GOAWAY with a stream id is accepted', (talk) => { talk.put(talk.w.farewell(0, 'none', undefined, { id: 77 })) }, one),
  fatal('2.7-goaway-on-a-stream-is-fatal', 'a GOAWAY with a stream id ends the session', 'protocol', (talk) => {
    talk.put(talk.w.goaway(0, 'none', undefined, { id: 77 }))
  }, two),
  must('2.7-goaway-flags', 'a GOAWAY with flags is accepted', (talk) => {
    talk.put(talk.w.farewell(0, 'none', undefined, { flags: talk.wire === 1 ? 0xff : 0xf }))
  }),

  must('2.7-increment-0-ignored', 'a WNDINC of 0 is ignored', async (talk) => {
    const { id, payload } = await block(talk, 100)
    talk.put(talk.w.wndinc(id, 0))
    await talk.settle()
    if (talk.on(id).bytes > talk.terms.window) throw new Unmet('no payload for an increment of 0', 'some')
    talk.put(talk.w.wndinc(id, 100))
    await talk.back(id, payload)
  }, one),
  noIncrement('live', 'on a live stream', 0, (talk) => talk.open()),
  noIncrement('masked', 'written with the top bit', TOP_BIT, (talk) => talk.open()),
  noIncrement('unknown', 'on a stream that never was', 0, (talk) => talk.id() + 100),
  must('2.7-increment-past-the-end', 'a WNDINC that lifts the credit past 2^31-1 resets the stream', async (talk) => {
    const id = talk.open()
    talk.put(talk.w.wndinc(id, 0x7fffffff))
    await talk.reset(id, 'flowControl')
  }),
  must('2.7-rst-unknown-reason', 'an RST with a reason that nobody knows is an RST', async (talk) => {
    const { id } = await block(talk, 100)
    talk.put(talk.w.rst(id, 0xdeadbeef), talk.w.wndinc(id, 100))
    const mark = talk.frames.length
    await talk.settle()
    talk.silent(id, mark)
  }),
  must('2.7-goaway-twice', 'a GOAWAY after a GOAWAY is accepted', (talk) => {
    talk.put(talk.w.farewell(0x7fffffff), talk.w.farewell(0))
  })
]

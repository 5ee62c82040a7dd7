/**
 * Cases of section 8.5: a goodbye, and what may stand between it and the end of the transport.
 *
 * @module
 */
import { type Case, fatal, must, should } from '../case.ts'
import { field } from '../reader.ts'
import { finishTheirs } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { join, MAX_31, numberOf, pattern, reasonText } from '../wire.ts'

const one = { wires: [1] } as const
const two = { wires: [2] } as const
const ended = { afterwards: 'ended' } as const

/** The endpoint has ended the transport, and told of no error. */
async function endsWell (talk: Talk): Promise<void> {
  await talk.over()
  const reason = talk.goodbye === undefined ? 0 : field(talk.goodbye, 1)
  if (reason !== 0) throw new Unmet('GOAWAY(none), or no GOAWAY', `GOAWAY(${reasonText(talk.wire, reason)})`)
}

/** Behind our goodbye, with no stream open, the transport ends inside `torn`: no error. */
function tornBehind (id: string, title: string, torn: (talk: Talk, closed: number) => Uint8Array): Case {
  return should(id, title, async (talk, lab) => {
    await finishTheirs(talk, lab)
    const closed = await talk.whole()
    talk.part(talk.w.farewell(MAX_31), torn(talk, closed))
    talk.end()
    await endsWell(talk)
  }, ended)
}

/** Behind our goodbye, with no stream open, comes what no session survives: the endpoint ends the transport, without an error. */
function oddBehind (id: string, title: string, odd: (talk: Talk, closed: number) => Uint8Array, more: Partial<Case> = {}): Case {
  return should(id, title, async (talk, lab) => {
    await finishTheirs(talk, lab)
    const closed = await talk.whole()
    talk.put(talk.w.farewell(MAX_31), odd(talk, closed))
    await endsWell(talk)
  }, { ...ended, ...more })
}

async function openStream (talk: Talk): Promise<number> {
  const id = talk.open()
  talk.say(id, HELLO)
  await talk.back(id, HELLO)
  return id
}

/** The cases of section 8.5. */
export const goodbye: readonly Case[] = [
  must('8.5-goodbye', 'GOAWAY(none) and the end of the transport is a goodbye: it ends the transport too', async (talk) => {
    await talk.whole()
    talk.put(talk.w.goaway(0))
    talk.end()
    await talk.over()
  }, ended),
  should('8.5-goodbye-is-no-error', 'a goodbye is not answered with a reason of an error', async (talk, lab) => {
    await finishTheirs(talk, lab)
    await talk.whole()
    talk.put(talk.w.goaway(0))
    talk.end()
    await endsWell(talk)
  }, ended),
  tornBehind('8.5-torn-header', 'behind a goodbye, with no stream open, the end inside a header is no error',
    (talk) => talk.w.open(talk.id()).subarray(0, 5)),
  tornBehind('8.5-torn-control-frame', 'behind a goodbye, with no stream open, the end inside a control frame is no error',
    (talk, closed) => talk.w.rst(closed).subarray(0, 10)),
  tornBehind('8.5-torn-payload', 'behind a goodbye, with no stream open, the end inside payload is no error',
    (talk, closed) => join(talk.w.head(closed, 100), pattern(50))),
  oddBehind('8.5-odd-length', 'behind a goodbye, with no stream open, a frame of an impossible length is no error',
    (talk, closed) => talk.w.rst(closed, 'cancel', { length: 3 })),
  oddBehind('8.5-odd-type', 'behind a goodbye, with no stream open, a frame of an unknown type is no error',
    (talk) => talk.w.unknown(7), one),
  oddBehind('8.5-odd-goaway', 'behind a goodbye, with no stream open, a GOAWAY on a stream is no error',
    (talk, closed) => talk.w.goaway(0, 'none', undefined, { id: closed }), two),
  should('8.5-miscounted-text', 'a goodbye whose length leaves its eight fixed bytes out is a goodbye, whatever its text', async (talk, lab) => {
    await finishTheirs(talk, lab)
    await talk.whole()
    const text = Buffer.from('goodbye, all')
    talk.put(talk.w.goaway(MAX_31, 'none', text, { length: text.length }))
    talk.end()
    await endsWell(talk)
  }, ended),
  should('8.5-torn-with-a-stream', 'behind a goodbye, with a stream open, the end inside a frame is told: GOAWAY(peerEof)', async (talk) => {
    const id = await openStream(talk)
    talk.part(talk.w.farewell(MAX_31), talk.w.rst(id).subarray(0, 10))
    talk.end()
    await talk.over()
    const reason = talk.goodbye === undefined ? undefined : field(talk.goodbye, 1)
    if (reason !== numberOf(talk.wire, 'peerEof')) {
      throw new Unmet('GOAWAY(peerEof)', reason === undefined ? 'the end of the transport without GOAWAY' : `GOAWAY(${reasonText(talk.wire, reason)})`)
    }
  }, ended),
  fatal('8.5-odd-with-a-stream', 'behind a goodbye, with a stream open, a frame of an impossible length is a fault', 'frameSize', async (talk) => {
    const id = await openStream(talk)
    talk.put(talk.w.farewell(MAX_31), talk.w.rst(id, 'cancel', { length: 3 }))
  })
]

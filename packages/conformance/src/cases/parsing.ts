/**
 * Cases of section 2.6: the same bytes mean the same however they are cut, bodies are handed on as they come, and objections have an order.
 *
 * @module
 */
import { type Case, fatal, must, should } from '../case.ts'
import { block } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, join, LARGEST, pattern, SYN, TYPES, u32 } from '../wire.ts'

/** A conversation as bytes: two streams, one of them reset, credit, a late frame. Returns it with the stream that is to be echoed. */
function script (talk: Talk): { readonly bytes: Uint8Array, readonly id: number } {
  const [id, other] = [talk.id(), talk.id()]
  const { w } = talk
  return {
    id,
    bytes: join(
      w.open(id), w.data(id, HELLO), w.wndinc(id, 1000), w.open(other), w.data(other, HELLO), w.rst(other), w.data(other, HELLO),
      w.data(id), w.data(id, HELLO, FIN)
    )
  }
}

async function understood (talk: Talk, id: number): Promise<void> {
  await talk.back(id, join(HELLO, HELLO))
  await talk.finished(id)
}

/** The conversation in pieces of one size. */
function inPieces (size: number): Case {
  return must(`2.6-pieces-of-${size}`, `the same bytes are understood in pieces of ${size}`, async (talk) => {
    const { bytes, id } = script(talk)
    await talk.drip(bytes, size)
    await understood(talk, id)
  })
}

/** The cases of section 2.6. */
export const parsing: readonly Case[] = [
  ...[1, 2, 3, 5, 7, 8, 9, 13].map(inPieces),
  must('2.6-one-piece', 'many frames in one piece are all understood', async (talk) => {
    const ids = Array.from({ length: 50 }, () => talk.id())
    talk.put(...ids.map((id) => join(talk.w.open(id), talk.w.data(id, HELLO))), ...ids.map((id) => talk.w.data(id, HELLO, FIN)))
    for (const id of ids) await understood(talk, id)
  }),
  must('2.6-cut-header', 'a header cut anywhere is understood', async (talk) => {
    for (let cut = 1; cut < 8; cut++) {
      const id = talk.open()
      const bytes = join(talk.w.data(id, HELLO), talk.w.data(id, HELLO, FIN))
      talk.part(bytes.subarray(0, cut))
      await talk.turn()
      talk.put(bytes.subarray(cut))
      await understood(talk, id)
    }
  }),
  must('2.6-cut-control-body', 'the body of a control frame cut anywhere is understood', async (talk) => {
    for (let cut = 8; cut < 12; cut++) {
      const { id, payload } = await block(talk, 100)
      const bytes = talk.w.wndinc(id, 100)
      talk.part(bytes.subarray(0, cut))
      await talk.turn()
      talk.put(bytes.subarray(cut))
      await talk.back(id, payload)
    }
  }),
  must('2.6-body-handed-on', 'payload is handed on before its frame is complete', async (talk) => {
    const id = talk.open()
    talk.part(talk.w.head(id, 1000), pattern(600))
    await talk.back(id, pattern(600))
    talk.put(pattern(400, 600))
    await talk.back(id, pattern(1000))
  }),
  must('2.6-body-beside-others', 'while a body comes in slowly, what was sent before goes on', async (talk) => {
    const { id: other, payload } = await block(talk, 500)
    const id = talk.open()
    talk.part(talk.w.wndinc(other, 500), talk.w.head(id, 1000), pattern(10))
    await talk.back(other, payload)
    talk.put(pattern(990, 10))
    await talk.back(id, pattern(1000))
  }),
  must('2.6-fin-behind-the-last-byte', 'FIN takes effect behind the last byte of its frame, not with the header', async (talk, lab) => {
    const { id } = await block(talk, 10)
    talk.put(talk.w.wndinc(id, 2000))
    await talk.bytes(id, talk.terms.window + 10)
    talk.part(talk.w.head(id, 1000, FIN), pattern(999))
    // Nothing more can be said on this connection in the middle of a frame; what another one has answered meanwhile tells the time.
    const other = await lab.connect()
    await other.settle()
    if (talk.on(id).fin) throw new Unmet('no FIN before the last byte', 'FIN')
    talk.put(pattern(1, 999))
    await talk.finished(id)
    await talk.bytes(id, talk.terms.window + 1010)
  }),
  must('2.6-cut-frame-is-not-complete', 'a DATA frame with FIN that the end of the transport cuts short is not taken as complete', async (talk) => {
    const id = talk.open()
    talk.say(id, HELLO)
    await talk.back(id, HELLO)
    talk.part(talk.w.head(id, 1000, FIN), pattern(600))
    talk.end()
    await talk.over()
    if (talk.on(id).fin) throw new Unmet('no FIN in answer to one that never came', `FIN behind ${talk.on(id).bytes} bytes`)
  }, { afterwards: 'ended' }),

  fatal('2.6-type-before-length', 'the type is judged before the length: an unknown one is fatal before its body comes', 'protocol', (talk) => {
    talk.put(talk.w.frame(5, 0, talk.id(), u32(), LARGEST[1]))
  }, { wires: [1] }),
  fatal('2.6-length-before-id-of-rst', 'the length is judged before the stream id: RST', 'frameSize', (talk) => {
    talk.put(talk.w.rst(talk.wire === 1 ? talk.foreign : 0, 'cancel', { length: 5 }))
  }),
  fatal('2.6-length-before-id-of-wndinc', 'the length is judged before the stream id: WNDINC', 'frameSize', (talk) => {
    talk.put(talk.w.wndinc(talk.wire === 1 ? talk.foreign : 0, 0, { length: 8 }))
  }),
  fatal('2.6-length-before-id-of-goaway', 'the length is judged before the stream id: GOAWAY', 'frameSize', (talk) => {
    talk.put(talk.w.goaway(0, 'none', u32(), { length: 7, id: 1 }))
  }, { wires: [2] }),
  fatal('2.6-id-before-window', 'the stream id is judged before the window', 'protocol', (talk) => {
    talk.put(talk.w.head(talk.foreign, talk.terms.window + 1, SYN))
  }, { wires: [2] }),
  must('2.6-state-before-window', 'the state of the stream is judged before the window', async (talk) => {
    const { id } = await block(talk, 100, FIN)
    talk.put(talk.w.data(id, pattern(talk.terms.window * 2)))
    await talk.reset(id, 'streamClosed')
  }, { wires: [2] }),
  should('2.6-header-is-enough', 'a fatal header ends the session without its body', async (talk) => {
    talk.put(talk.w.frame(TYPES[talk.wire].rst, 0, talk.open(), u32(), 1000))
    await talk.dies('frameSize')
  }, { afterwards: 'ended' }),
  must('2.6-nothing-after-fatal', 'after a fatal frame nothing that follows is looked at', async (talk) => {
    const { id, payload } = await block(talk, 100)
    talk.put(talk.w.rst(id, 'cancel', { length: 3 }), talk.w.wndinc(id, 100), talk.w.open(talk.id()))
    await talk.dies('frameSize')
    if (talk.on(id).bytes >= payload.length) throw new Unmet('nothing sent for credit that came after the end', 'all of the payload')
  }, { afterwards: 'ended' })
]

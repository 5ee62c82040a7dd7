/**
 * Cases of section 9: types, in band and in the SYN, and the heartbeat.
 *
 * @module
 */
import { type Case, type More, must, should } from '../case.ts'
import { frameText } from '../reader.ts'
import { theirs } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, HEARTBEAT, join, MAX_31, pattern, PRIORITY, SYN, TYPE, u32 } from '../wire.ts'

const one = { wires: [1] } as const
const typed = { wires: [2], typed: true } as const

/** A reserved type that nobody has registered: the stream is answered with RST, and what follows on it is swallowed. */
function unregistered (type: number): Case {
  return must(`9.1-unregistered-${type.toString(16)}`, `a stream of the reserved type 0x${type.toString(16)} gets RST(streamClosed), and what follows is swallowed`, async (talk) => {
    const id = talk.open(type)
    await talk.reset(id, 'streamClosed')
    const mark = talk.frames.length
    talk.put(talk.w.data(id, HELLO), talk.w.data(id, undefined, FIN))
    await talk.settle()
    talk.silent(id, mark)
  }, one)
}

/** The same for wire 2, whose types come in band. */
function unregisteredTyped (type: number): Case {
  return { ...unregistered(type), id: `9.1-unregistered-in-band-${type.toString(16)}`, ...typed }
}

/** A type that comes in frames of these sizes, the first of them with the opening if `opening`. */
function cut (name: string, title: string, sizes: readonly number[], opening: boolean): Case {
  return must(`9.2-type-${name}`, title, async (talk) => {
    const id = talk.id()
    const bytes = join(u32(7), HELLO)
    if (!opening) talk.put(talk.w.data(id, undefined, SYN))
    let at = 0
    for (const [i, size] of sizes.entries()) {
      talk.put(talk.w.data(id, bytes.subarray(at, at + size), opening && i === 0 ? SYN : 0))
      at += size
    }
    talk.put(talk.w.data(id, bytes.subarray(at), FIN))
    await talk.back(id, HELLO)
    await talk.finished(id)
    if (talk.on(id).bytes !== HELLO.length) throw new Unmet('the payload without its type', `${talk.on(id).bytes} bytes`)
  }, typed)
}

/** Open a heartbeat stream as a correct peer does. */
function beat (talk: Talk): number {
  const id = talk.id()
  talk.put(talk.wire === 1 ? talk.w.syn(id, PRIORITY | TYPE, u32(MAX_31, HEARTBEAT[1])) : talk.w.open(id, HEARTBEAT[2]))
  return id
}

async function ping (talk: Talk, id: number, bytes: Uint8Array): Promise<void> {
  const from = talk.on(id).bytes
  talk.put(talk.w.data(id, bytes))
  await talk.back(id, bytes, from)
}

/** A case of answering: wire 1 must, wire 2 may be without. */
function answering (id: string, title: string, steps: (talk: Talk) => Promise<void>): readonly Case[] {
  return [must(id, title, steps, one), should(`${id}-typed`, title, steps, typed)]
}

/** Wait for the first ping of the endpoint. Returns its heartbeat stream. */
async function pinged (talk: Talk): Promise<Talk['heartbeats'][number]> {
  return await talk.until('a ping of the endpoint', () => talk.heartbeats.find(({ bytes }) => bytes >= talk.lead + 4))
}

/** For an endpoint that asks. Its first ping comes after its interval, 3 s unless it says otherwise. */
const asks: More = { needs: ['asks'], patienceMs: 15_000 }

/** The cases of section 9. */
export const types: readonly Case[] = [
  unregistered(0xffffff00),
  unregistered(0xfffffffe),
  unregistered(0xffffffff),
  unregisteredTyped(0xffffff00),
  unregisteredTyped(0xfffffffe),
  unregisteredTyped(0xfffffeff),

  cut('alone', 'a type in a frame of its own is no payload', [4], false),
  cut('with-payload', 'a type with payload behind it in one frame is understood', [6], false),
  cut('in-the-opening', 'a type in the opening frame is understood', [4], true),
  cut('in-the-opening-with-payload', 'a type with payload in the opening frame is understood', [9], true),
  cut('of-1-and-3', 'a type cut behind its first byte is put together', [1, 3], false),
  cut('of-2-and-2', 'a type cut in the middle is put together', [2, 2], false),
  cut('of-3-and-more', 'a type cut behind its third byte is put together', [3, 3], false),
  cut('of-single-bytes', 'a type in single bytes is put together', [1, 1, 1, 1], false),
  cut('of-1-in-the-opening', 'a type whose first byte comes with the opening is put together', [1, 2], true),
  cut('with-empty-frames', 'a type with empty frames between its bytes is put together', [1, 0, 2, 0], false),
  ...[0, 3].map((length) => must(`9.2-fin-behind-${length}-bytes`, `a stream that finishes behind ${length} bytes of its type gets RST(protocol)`, async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, undefined, SYN), talk.w.data(id, pattern(length), FIN))
    await talk.reset(id, 'protocol')
  }, typed)),
  must('9.2-reset-before-type', 'a stream that is reset before its type is forgotten', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, undefined, SYN), talk.w.data(id, pattern(2)), talk.w.rst(id))
    await talk.settle()
    const mark = talk.frames.length
    talk.put(talk.w.data(id, HELLO))
    await talk.settle()
    talk.silent(id, mark)
  }, typed),
  must('9.2-no-type-blocks-none', 'a stream without its type keeps no other from being served', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, undefined, SYN), talk.w.data(id, pattern(1)))
    for (let i = 0; i < 5; i++) await talk.whole()
    talk.put(talk.w.data(id, pattern(3)), talk.w.data(id, HELLO, FIN))
    await talk.back(id, HELLO)
    await talk.finished(id)
  }, typed),
  must('9.2-type-in-time', 'a stream that does not say its type in time gets RST(protocol)', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.data(id, undefined, SYN))
    await talk.reset(id, 'protocol')
  }, { ...typed, patienceMs: 15_000 }),
  must('9.2-type-sent-at-once', 'its type comes at once and in one frame', async (talk) => {
    const [first] = await theirs(talk)
    if (first === undefined) return
    const frame = talk.frames.find(({ id, kind, length }) => id === first.id && kind === 'data' && length > 0)
    if (frame === undefined || frame.length < 4) throw new Unmet('a first payload of four bytes or more', frame === undefined ? 'none' : frameText(2, frame))
  }, { ...typed, needs: ['opens'] }),
  must('9.2-untyped', 'without typed streams the first four bytes are payload like any other', async (talk) => {
    for (const head of [0, 0xffffffff, 0xffffff00]) await talk.whole(join(u32(head), HELLO))
    await talk.whole(Uint8Array.of(1))
  }, { wires: [2], typed: false }),

  ...answering('9.3-ping', 'a ping is echoed', async (talk) => { await ping(talk, beat(talk), u32(1)) }),
  ...answering('9.3-many-pings', 'every ping is echoed, and no byte of it is looked at', async (talk) => {
    const id = beat(talk)
    for (const value of [1, 2, 0, 0xffffffff, 0x80000000, 0, 7, 7, 0xdeadbeef]) await ping(talk, id, u32(value))
  }),
  ...answering('9.3-ping-in-pieces', 'a ping in pieces is echoed, every byte once', async (talk) => {
    const id = beat(talk)
    for (const byte of u32(0x01020304)) talk.put(talk.w.data(id, Uint8Array.of(byte)))
    await talk.back(id, u32(0x01020304))
    await talk.settle()
    if (talk.on(id).bytes !== 4) throw new Unmet('four bytes', `${talk.on(id).bytes}`)
  }),
  ...answering('9.3-pings-together', 'pings that come together are echoed in order', async (talk) => {
    const id = beat(talk)
    talk.put(talk.w.data(id, u32(1)), talk.w.data(id, u32(2)), talk.w.data(id, u32(3, 4)))
    await talk.back(id, u32(1, 2, 3, 4))
  }),
  ...answering('9.3-answer-in-one-frame', 'the four bytes of an answer come together', async (talk) => {
    const id = beat(talk)
    await ping(talk, id, u32(9))
    const parts = talk.frames.filter((frame) => frame.id === id && frame.kind === 'data' && frame.length > 0)
    if (parts.length !== 1) throw new Unmet('one frame', `${parts.length}`)
  }).map((any): Case => ({ ...any, level: 'should' })),
  ...answering('9.3-credit', 'bytes on a heartbeat stream are credited as on any other', async (talk) => {
    const id = beat(talk)
    const heard = talk.on(id)
    heard.credit -= talk.lead
    for (let sent = 0; sent < talk.terms.window * 2; sent += 1024) {
      await talk.until(`credit on stream ${id} behind ${sent} bytes`, () => heard.credit >= 1024)
      talk.say(id, pattern(1024, sent))
      talk.put(talk.w.wndinc(id, 1024))
    }
    await talk.bytes(id, talk.terms.window * 2)
  }),
  ...answering('9.3-beside-streams', 'pings are echoed beside other streams', async (talk) => {
    const id = beat(talk)
    for (let i = 0; i < 10; i++) {
      await talk.whole(pattern(3000))
      await ping(talk, id, u32(i))
    }
  }),
  ...answering('9.3-while-draining', 'pings are echoed behind a GOAWAY', async (talk) => {
    const id = beat(talk)
    await ping(talk, id, u32(1))
    talk.put(talk.w.farewell(MAX_31))
    await ping(talk, id, u32(2))
  }),
  ...answering('9.3-not-ended', 'a heartbeat stream is neither finished nor reset by the end that answers', async (talk) => {
    const id = beat(talk)
    await ping(talk, id, u32(1))
    await talk.settle()
    const { fin, resets } = talk.on(id)
    if (fin || resets.length > 0) throw new Unmet('neither FIN nor RST', fin ? 'FIN' : 'RST')
  }),
  must('9.3-any-priority', 'a heartbeat stream of any priority is answered', async (talk) => {
    const id = talk.id()
    talk.put(talk.w.syn(id, TYPE, u32(HEARTBEAT[1])))
    await ping(talk, id, u32(1))
  }, one),

  must('9.3-asks-on-one-stream', 'it opens one heartbeat stream, with the priority 2^31-1 in wire 1', async (talk) => {
    const { id } = await pinged(talk)
    await talk.settle()
    if (talk.heartbeats.length !== 1) throw new Unmet('one heartbeat stream', `${talk.heartbeats.length}`)
    const syn = talk.frames.find((frame) => frame.syn && frame.id === id)
    if (talk.wire === 1 && syn !== undefined && frameText(1, syn).includes(`priority ${MAX_31}`) === false) throw new Unmet(`priority ${MAX_31}`, frameText(1, syn))
  }, asks),
  must('9.3-asks-with-four-bytes', 'a ping is four bytes, and one at most is unanswered', async (talk) => {
    talk.answersHeartbeat = false
    const heartbeat = await pinged(talk)
    await talk.settle()
    if (heartbeat.bytes !== talk.lead + 4) throw new Unmet('four bytes', `${heartbeat.bytes - talk.lead}`)
  }, asks),
  must('9.3-asks-again', 'when a ping is answered another one comes', async (talk) => {
    await talk.until('three pings', () => talk.heartbeats.some(({ bytes }) => bytes >= talk.lead + 12))
  }, asks),
  must('9.3-outlives-rst-of-its-heartbeat', 'when its heartbeat stream is reset it asks no more, and the session goes on', async (talk) => {
    const { id } = await talk.until('its heartbeat stream', () => talk.heartbeats[0])
    talk.put(talk.w.rst(id, 'streamClosed'))
    await talk.settle()
    const mark = talk.frames.length
    await talk.settle()
    talk.silent(id, mark)
    if (talk.heartbeats.length > 1) throw new Unmet('no second heartbeat stream', 'one')
  }, asks),
  must('9.3-outlives-fin-of-its-heartbeat', 'when its heartbeat stream is finished it asks no more, and the session goes on', async (talk) => {
    const { id } = await pinged(talk)
    talk.put(talk.w.data(id, undefined, FIN))
    await talk.settle()
    await talk.settle()
  }, asks),
  must('9.3-wrong-echo', 'bytes that are not the echo of its ping end the session', async (talk) => {
    talk.answersHeartbeat = false
    const { id, parts } = await pinged(talk)
    const wrong = join(...parts).subarray(talk.lead).map((byte) => byte ^ 0xff)
    talk.put(talk.w.data(id, wrong))
    await talk.over()
  }, { ...asks, afterwards: 'ended' }),
  must('9.3-silence', 'a peer that gives no sign of life is taken for dead', async (talk) => {
    talk.answersHeartbeat = false
    await pinged(talk)
    await talk.over()
  }, { ...asks, afterwards: 'ended', patienceMs: 25_000 })
]

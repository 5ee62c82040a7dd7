/**
 * Cases of section 3: parity, order, gaps and the last ids.
 *
 * @module
 */
import { type Case, fatal, must, should } from '../case.ts'
import { closed, theirs } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, MAX_31 } from '../wire.ts'

const one = { wires: [1] } as const
const two = { wires: [2] } as const

/** Open a stream with an id of our choice, and have it echoed. */
async function served (talk: Talk, id: number): Promise<void> {
  talk.used(id)
  talk.put(talk.w.open(id))
  talk.say(id, HELLO, FIN)
  await talk.back(id, HELLO)
  await talk.finished(id)
}

/** The streams that the endpoint opens at the start, heartbeats included. */
async function opened (talk: Talk): Promise<readonly number[]> {
  await theirs(talk)
  return talk.frames.filter(({ syn }) => syn).map(({ id }) => id)
}

/** The largest id of our parity. */
function last (talk: Talk): number {
  return talk.terms.role === 'client' ? MAX_31 : MAX_31 - 1
}

/** The cases of section 3. */
export const ids: readonly Case[] = [
  fatal('3.1-parity', 'a SYN on an id of the endpoint\'s own parity ends the session', 'protocol', (talk) => { talk.put(talk.w.open(talk.foreign)) }),
  fatal('3.1-parity-of-a-first-id', 'a SYN on the first id of the endpoint\'s own parity ends the session', 'protocol', (talk) => {
    talk.put(talk.w.open(talk.terms.role === 'client' ? 2 : 3))
  }),
  must('3.1-ids-of-the-endpoint', 'it takes ids of its own parity, and neither 0 nor 1', async (talk) => {
    const wrong = (await opened(talk)).find((id) => id < 2 || id % 2 !== (talk.terms.role === 'client' ? 0 : 1))
    if (wrong !== undefined) throw new Unmet(`ids of ${talk.terms.role === 'client' ? 'even' : 'odd'} parity from 2 up`, `${wrong}`)
  }, { needs: ['opens'] }),
  should('3.1-ids-two-apart', 'it takes ids from its first one on, two apart', async (talk) => {
    const taken = [...await opened(talk)].sort((a, b) => a - b)
    const first = talk.terms.role === 'client' ? 2 : 3
    if (taken.some((id, i) => id !== first + 2 * i)) throw new Unmet(`${first}, ${first + 2}, ${first + 4} ...`, taken.join(', '))
  }, { needs: ['opens'] }),

  fatal('3.2-syn-repeated', 'a SYN on a live id ends the session', 'protocol', async (talk) => {
    const id = talk.open()
    talk.say(id, HELLO)
    await talk.back(id, HELLO)
    talk.put(talk.w.open(id))
  }),
  fatal('3.2-syn-of-a-closed-id', 'a SYN on the id of a stream that is over ends the session', 'protocol', async (talk) => {
    talk.put(talk.w.open(await closed(talk)))
  }, one),
  fatal('3.2-syn-below', 'a SYN on an id below an earlier one ends the session', 'protocol', async (talk) => {
    const id = talk.id()
    await talk.whole()
    talk.put(talk.w.open(id))
  }, one),
  must('3.2-syn-below-is-accepted', 'SYNs may come in any order', async (talk) => {
    const first = talk.id()
    for (const id of [first + 8, first + 4, first + 6, first + 2]) await served(talk, id)
  }, two),
  must('3.2-live-below-is-accepted', 'a stream with a lower id is accepted beside live ones', async (talk) => {
    const [low, high] = [talk.id(), talk.id()]
    talk.put(talk.w.open(high), talk.w.data(high, HELLO), talk.w.open(low), talk.w.data(low, HELLO))
    await talk.back(low, HELLO)
    await talk.back(high, HELLO)
  }, two),
  should('3.2-syn-of-a-closed-id-opens', 'a SYN on the id of a stream that is over opens a stream', async (talk) => {
    const id = await closed(talk)
    const from = talk.on(id).bytes
    talk.put(talk.w.open(id), talk.w.data(id, HELLO))
    await talk.until(`${HELLO.length} more bytes on stream ${id}`, () => talk.on(id).bytes >= from + HELLO.length)
  }, two),
  must('3.2-first-id-any', 'the first id need not be the lowest', async (talk) => { await served(talk, talk.id() + 8) }),
  must('3.2-gaps', 'ids may be left out', async (talk) => {
    for (const gap of [0, 2, 20, 200_000]) await served(talk, talk.id() + gap)
  }),
  must('3.2-order-of-syns', 'its SYNs come in increasing order', async (talk) => {
    const taken = await opened(talk)
    if (taken.some((id, i) => i > 0 && id <= (taken[i - 1] ?? 0))) throw new Unmet('increasing ids', taken.join(', '))
  }, { ...one, needs: ['opens'] }),
  should('3.2-order-of-openings', 'its opening frames come in increasing order', async (talk) => {
    const taken = await opened(talk)
    if (taken.some((id, i) => i > 0 && id <= (taken[i - 1] ?? 0))) throw new Unmet('increasing ids', taken.join(', '))
  }, { ...two, needs: ['opens'] }),

  must('3.3-ids-are-not-shared', 'a stream of ours and one of the endpoint\'s have nothing to do with each other', async (talk) => {
    const [first] = await theirs(talk)
    if (first === undefined) return
    await served(talk, Math.max(first.id + (talk.terms.role === 'client' ? 1 : -1), talk.id()))
    const from = first.bytes
    talk.say(first.id, HELLO)
    await talk.back(first.id, HELLO, from)
  }, { needs: ['opens'] }),

  must('3.4-last-id', 'a stream with the last id is served', async (talk) => {
    const low = talk.open()
    talk.witness(low)
    await served(talk, last(talk))
    await talk.settle()
    talk.put(talk.w.data(low, undefined, FIN))
    await talk.finished(low)
  }, { afterwards: 'ended' }),
  must('3.4-session-outlives-ids', 'when the last id is used, open streams and those of the endpoint go on', async (talk) => {
    const low = talk.open()
    await served(talk, last(talk))
    talk.say(low, HELLO, FIN)
    await talk.back(low, HELLO)
    await talk.finished(low)
    const [first] = await theirs(talk)
    if (first === undefined) return
    const from = first.bytes
    talk.say(first.id, HELLO)
    await talk.back(first.id, HELLO, from)
  }, { needs: ['opens'], afterwards: 'ended' })
]

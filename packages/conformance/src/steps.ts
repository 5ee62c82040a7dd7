/**
 * Situations that several cases start from.
 *
 * @module
 */
import type { Lab } from './case.ts'
import type { Talk } from './talk.ts'
import { FIN, pattern } from './wire.ts'

/** Payload that a stream of the endpoint under test cannot send back without credit, and how to get there. */
export interface Blocked {
  readonly id: number
  /** What was sent on it. */
  readonly payload: Uint8Array
}

/**
 * A stream whose echo waits for credit: the endpoint has sent a whole window back, and `rest` bytes more are its to send. With `flags` FIN
 * the payload is finished.
 */
export async function block (talk: Talk, rest: number, flags: 0 | typeof FIN = 0): Promise<Blocked> {
  const { window } = talk.terms
  const id = talk.open()
  const payload = pattern(window + rest)
  const first = talk.on(id).credit
  talk.say(id, payload.subarray(0, first))
  for (let at = first; at < payload.length;) {
    const credit = await talk.until(`credit on stream ${id}, whose bytes have come back`, () => talk.on(id).credit > 0 && talk.on(id).credit)
    const size = Math.min(credit, payload.length - at)
    talk.say(id, payload.subarray(at, at + size), at + size === payload.length ? flags : 0)
    at += size
  }
  await talk.back(id, payload.subarray(0, window))
  await talk.settle()
  return { id, payload }
}

/**
 * A stream whose credit at the endpoint is used up, with nobody left there to take more: its echo is blocked, and so is its reader. Returns
 * the id; what `credit` says on it is what one may send without harm, and one byte more is too many.
 */
export async function exhaust (talk: Talk): Promise<number> {
  const { id } = await block(talk, 1)
  for (;;) {
    const { credit } = talk.on(id)
    if (credit === 0) return id
    talk.say(id, pattern(credit))
    await talk.settle()
  }
}

/** A stream that both ends have finished. */
export async function closed (talk: Talk): Promise<number> {
  return await talk.whole()
}

/** A stream that was reset by this end: the endpoint remembers its id and swallows what comes on it (spec 4.7). */
export async function forgotten (talk: Talk): Promise<number> {
  const id = talk.open()
  talk.say(id, Buffer.from('reset'))
  await talk.bytes(id, 5)
  talk.put(talk.w.rst(id))
  await talk.settle()
  return id
}

/** A number of bytes that spends the whole credit of a fresh stream. */
export function windowOf (talk: Talk): number {
  return talk.terms.window - talk.lead
}

/** Tell the endpoint what to do, on a stream of its own; the README has the words. Returns the stream. */
export function command (talk: Talk, word: string): number {
  const id = talk.open()
  talk.say(id, commandText(word))
  return id
}

/** What a command is on the wire. */
export function commandText (word: string): Uint8Array {
  return Buffer.from(`muxado ${word}\n`)
}

/** Streams that the endpoint opens. */
export const OPENS = 3
/** What it says on each of them. */
export const GREETING: Uint8Array = Buffer.from('hello')

/** The streams that an endpoint opens at the start have come, each with its greeting. */
export async function theirs (talk: Talk): Promise<ReadonlyArray<Talk['theirs'][number]>> {
  const expected = `${OPENS} streams opened by the endpoint, with ${GREETING.length} bytes on each`
  return await talk.until(expected, () => {
    const greeted = talk.theirs.filter(({ bytes }) => bytes >= talk.lead + GREETING.length)
    return greeted.length >= OPENS && greeted
  })
}

/** Where the endpoint opens streams of its own: these are finished by both ends, so that no stream is open. */
export async function finishTheirs (talk: Talk, lab: Lab): Promise<void> {
  if (!lab.can.includes('opens')) return
  const open = await theirs(talk)
  for (const { id } of open) talk.put(talk.w.data(id, undefined, FIN))
  for (const { id } of open) await talk.finished(id)
}

/**
 * What becomes of a session of wire 2 that is given frames, as its own frames tell it: whether it lives, and which streams it has reset. Ours is
 * asked here; every implementation that can be connected to can be asked the same.
 *
 * @module
 */
import { createMachine } from '@muxado/core'
import { ascii, concat } from '../support/bytes.ts'
import { readFrames, type SeenFrame, wire2 } from '../support/frames.ts'
import type { Snapshot } from '@muxado/core'
import { drainBytes } from '../support/text.ts'

/** How the end that is asked is set up; its peer, which sends the frames, has the other role. */
export interface Shape {
  readonly role: 'client' | 'server'
  /** It has opened a stream and sent five bytes on it. */
  readonly opens: boolean
}

/** What a session did. */
export interface Outcome {
  /** The reason of its GOAWAY, if it died; `silently` if it sent none. */
  readonly dies: number | 'silently' | undefined
  /** The first reason that it gave for each stream that it reset. */
  readonly resets: Readonly<Record<number, number>>
}

/** The initial window at both ends. */
export const WINDOW = 64

/** An id that nothing is ever opened on: payload on it is answered, and what came before has had its effect then. By role of who is asked. */
export const PROBE = { client: 0x7ffffffe, server: 0x7ffffffd } as const

/** The frame that asks for an answer. */
export function probe (role: Shape['role']): Uint8Array<ArrayBuffer> {
  return wire2.data(PROBE[role], ascii('?'))
}

/** What the frames of a session say of it. */
export function outcomeOf (frames: readonly SeenFrame[], role: Shape['role']): Outcome {
  const resets: Record<number, number> = {}
  let dies: Outcome['dies'] = 'silently'
  const number = (body: Uint8Array, at: number): number => new DataView(body.buffer, body.byteOffset).getUint32(at)
  for (const { kind, id, body } of frames) {
    if (kind === 'rst' && id === PROBE[role]) dies = undefined
    else if (kind === 'rst') resets[id] ??= number(body, 0)
    if (kind === 'goaway') dies = number(body, 4)
  }
  return { dies, resets }
}

/** What our machine makes of frames, and what it held before the last of them. */
export function askOurs ({ role, opens }: Shape, frames: readonly Uint8Array[]): { outcome: Outcome, before: Snapshot } {
  const machine = createMachine({ role, wire: 2, typed: false, window: WINDOW, maxWindow: WINDOW })
  if (opens) machine.send(machine.open(), ascii('hello'))
  const sent = [drainBytes(machine)]
  for (const frame of frames.slice(0, -1)) machine.receive(frame)
  const before = machine.snapshot()
  machine.receive(concat(frames.slice(-1)))
  machine.receive(probe(role))
  sent.push(drainBytes(machine))
  return { outcome: outcomeOf(readFrames(2, concat(sent)), role), before }
}

/** An outcome in words. */
export function outcomeText ({ dies, resets }: Outcome): string {
  const streams = Object.entries(resets).map(([id, reason]) => `, resets ${id} (${reason})`).join('')
  return (dies === undefined ? 'lives' : `dies (${dies})`) + streams
}

/** Whether two sessions fared alike. What a session has reset before it died may be lost with it. */
export function alike (a: Outcome, b: Outcome): boolean {
  if (a.dies !== undefined || b.dies !== undefined) return a.dies === b.dies
  return outcomeText(a) === outcomeText(b)
}

/**
 * What attacks are made of: endless runs of frames, made quickly. Knows the wire, not the server.
 *
 * @module
 */
import { concat } from '../support/bytes.ts'
import { typeBytes, type FrameBuilder } from '../support/frames.ts'

/** What one connection sends: written as fast as it is taken. When it ends, the connection stays open and silent. */
export type Script = Generator<Uint8Array, void>

/** Bytes that are written at a time: what a socket is read in. */
const BLOCK = 65_536

/** Bytes a stream may be given before any credit comes, in both dialects of these tests. */
export const WINDOW = { 1: 65_536, 2: 262_144 } as const

/** The frames that open a stream of a type. */
export function open (frames: FrameBuilder, id: number, type: number): Uint8Array {
  return frames.wire === 1 ? frames.syn(id, { type }) : concat([frames.syn(id), frames.data(id, typeBytes(type))])
}

/** `count` streams of a type, from id 3 on. */
export function many (frames: FrameBuilder, count: number, type: number): Uint8Array {
  return concat(Array.from({ length: count }, (_, at) => open(frames, 3 + 2 * at, type)))
}

/** The same bytes for ever. */
export function * forever (unit: Uint8Array): Script {
  const block = concat(Array.from({ length: Math.max(1, Math.floor(BLOCK / unit.length)) }, () => unit))
  for (;;) yield block
}

/** Blocks made before: an attacker who comes back must not spend on making bytes what an innocent process on the same machine could use. */
const made = new Map<string, Uint8Array[]>()

/** `unit` for ever, where the ids at `offsets` count up by two. */
export function * counting (unit: Uint8Array, offsets: readonly number[], first = 3): Script {
  const key = `${Buffer.from(unit.subarray(0, 64)).toString('hex')} ${unit.length} ${offsets.join()} ${first}`
  const blocks = made.get(key) ?? []
  made.set(key, blocks)
  const times = Math.max(1, Math.floor(BLOCK / unit.length))
  for (let at = 0, id = first; ; at++, id += 2 * times) {
    const block = blocks[at] ?? ids(unit, offsets, id, times)
    if (at < 256) blocks[at] = block
    yield block
  }
}

function ids (unit: Uint8Array, offsets: readonly number[], first: number, times: number): Uint8Array {
  const block = new Uint8Array(times * unit.length)
  const view = new DataView(block.buffer)
  for (let at = 0, id = first; at < block.length; at += unit.length, id += 2) {
    block.set(unit, at)
    for (const offset of offsets) view.setUint32(at + offset, id)
  }
  return block
}

/** A stream's whole first window, in frames of `size` bytes. */
export function windowful (frames: FrameBuilder, id: number, size: number, total: number = WINDOW[frames.wire]): Uint8Array {
  const frame = frames.data(id, new Uint8Array(size))
  const whole = Math.floor(total / size)
  return concat([...Array.from({ length: whole }, () => frame), ...total % size === 0 ? [] : [frames.data(id, new Uint8Array(total % size))]])
}

/** One stream after the other: opened, given what its first window takes, finished. All of it is legal and asks for no credit. */
export function * windows (frames: FrameBuilder, type: number, size: number): Script {
  // A type in band is part of the window
  const block = windowful(frames, 3, size, WINDOW[frames.wire] - 4)
  const frame = 8 + size
  for (let id = 3; ; id += 2) {
    const body = block.slice()
    const view = new DataView(body.buffer)
    for (let at = 0; at < body.length; at += frame) view.setUint32(at + 4, id)
    yield concat([open(frames, id, type), body, frames.fin(id)])
  }
}

/**
 * One machine on a bench: frames go in, actions and frames come out, all in words.
 *
 * @module
 */
import { createMachine, type Machine, type MachineOptions, type ReasonName, type Snapshot, type StreamSnapshot } from '@muxado/core'
import { concat } from './bytes.ts'
import { wire1, wire2, type FrameBuilder } from './frames.ts'
import { actionTexts, sent } from './text.ts'

/** Both dialects. */
export const WIRES = [1, 2] as const

/** Numbers of the reasons on each wire, as deployed peers have them. */
export const CODES: Readonly<Record<1 | 2, Readonly<Partial<Record<ReasonName, number>>>>> = {
  1: { none: 0, protocol: 1, internal: 2, flowControl: 3, streamClosed: 4, frameSize: 5, refused: 6, cancel: 7, calm: 1, peerEof: 2 },
  2: { none: 0, protocol: 1, internal: 2, flowControl: 3, streamClosed: 4, refused: 5, cancel: 6, frameSize: 8, acceptQueueFull: 9, calm: 10, peerEof: 15 }
}

/** A machine and the frames of its dialect. */
export interface Bench {
  readonly machine: Machine
  readonly frames: FrameBuilder
  readonly wire: 1 | 2
  /** The machine receives frames, as one chunk: its actions in words. */
  in (...frames: Uint8Array[]): string[]
  /** Everything the machine has to send, in words. */
  out (limit?: number): string[]
  /** The transport ends: the last actions in words. */
  end (): string[]
  stream (id: number): StreamSnapshot | undefined
  snapshot (): Snapshot
}

/** Make a bench; streams of wire 2 are untyped unless told otherwise. */
export function bench (role: 'client' | 'server', wire: 1 | 2, options: Partial<MachineOptions> = {}): Bench {
  const machine = createMachine({ role, wire, typed: false, ...options })
  return {
    machine,
    frames: wire === 1 ? wire1 : wire2,
    wire,
    in: (...frames) => actionTexts(machine.receive(concat(frames))),
    out: (limit) => sent(machine, limit),
    end: () => actionTexts(machine.receiveEnd()),
    stream: (id) => machine.snapshot().streams.find((stream) => stream.id === id),
    snapshot: () => machine.snapshot()
  }
}

/** The number of a reason on a bench's wire. */
export function code ({ wire }: Bench, reason: ReasonName): number {
  const number = CODES[wire][reason]
  if (number === undefined) throw new Error(`wire ${wire} has no number for ${reason}`)
  return number
}

/** The code of whatever `act` throws; `'nothing'` when it throws nothing. */
export function thrown (act: () => unknown): string {
  try {
    act()
    return 'nothing'
  } catch (error) {
    return String((error as { code?: unknown }).code) // tests compare it with a code
  }
}

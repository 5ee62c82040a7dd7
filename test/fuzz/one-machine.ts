/**
 * What an input makes of one machine: its options, the state it is in, how its host behaves; and the judgement on bytes that it is given.
 *
 * @module
 */
import { createMachine, type Machine, type MachineOptions } from '@muxado/core'
import { busy, reference } from '../support/chunking.ts'
import { chunks, createRandom } from '../support/random.ts'
import type { Source } from './source.ts'
import { Watch } from './watch.ts'
import { hexText } from './words.ts'

/** One machine to be. */
export interface Setting {
  readonly options: MachineOptions
  /** What it has done before: nothing, opened streams, or said GOAWAY as well. */
  readonly before: 'fresh' | 'busy' | 'leaving'
  /** Its host opens, sends, reads and resets while the bytes come in. */
  readonly lively: boolean
  readonly seed: number
}

const BEFORE = ['fresh', 'busy', 'leaving'] as const
const EXTENSION = { 1: 0xfffffeff, 2: 0xffffffff }

/** Bytes that `drawSetting` draws at most. */
export const SETTING = 10

/** Draw a setting: ten bytes, of which zeros mean a default machine of wire 1, a client without a past. */
export function drawSetting (draws: Source): Setting {
  const flags = draws.byte()
  const wire = flags & 1 ? 2 : 1
  const draw = <T>(items: readonly [T, ...T[]]): T => pick(items, draws.byte())
  const [window, maxUseless, maxInbound, resetBurst, maxReplies, maxQueued, memory, last, seed] = [
    draw([100, 1, 10, 65_536, 4_000]), draw([10_000, 0, 3, 20]), draw([1_024, 0, 1, 3]), draw([1_000, 0, 2]), draw([1_024, 0, 1]), draw([1 << 22, 0, 50]),
    draw([0, 3, 6]), draws.byte(), draws.byte()
  ]
  const options: MachineOptions = {
    role: flags & 2 ? 'server' : 'client',
    wire,
    typed: (flags & 4) !== 0,
    window,
    // What growth does depends on where the pieces end, on purpose
    maxWindow: flags & 16 ? 4 * window : window,
    ...(flags & 8 ? { extensions: [EXTENSION[wire]] } : {}),
    maxUseless,
    maxInbound,
    resetBurst,
    maxReplies,
    maxQueued,
    memoryBudget: memory === 0 ? 1 << 27 : memory * window,
    maxDebug: pick([1_024, 0, 5], last),
    maxUnread: pick([1 << 26, 2 * window, 50], Math.floor(last / 3))
  }
  return { options, before: BEFORE[(flags >> 5) % 3] ?? 'fresh', lively: flags >= 128, seed }
}

function pick<T> (items: readonly [T, ...T[]], number: number): T {
  return items[number % items.length] ?? items[0]
}

function prepare (before: Setting['before']): (options: MachineOptions) => Machine {
  return (options) => {
    const machine = before === 'fresh' ? createMachine(options) : busy(options)
    if (before === 'leaving') machine.goAway('none')
    return machine
  }
}

/** Give `bytes` to a machine: by one host and in any pieces, or by a lively host. Throws at what is wrong. */
export function judge ({ options, before, lively, seed }: Setting, bytes: Uint8Array, note?: (line: string) => void): void {
  note?.(`${JSON.stringify(options)}, ${before}${lively ? ', its host does something' : ''}`)
  note?.(hexText(bytes))
  const random = createRandom(seed)
  const watch = new Watch(options, prepare(before), note)
  if (lively) {
    for (const piece of chunks(random, bytes)) {
      watch.receive(piece)
      if (watch.closed) break
      watch.act(random)
    }
  } else {
    watch.receive(bytes)
    watch.transmit()
  }
  watch.receiveEnd()
  // A host that does something does it between two pieces, and so would do something else between others
  if (lively) return
  const check = reference({ ...options, maxWindow: options.window ?? 0 }, bytes, prepare(before))
  // One other way for each input: the fuzzer changes the seed as it changes all else
  const step = Math.max(1, Math.ceil(bytes.length / 300))
  const cut = random.below(bytes.length + 1)
  switch (seed % 3) {
    case 0: return check(Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) => bytes.subarray(at * step, (at + 1) * step)), `in pieces of ${step}`)
    case 1: return check(chunks(random, bytes), 'in pieces at random')
    default: check([bytes.subarray(0, cut), bytes.subarray(cut)], `cut at ${cut}`)
  }
}

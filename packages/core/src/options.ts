/**
 * The machine's options with their defaults filled in, or a clear error. No state.
 *
 * @module
 */
import { MuxadoError } from './errors.ts'
import type { MachineOptions, TraceFrame } from './types.ts'
import { MAX_31, MAX_32 } from './wire/codec.ts'
import type { Codec } from './wire/codec.ts'
import { wire1 } from './wire/wire1.ts'
import { wire2 } from './wire/wire2.ts'

/** The first type of the reserved range, which reaches to 2^32-1 (spec 9.1). */
export const RESERVED = 0xfffffeff

/** The options that are plain numbers. */
type NumberOption = Exclude<keyof MachineOptions, 'role' | 'wire' | 'typed' | 'extensions' | 'trace'>

/** All options, none missing. */
export interface Settings extends Readonly<Record<NumberOption, number>> {
  readonly role: 'client' | 'server'
  readonly codec: Codec
  /** Types travel in band. */
  readonly typeInBand: boolean
  readonly extensions: ReadonlySet<number>
  readonly trace: ((frame: TraceFrame) => void) | undefined
}

/** A caller's mistake: `name` is `value`, and must be something else. */
export function misuse (name: string, value: unknown, must: string): MuxadoError {
  return new MuxadoError('API_ARGUMENT', `${name} is ${String(value)}; it must be ${must}`)
}

/** Throw API_ARGUMENT unless `value` is a whole number from `low` to `high`, or `Infinity` where that is `high`. */
export function checkInteger (name: string, value: number, low: number, high: number): number {
  if ((Number.isInteger(value) || value === high) && value >= low && value <= high) return value
  throw misuse(name, value, `a whole number from ${low} to ${high}`)
}

/** Fill in defaults. @throws {MuxadoError} API_ARGUMENT */
export function settle (options: MachineOptions): Settings {
  const { role, wire = 1, typed = true, trace, extensions = [] } = options
  checkInteger('wire', wire, 1, 2)
  if (role !== 'client' && role !== 'server') throw misuse('role', role, 'client or server')
  const codec = wire === 1 ? wire1 : wire2
  const { window = codec.window, maxInbound = 1_024 } = options
  const MIB = 1_048_576
  const firstId = role === 'client' ? 3 : 2
  // Default, least and most; 0 and Infinity unless said.
  const ranges: Record<NumberOption, [number, number?, number?]> = {
    window: [window, 1, MAX_31],
    maxWindow: [4 * MIB, 1, MAX_31],
    memoryBudget: [maxInbound * window + 64 * MIB],
    maxFrame: [Math.min(65_536, codec.maxPayload), 1, codec.maxPayload],
    firstId: [firstId, 2, MAX_31],
    maxInbound: [maxInbound],
    resetBurst: [1_000],
    resetsPerSecond: [33],
    maxUseless: [10_000],
    maxReplies: [1_024],
    maxDebug: [1_024, 0, 65_536],
    maxQueued: [4 * MIB],
    maxUnread: [64 * MIB],
    typeTimeoutMs: [10_000]
  }
  const numbers = {} as Record<NumberOption, number> // filled by the loop
  for (const [name, [fallback, low = 0, high = Infinity]] of Object.entries(ranges) as Array<[NumberOption, [number, number?, number?]]>) {
    numbers[name] = checkInteger(name, options[name] ?? fallback, low, high)
  }
  if ((numbers.firstId ^ firstId) & 1) throw misuse('firstId', numbers.firstId, `${firstId}, ${firstId + 2} and so on`)
  return {
    ...numbers,
    maxWindow: Math.max(window, numbers.maxWindow),
    role,
    codec,
    trace,
    typeInBand: wire === 2 && typed,
    extensions: new Set(extensions.map(type => checkInteger('extensions', type, RESERVED, MAX_32)))
  }
}

/**
 * The machine's options with their defaults filled in, or a clear error. No state.
 *
 * @module
 */
import { MuxadoError } from './errors.ts'
import type { MachineOptions, TraceFrame } from './types.ts'
import { MAX_31 } from './wire/codec.ts'
import type { Codec } from './wire/codec.ts'
import { wire1 } from './wire/wire1.ts'
import { wire2 } from './wire/wire2.ts'

/** The first type of the reserved range, which reaches to 2^32-1 (spec 9.1). */
export const RESERVED = 0xfffffeff

/** All options, none missing. */
export interface Settings {
  readonly role: 'client' | 'server'
  readonly codec: Codec
  /** Types travel in band. */
  readonly typeInBand: boolean
  /** Streams can have a type at all. */
  readonly hasTypes: boolean
  readonly window: number
  readonly maxWindow: number
  readonly memoryBudget: number
  readonly maxFrame: number
  readonly extensions: ReadonlySet<number>
  readonly firstId: number
  readonly trace: ((frame: TraceFrame) => void) | undefined
  readonly maxInbound: number
  readonly resetBurst: number
  readonly resetsPerSecond: number
  readonly maxUseless: number
  readonly maxReplies: number
  readonly maxDebug: number
  readonly maxQueued: number
  readonly typeTimeoutMs: number
}

/** Memory for growth beyond what all admitted streams hold at their first window. Arbitrary: sixteen windows of 4 MiB. */
const GROWTH = 64 * 1_048_576

/** Throw API_ARGUMENT unless `value` is a whole number from `low` to `high`. */
export function checkInteger (name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value
  throw new MuxadoError('API_ARGUMENT', `${name} is ${String(value)}; it must be a whole number from ${low} to ${high}`)
}

/** As `checkInteger`, but `Infinity` and fractions will do. */
function checkNumber (name: string, value: number): number {
  if (typeof value === 'number' && value >= 0) return value
  throw new MuxadoError('API_ARGUMENT', `${name} is ${String(value)}; it must be a number from 0, or Infinity`)
}

/** Fill in defaults. @throws {MuxadoError} API_ARGUMENT */
export function settle (options: MachineOptions): Settings {
  const { role, wire = 1 } = options
  if (role !== 'client' && role !== 'server') throw new MuxadoError('API_ARGUMENT', `role is ${String(role)}; it must be 'client' or 'server'`)
  if (wire !== 1 && wire !== 2) throw new MuxadoError('API_ARGUMENT', `wire is ${String(wire)}; it must be 1 or 2`)
  const codec = wire === 1 ? wire1 : wire2
  const typeInBand = !codec.hasSynFrame && (options.typed ?? true)
  const parity = role === 'client' ? 1 : 0
  const window = checkInteger('window', options.window ?? codec.window, 1, MAX_31)
  const maxInbound = options.maxInbound ?? 1_024
  if (maxInbound !== Infinity) checkInteger('maxInbound', maxInbound, 0, MAX_31)
  const firstId = checkInteger('firstId', options.firstId ?? (role === 'client' ? 3 : 2), 2, MAX_31)
  if (firstId % 2 !== parity) throw new MuxadoError('API_ARGUMENT', `firstId is ${firstId}; a ${role}'s ids are ${parity === 1 ? 'odd' : 'even'}`)
  return {
    role,
    codec,
    typeInBand,
    hasTypes: codec.hasSynFrame || typeInBand,
    window,
    maxWindow: Math.max(window, checkInteger('maxWindow', options.maxWindow ?? Math.max(window, 4 * 1_048_576), 1, MAX_31)),
    memoryBudget: checkNumber('memoryBudget', options.memoryBudget ?? maxInbound * window + GROWTH),
    maxFrame: checkInteger('maxFrame', options.maxFrame ?? codec.maxFrame, 1, codec.maxPayload),
    extensions: new Set((options.extensions ?? []).map(type => checkInteger('extensions', type, RESERVED, 0xffffffff))),
    firstId,
    trace: options.trace,
    maxInbound,
    resetBurst: checkNumber('resetBurst', options.resetBurst ?? 1_000),
    resetsPerSecond: checkNumber('resetsPerSecond', options.resetsPerSecond ?? 33),
    maxUseless: checkNumber('maxUseless', options.maxUseless ?? 10_000),
    maxReplies: checkNumber('maxReplies', options.maxReplies ?? 1_024),
    maxDebug: checkInteger('maxDebug', options.maxDebug ?? 1_024, 0, 65_536),
    maxQueued: checkNumber('maxQueued', options.maxQueued ?? 4 * 1_048_576),
    typeTimeoutMs: checkNumber('typeTimeoutMs', options.typeTimeoutMs ?? 10_000)
  }
}

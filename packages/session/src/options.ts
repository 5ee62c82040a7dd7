/**
 * The session's own options with their defaults, told apart from the machine's. No state.
 *
 * @module
 */
import { MuxadoError, type MachineOptions } from '@muxado/core'
import type { Extension, HeartbeatOptions, SessionOptions } from './types.ts'

/** The options of a session, none missing. */
export interface Settings {
  /** What the machine is made with, but for the types of the extensions. */
  readonly machine: Omit<MachineOptions, 'extensions'>
  readonly wire: 1 | 2
  /** Undefined: none. */
  readonly heartbeat: HeartbeatOptions | undefined
  readonly extensions: readonly Extension[]
  readonly acceptBacklog: number
  readonly lingerMs: number
}

/** Fill in defaults. @throws {MuxadoError} API_ARGUMENT */
export function settle (options: SessionOptions): Settings {
  const { heartbeat = {}, extensions = [], acceptBacklog = options.maxInbound ?? 1_024, lingerMs = 1_000, ...machine } = options
  const types = new Set(extensions.map(({ type }) => type))
  if (types.size < extensions.length) throw new MuxadoError('API_ARGUMENT', 'two extensions have the same type')
  const wire = options.wire ?? 1
  // Without types in band there is nothing to tell a heartbeat stream by
  const typed = wire === 1 || options.typed !== false
  return {
    machine,
    wire,
    heartbeat: typed && heartbeat !== false ? heartbeat : undefined,
    extensions,
    acceptBacklog: check('acceptBacklog', acceptBacklog),
    lingerMs: check('lingerMs', lingerMs)
  }
}

function check (name: string, value: number): number {
  if (value >= 0) return value
  throw new MuxadoError('API_ARGUMENT', `${name} is ${value}; it must be a number from 0`)
}

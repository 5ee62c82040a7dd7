/**
 * The session's own options with their defaults, told apart from the machine's. No state.
 *
 * @module
 */
import { MuxadoError, type MachineOptions } from '@muxado/core'
import type { Clock } from './clock.ts'
import { HeartbeatExtension } from './heartbeat.ts'
import type { Extension, SessionOptions } from './types.ts'

/** The options of a session, none missing. */
export interface Settings {
  /** What the machine is made with, but for the types of the extensions. */
  readonly machine: Omit<MachineOptions, 'extensions'>
  /** One of the extensions, if it is wanted. */
  readonly heartbeat: HeartbeatExtension | undefined
  readonly extensions: readonly Extension[]
  readonly acceptBacklog: number
  readonly lingerMs: number
}

/** Fill in defaults. @throws {MuxadoError} API_ARGUMENT */
export function settle (options: SessionOptions, clock: Clock): Settings {
  const { heartbeat: settings, extensions = [], acceptBacklog = options.maxInbound ?? 1_024, lingerMs = 1_000, ...machine } = options
  const { wire = 1, typed = true } = options
  // Where types are not carried there is nothing to tell a heartbeat's stream by
  const heartbeat = settings === false || (wire === 2 && !typed) ? undefined : new HeartbeatExtension(wire, settings, clock)
  const all = heartbeat === undefined ? extensions : [...extensions, heartbeat]
  check('acceptBacklog', acceptBacklog >= 0)
  check('lingerMs', lingerMs >= 0)
  check('extensions', new Set(all.map(({ type }) => type)).size === all.length)
  return { machine, heartbeat, extensions: all, acceptBacklog, lingerMs }
}

function check (name: string, holds: boolean): void {
  if (!holds) throw new MuxadoError('API_ARGUMENT', `${name} out of range`)
}

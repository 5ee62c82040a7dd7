/**
 * The session's own options with their defaults, told apart from the machine's. No state.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { createHeartbeat, type Heartbeat } from '@muxado/core/heartbeat'
import type { Clock } from './clock.ts'
import { heartbeatExtension } from './heartbeat.ts'
import type { Extension, SessionOptions } from './types.ts'

/** The options of a session, none missing. */
export interface Settings {
  /** When this end asks for a sign of life, if it does. */
  readonly pulse: Heartbeat | undefined
  readonly extensions: readonly Extension[]
  readonly acceptBacklog: number
  readonly lingerMs: number
}

/** Fill in defaults. @throws {MuxadoError} API_ARGUMENT */
export function settle (options: SessionOptions, clock: Clock): Settings {
  const { wire = 1, typed = true, heartbeat = {}, acceptBacklog = options.maxInbound ?? 1_024, lingerMs = 1_000 } = options
  const pulse = heartbeat ? createHeartbeat({ ...heartbeat, now: clock.now() }) : undefined
  const extensions = [...options.extensions ?? []]
  // Where types are not carried there is nothing to tell a heartbeat's stream by. Elsewhere the peer is answered even if it is not asked: it may
  // end the session otherwise
  if (wire === 1 || typed) extensions.push(heartbeatExtension(wire, clock, pulse))
  check('acceptBacklog', acceptBacklog >= 0)
  check('lingerMs', lingerMs >= 0)
  check('extensions', new Set(extensions.map(({ type }) => type)).size === extensions.length)
  return { pulse, extensions, acceptBacklog, lingerMs }
}

function check (name: string, holds: boolean): void {
  if (!holds) throw new MuxadoError('API_ARGUMENT', `${name} out of range`)
}

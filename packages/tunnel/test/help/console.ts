// A page entry in this process, and sessions as a page would have them.
import { randomUUID } from 'node:crypto'
import type { Session } from '@muxado/session'
import { connect } from '@muxado/websocket/node'
import { type Console, type ConsoleOptions, openConsole } from '../../src/console/console.ts'
import { Lines, onClose } from './tunnel.ts'

export const token: string = randomUUID()

export async function openPage (options: Partial<ConsoleOptions> = {}): Promise<Console & { readonly lines: Lines }> {
  const lines = new Lines()
  const loopback = { host: '127.0.0.1', port: 0 }
  const running = await openConsole({ page: loopback, tabs: loopback, token, allow: [], firstByteMs: 5000, maxRequests: 100, say: lines.say, ...options })
  onClose(running.close)
  return Object.assign(running, { lines })
}

/** What a page does first. */
export async function enter ({ url }: Console, given: string | undefined = token, origin?: string): Promise<Session> {
  const session = await connect(new URL('session', url), { token: given, socketOptions: { origin } })
  onClose(async () => { session.abort() })
  return session
}

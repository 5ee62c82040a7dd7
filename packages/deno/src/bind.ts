/**
 * Makes a listener, and clears the remains of a dead one from a unix path. Accepts nothing.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { describeTarget } from './address.ts'
import type { Target } from './address.ts'
import { codeOf, listenError } from './explain.ts'
import { closeQuietly } from './transport.ts'
import { runtime } from './types.ts'
import type { ConnListener, ListenTls } from './types.ts'

/**
 * Listen at `where`. A socket file that nobody listens at is removed first: a process that was killed leaves its own behind.
 * @throws {MuxadoError} SESSION_TRANSPORT
 */
export async function bind (where: Target, security: ListenTls | undefined): Promise<ConnListener> {
  const name = describeTarget(where)
  try {
    return tryBind(where, security)
  } catch (error) {
    if (where.path === undefined || codeOf(error) !== 'EADDRINUSE') throw listenError(name, error as Error)
    await removeStale(where.path, error)
  }
  try {
    return tryBind(where, security)
  } catch (error) {
    throw listenError(name, error as Error)
  }
}

function tryBind ({ host = '0.0.0.0', port = 0, path }: Target, security: ListenTls | undefined): ConnListener {
  const deno = runtime()
  if (path !== undefined) return deno.listen({ transport: 'unix', path })
  return security === undefined ? deno.listen({ hostname: host, port }) : deno.listenTls({ ...security, hostname: host, port })
}

async function removeStale (path: string, cause: unknown): Promise<void> {
  const deno = runtime()
  const refuse = (why: string): MuxadoError => new MuxadoError('SESSION_TRANSPORT', `${path} is in use: ${why}`, { cause })
  if ((await deno.lstat(path)).isSocket !== true) throw refuse('there is a file that is no socket; choose another path')
  try {
    closeQuietly(await deno.connect({ transport: 'unix', path }))
  } catch (error) {
    // Only a refusal proves that nobody listens; anything else, a full backlog say, is taken for somebody.
    if (codeOf(error) === 'ECONNREFUSED') {
      await deno.remove(path)
      return
    }
  }
  throw refuse('another process listens there; stop it, or choose another path')
}

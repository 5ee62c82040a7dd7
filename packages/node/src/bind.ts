/**
 * Makes a server listen, and clears the remains of a dead one from a unix path. Accepts nothing.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { lstat, rm } from 'node:fs/promises'
import * as net from 'node:net'
import { describeTarget } from './address.ts'
import type { Target } from './address.ts'
import { codeOf, listenError } from './explain.ts'

/**
 * Listen at `where`. A socket file that nobody listens at, of this user, is removed first: a process that was killed leaves its own behind.
 * @throws {MuxadoError} SESSION_TRANSPORT
 */
export async function bind (server: net.Server, where: Target, backlog: number): Promise<void> {
  const name = describeTarget({ host: '*', ...defined(where) })
  try {
    await tryBind(server, where, backlog)
  } catch (error) {
    if (where.path === undefined || codeOf(error) !== 'EADDRINUSE') throw listenError(name, error as Error)
    await removeStale(where.path, error)
    await tryBind(server, where, backlog).catch((again: Error) => { throw listenError(name, again) })
  }
}

function tryBind (server: net.Server, where: Target, backlog: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      server.off('error', settle)
      if (error === undefined) resolve()
      else reject(error)
    }
    server.once('error', settle)
    server.listen({ ...defined(where), backlog }, () => { settle() })
  })
}

async function removeStale (path: string, cause: unknown): Promise<void> {
  const refuse = (why: string): MuxadoError => new MuxadoError('SESSION_TRANSPORT', `${path} is in use: ${why}`, { cause })
  const file = await lstat(path).catch(() => undefined)
  // A name in Linux's abstract space has no file, and one that is gone by now is no obstacle.
  if (file === undefined) return
  if (!file.isSocket()) throw refuse('there is a file that is no socket; choose another path')
  if (await somebodyListens(path)) throw refuse('another process listens there; stop it, or choose another path')
  if (process.getuid !== undefined && file.uid !== process.getuid()) throw refuse('a socket of another user is left there; remove it, or choose another path')
  await rm(path, { force: true })
}

function somebodyListens (path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    // Only a refusal proves that nobody listens; anything else, a full backlog say, is taken for somebody.
    probe.once('error', (error) => { resolve(codeOf(error) !== 'ECONNREFUSED') })
  })
}

function defined (where: Target): { host?: string, port?: number, path?: string } {
  return Object.fromEntries(Object.entries(where).filter(([, value]) => value !== undefined))
}

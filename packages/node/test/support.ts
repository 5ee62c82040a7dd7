import { connect, listen } from '@muxado/node'
import type { ConnectOptions } from '@muxado/node'
import type { Session } from '@muxado/session'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []

/** A path for a unix socket, in a folder of its own that goes away with the process. */
export function temporaryPath (name = 'socket'): string {
  const folder = mkdtempSync(join(tmpdir(), 'muxado-'))
  folders.push(folder)
  return join(folder, name)
}

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Two ends of a session over a TCP socket, and what closes both. */
export interface SessionPair extends AsyncDisposable {
  readonly client: Session
  readonly server: Session
  close (): Promise<void>
}

/** Connect two sessions with the same options. */
export async function sessionPair (options: Omit<ConnectOptions, 'host' | 'port' | 'path' | 'tls' | 'role'> = {}): Promise<SessionPair> {
  const listener = await listen({ host: '127.0.0.1', ...options })
  const client = await connect(listener.url, options)
  const server = await listener.accept()
  await listener.close()
  const close = async (): Promise<void> => {
    client.abort()
    server.abort()
    await Promise.all([client.closed, server.closed])
  }
  return { client, server, close, [Symbol.asyncDispose]: close }
}

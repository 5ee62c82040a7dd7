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

/**
 * Programs of the system that tests use where they are, or can be had.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The first of these programs that is on the PATH. */
export function onPath (programs: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return programs.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

/** Install a package of Debian's, as root. Returns false where that cannot be done, or `MUXADO_NO_APT` forbids it. */
export function apt (name: string): boolean {
  const { env, platform, getuid } = process
  if (platform !== 'linux' || getuid?.() !== 0 || !existsSync('/usr/bin/apt-get') || env['MUXADO_NO_APT'] !== undefined) return false
  console.log(`installing ${name} with apt-get ...`)
  try {
    for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', name]]) {
      execFileSync('apt-get', args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        timeout: 300_000,
        // RUNLEVEL=1: what is installed as a service is not started
        env: { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
      })
    }
    return true
  } catch (error) {
    console.log(String(error))
    return false
  }
}

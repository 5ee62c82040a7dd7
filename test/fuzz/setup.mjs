// Installs what test/fuzz/package-lock.json names, unless it is there, and sees to it that Jazzer's addon loads.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mendAddon } from './addon.mjs'

export const here = fileURLToPath(new URL('.', import.meta.url))

/** Why there is no Jazzer, or undefined. */
export function missingJazzer () {
  if (!installed()) {
    console.log('installing Jazzer (npm ci in test/fuzz), once ...')
    spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: here, stdio: 'inherit', shell: process.platform === 'win32' })
  }
  return installed() ? mendAddon(here) : 'npm ci in test/fuzz failed; its message is above'
}

function installed () {
  const file = join(here, 'node_modules/.package-lock.json')
  const packagesOf = path => JSON.parse(readFileSync(path, 'utf8')).packages
  const have = existsSync(file) ? packagesOf(file) : {}
  return Object.entries(packagesOf(join(here, 'package-lock.json'))).every(([path, { version, optional }]) =>
    !path.includes('node_modules/') || optional || have[path]?.version === version)
}

/**
 * The peers' packages, installed into bench/ alone, once.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const here = path.join(import.meta.dirname, '..')
const packages = (file) => JSON.parse(readFileSync(path.join(here, file), 'utf8')).packages

function installed () {
  if (!existsSync(path.join(here, 'node_modules/.package-lock.json'))) return false
  const have = packages('node_modules/.package-lock.json')
  return Object.entries(packages('package-lock.json')).every(([name, { version, optional }]) => name === '' || optional || have[name]?.version === version)
}

/**
 * @param {(text: string) => void} say
 * @returns {string | undefined} why they are missing
 */
export function installPeers (say) {
  if (installed()) return undefined
  say('installing the peers (npm ci in bench), once ...')
  const { status, stderr, error } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error', '--ignore-scripts'], { cwd: here, encoding: 'utf8', shell: process.platform === 'win32' })
  return status === 0 ? undefined : `npm ci in bench failed: ${(stderr ?? error?.message ?? '').trim().split('\n')[0]}`
}

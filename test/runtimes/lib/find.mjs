// Where the runtimes are: Nodes in .build/nodes, the others in test/runtimes/install, both from npm, once, when they are asked for. Knows
// nothing of what they run.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { advice, find as findBrowser } from '../../browser/find.ts'
import { findNode } from '../../support/node-versions.mjs'

const here = fileURLToPath(new URL('../install', import.meta.url))

/** All that tests know, in the order of the table. */
export const names = ['node20', 'node22', 'node24', 'node26', 'deno', 'bun', 'workerd', 'chromium', 'firefox']

/** @typedef {{ name: string, program: string, version: string }} Runtime */

/** The runtime of that name: with `program` and `version`, or, when it is missing, with `why`. */
export function find (name) {
  if (name.startsWith('node')) {
    const { node, why } = findNode(name.slice(4))
    return node === undefined ? missing(name, `npm has no binary of it: ${why}`) : found(name, node)
  }
  if (name === 'chromium' || name === 'firefox') {
    const program = findBrowser(name)
    return program === undefined ? missing(name, advice(name)) : found(name, program)
  }
  const why = install()
  const program = join(here, 'node_modules/.bin', process.platform === 'win32' ? `${name}.cmd` : name)
  if (!existsSync(program)) return missing(name, `install it with: npm ci --prefix test/runtimes/install${why === '' ? '' : ` (${why})`}`)
  return found(name, program)
}

function found (name, program) {
  const { status, stdout, stderr, error } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 60_000, shell: program.endsWith('.cmd') })
  if (status !== 0) return missing(name, `${program} does not run here: ${(error?.message ?? stderr ?? '').trim().split('\n')[0]}`)
  return { name, program, version: /\d+(?:[.-]\d+)+/.exec(stdout)?.[0] ?? stdout.trim() }
}

function missing (name, why) {
  return { name, why }
}

let installed

/** What `npm ci` in test/runtimes complained about; empty when all is there. */
function install () {
  if (installed !== undefined) return installed
  installed = ''
  const lock = join(here, 'node_modules/.package-lock.json')
  const packages = file => JSON.parse(readFileSync(file, 'utf8')).packages
  const have = existsSync(lock) ? packages(lock) : {}
  const whole = Object.entries(packages(join(here, 'package-lock.json'))).every(([path, { version, optional }]) =>
    !path.includes('node_modules/') || optional || have[path]?.version === version)
  if (!whole) {
    console.log('installing deno, bun and workerd (npm ci in test/runtimes/install), once ...')
    const { status, stderr } = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: here, encoding: 'utf8', shell: process.platform === 'win32' })
    if (status !== 0) installed = (stderr ?? '').trim().split('\n')[0] || 'npm ci failed'
  }
  return installed
}

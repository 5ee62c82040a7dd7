// What the steps of npm run test:packages share: where things are, what would be published, and how a step ends.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { json, packages } from '../gate/files.mjs'
import { prune } from '../gate/prune.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const here = fileURLToPath(new URL('.', import.meta.url))
export const packed = join(root, '.build/packed')

/** Run npm quietly; whether it succeeded. */
export function npm (args, cwd) {
  return spawnSync('npm', [...args, '--no-fund', '--no-audit', '--loglevel=error'], { cwd, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' }).status === 0
}

/** Install what the lock file here names, unless it is there; whether it is there then. */
export function installTools () {
  const file = join(here, 'node_modules/.package-lock.json')
  const packagesOf = path => JSON.parse(readFileSync(path, 'utf8')).packages
  const have = existsSync(file) ? packagesOf(file) : {}
  const installed = Object.entries(packagesOf(join(here, 'package-lock.json'))).every(([path, { version, optional }]) =>
    !path.includes('node_modules/') || optional || have[path]?.version === version)
  if (installed) return true
  console.log('installing publint, are-the-types-wrong, Deno, Vite and TypeScript 5.7 (npm ci in test/packages), once ...')
  return npm(['ci'], here)
}

/** Build what would be published; whether it does. */
export function build () {
  prune(root)
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return spawnSync(process.execPath, [tsc, '-b', ...published().map(({ room }) => `packages/${room}`)], { cwd: root, stdio: 'inherit' }).status === 0
}

/** The packages that would be published, those that others need first, with their manifests. */
export function published () {
  const all = packages(root).map(room => ({ room, manifest: json(root, `packages/${room}/package.json`) })).filter(({ manifest }) => manifest.private !== true)
  const sorted = []
  const add = entry => {
    if (sorted.includes(entry)) return
    for (const name of Object.keys(entry.manifest.dependencies ?? {})) {
      const other = all.find(({ manifest }) => manifest.name === name)
      if (other !== undefined) add(other)
    }
    sorted.push(entry)
  }
  all.forEach(add)
  return sorted
}

/** The package as npm would send it. */
export const tarball = ({ name, version }) => join(packed, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)

/** Those of our packages that `room` needs, itself last. */
export function withNeeds (room) {
  const all = published()
  const needed = new Set()
  const add = name => {
    const entry = all.find(({ manifest }) => manifest.name === name)
    if (entry === undefined || needed.has(entry)) return
    Object.keys(entry.manifest.dependencies ?? {}).forEach(add)
    needed.add(entry)
  }
  add(`@muxado/${room}`)
  return [...needed]
}

/** The program `name` of the tools that are installed in test/packages. */
export function tool (name) {
  const { bin } = json(here, `node_modules/${name}/package.json`)
  return join(here, 'node_modules', name, typeof bin === 'string' ? bin : Object.values(bin)[0])
}

/** The binary of Deno, or undefined with a line that says so, which fails in CI. */
export function findDeno () {
  const program = join(here, 'node_modules/.bin', process.platform === 'win32' ? 'deno.cmd' : 'deno')
  const { status } = existsSync(program) ? spawnSync(program, ['--version'], { shell: process.platform === 'win32' }) : { status: 1 }
  return status === 0 ? program : missing('deno', 'npm has no binary of it for this machine')
}

/** Say that something is not there. */
export function missing (what, why) {
  console.log(`MISSING: ${what}: ${why}`)
  skipped++
  if (process.env.CI) process.exitCode = 1
}

let passed = 0
let failed = 0
let skipped = 0

/** Note what was checked; `problem` undefined when it holds. */
export function check (title, problem) {
  if (problem === undefined) passed++
  else {
    failed++
    process.exitCode = 1
    console.log(`FAIL ${title}\n${String(problem).trimEnd().split('\n').map(line => `     ${line}`).join('\n')}`)
  }
  return problem === undefined
}

/** The last line of a step. */
export function end (what) {
  if (passed + failed === 0) check(what, 'there was nothing to check')
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped: ${what}`)
}

/** Run a program to its end; resolves with its exit code and what it said, both outputs together. */
export async function run (program, args, { timeoutMs = 60_000, ...options } = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', data => { output += data })
  const timer = setTimeout(() => {
    output += `\nstill running after ${timeoutMs / 1000} s\n`
    child.kill('SIGKILL')
  }, timeoutMs)
  const status = await new Promise(resolve => {
    child.on('close', resolve)
    child.on('error', error => {
      output += error.message
      resolve(1)
    })
  })
  clearTimeout(timer)
  return { status, output }
}

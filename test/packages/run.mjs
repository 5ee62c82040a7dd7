// npm run test:packages: what would be published, as those would have it who install it. Installs its tools into test/packages, which nothing
// else does, packs every package, then runs the steps. Some can be named: `npm run test:packages -- lint consumers`.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine } from '../support/command.mjs'
import { build, here, installTools, npm, packed, published, root } from './lib.mjs'

/** Each with what it stands on: what tsc writes, and what npm packs of it. */
const steps = { lint: 'packed', consumers: 'packed', pages: 'packed', declarations: 'built', jsr: 'sources', reference: 'sources', releases: 'sources', workflows: 'sources' }
const names = Object.keys(steps)

const { positionals: wanted } = commandLine(`npm run test:packages -- [STEPS]   run these steps, or all

steps: ${names.join(' ')}`, {}, names)
if (!installTools()) process.exit(1)
const chosen = wanted.length > 0 ? wanted : names
if (chosen.some(name => steps[name] !== 'sources') && !build()) process.exit(1)
if (chosen.some(name => steps[name] === 'packed')) {
  rmSync(packed, { recursive: true, force: true })
  mkdirSync(packed, { recursive: true })
  if (!npm(['pack', '--ignore-scripts', `--pack-destination=${packed}`, ...published().map(({ room }) => `--workspace=packages/${room}`)], root)) process.exit(1)
}

const results = []
for (const name of chosen) {
  console.log(`\n== ${name}`)
  const start = performance.now()
  const child = spawn(process.execPath, ['--import', join(root, 'test/ts.mjs'), join(here, `${name}.mjs`)], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', data => {
    output += data
    process.stdout.write(data)
  })
  const stop = () => { child.kill('SIGTERM') }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
  const code = await new Promise(resolve => { child.on('close', resolve) })
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop)
  results.push({ name, code, last: output.trim().split('\n').at(-1), seconds: (performance.now() - start) / 1000 })
}

console.log('')
const total = [0, 0, 0]
for (const { name, code, last, seconds } of results) {
  const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped/.exec(last)?.slice(1).map(Number) ?? [0, 1, 0]
  if (code !== 0 && counts[1] === 0) counts[1] = 1
  counts.forEach((count, i) => { total[i] += count })
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(13)} ${seconds.toFixed(1).padStart(6)} s  ${last}`)
}
console.log(`${total[0]} passed, ${total[1]} failed, ${total[2]} skipped`)
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1

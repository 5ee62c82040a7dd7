// npm run test:libp2p: installs what libp2p's suites and nodes need into test/libp2p, which nothing else does, then runs them. Steps can be named:
// `npm run test:libp2p -- compliance nodes`; `bench` and `matrix` (Node 20, 22 and 24) run only when they are.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLine } from '../support/command.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const hooks = ['--import', join(here, '../ts.mjs'), '--import', join(here, 'setup.mjs'), '--conditions=muxado-source', '--disable-warning=ExperimentalWarning']
const mocha = (...files) => ['node_modules/mocha/bin/mocha.js', '--no-config', '--timeout', '20000', ...files]

const steps = {
  compliance: { args: mocha('compliance.test.mjs', 'compliance-6.test.mjs') },
  nodes: { args: mocha('nodes.test.mjs') },
  browser: { args: ['browser.mjs'] },
  faults: { args: ['faults.mjs'] },
  'slow-reader': { args: ['slow-reader.mjs', '3'] },
  examples: { args: ['examples/run.mjs'] },
  matrix: { matrix: mocha('compliance.test.mjs', 'compliance-6.test.mjs', 'nodes.test.mjs'), named: true },
  bench: { args: ['bench.mjs'], named: true, limitS: 3_600 }
}

const { positionals: named } = commandLine(`npm run test:libp2p -- [STEPS]   run these steps, or all that do not have to be named

steps:        ${Object.keys(steps).filter(name => !steps[name].named).join(' ')}
to be named:  ${Object.keys(steps).filter(name => steps[name].named).join(' ')}`, {}, Object.keys(steps))

function installed () {
  const file = join(here, 'node_modules/.package-lock.json')
  if (!existsSync(file)) return false
  const packages = path => JSON.parse(readFileSync(path, 'utf8')).packages
  const have = packages(file)
  return Object.entries(packages(join(here, 'package-lock.json'))).every(([path, { version, optional, link }]) =>
    !path.includes('node_modules/') || optional || link || have[path]?.version === version)
}

if (!installed()) {
  console.log('installing libp2p for its tests (npm ci in test/libp2p), once ...')
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: here, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(1)
}

/** The binary of another Node, from npm, once. */
function nodeOf (major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const dir = join(here, '../../.build/nodes', major)
  const binary = join(dir, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(binary)) {
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'package.json'), '{ "private": true }')
    spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', `${name}@${major}`], { cwd: dir, stdio: 'inherit', shell: process.platform === 'win32' })
  }
  return existsSync(binary) ? binary : undefined
}

async function run (node, args, limitS) {
  const start = performance.now()
  const child = spawn(node, [...hooks, ...args], { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] })
  const timer = setTimeout(() => {
    console.log(`not done within ${limitS} s`)
    child.kill()
  }, limitS * 1_000)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', data => {
    output += data
    process.stdout.write(data)
  })
  const code = await new Promise(resolve => { child.on('close', resolve) })
  clearTimeout(timer)
  return { code, output, seconds: (performance.now() - start) / 1_000 }
}

const results = []
for (const name of named.length > 0 ? named : Object.keys(steps).filter(name => !steps[name].named)) {
  // some times what the longest takes on a slow machine
  const { args, matrix, limitS = 600 } = steps[name]
  if (args !== undefined) {
    console.log(`\n== ${name}`)
    results.push({ name, ...await run(process.execPath, args, limitS) })
  }
  for (const major of matrix === undefined ? [] : ['20', '22', '24']) {
    const node = nodeOf(major)
    console.log(`\n== Node ${major}`)
    if (node === undefined) results.push({ name: `Node ${major}`, code: 1, output: 'npm has no binary of it', seconds: 0 })
    else results.push({ name: `Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`, ...await run(node, matrix, limitS) })
  }
}
console.log('')
let failed = 0
for (const { name, code, output, seconds } of results) {
  if (code !== 0) failed++
  const counts = [...output.matchAll(/^\s+\d+ (?:passing|failing|pending)/gm)].map(([text]) => text.trim()).join(', ')
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(14)} ${seconds.toFixed(1).padStart(6)} s  ${counts || output.trim().split('\n').at(-1)}`)
}
process.exit(failed === 0 ? 0 : 1)

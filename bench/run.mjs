/**
 * `npm run bench`: ours beside its peers on this machine, in one run. Options and method: bench/README.md.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { calm } from './lib/measure.mjs'
import { loadPeer, skipped } from './lib/peers.mjs'
import { hottest } from './lib/prof.mjs'
import { report } from './lib/report.mjs'
import { interrupted, runOnce } from './lib/runner.mjs'
import { number } from './lib/table.mjs'
import { WORKLOADS } from './lib/workloads.mjs'

const PEERS = ['raw', 'rawb', 'rawn', 'http2', 'muxado', 'muxado@wire=2', 'muxado-direct', 'muxado-direct@wire=2']
const DEFAULT_WORKLOADS = ['W1', 'W3b', 'W6']
const root = fileURLToPath(new URL('../', import.meta.url))

const { values: options } = parseArgs({
  options: {
    workloads: { type: 'string', default: DEFAULT_WORKLOADS.join() },
    peers: { type: 'string', default: PEERS.filter((peer) => peer !== 'rawn').join() },
    rounds: { type: 'string' },
    pin: { type: 'string', default: 'auto' },
    node: { type: 'string', default: process.execPath },
    set: { type: 'string', multiple: true, default: [] },
    retries: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    cold: { type: 'boolean', default: false },
    calm: { type: 'string', default: '0' },
    prof: { type: 'string' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
    built: { type: 'boolean', default: false }
  }
})

// Progress goes where it does not mix with --json
const say = options.json ? console.error : console.log

function build () {
  for (const args of [['test/setup.mjs'], ['node_modules/typescript/bin/tsc', '-b', 'packages/node', 'packages/websocket']]) {
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', options.json ? 2 : 1, 2] })
    if (status !== 0) process.exit(1)
  }
}

const list = (text, all) => text === 'all' ? all : text.split(',')

/** Two cores if the workload wants them, or whatever --pin says. */
function coresFor (workload) {
  if (options.pin === 'none') return undefined
  if (options.pin !== 'auto') return options.pin.split(',')
  const can = os.cpus().length > 1 && (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, 'taskset')))
  return workload.pinned && can ? ['0', '1'] : undefined
}

function overrides ({ p }) {
  const given = Object.fromEntries(options.set.map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])]))
  if (options.check) return { capMs: Math.min(p.capMs, 400), ...(p.total > 2000 ? { total: 500 } : {}), ...given }
  return { ...(options.quick ? { capMs: Math.ceil(p.capMs / 3) } : {}), ...given }
}

function describeRun (run, { unit, per }) {
  if (!run.ok) return `FAILED ${run.error}`
  const each = (total) => number(total / run.units)
  return [
    `${number(run.value)} ${unit}`,
    `cpu ${each(run.cpuMs * 1000)} us/${per} (client ${each(run.clientCpuMs * 1000)})`,
    `writes ${each(run.writes)}`, `reads ${each(run.reads)}`, `${Math.round(run.ms)} ms`, `others ${Math.round(run.foreign * 100)} %`,
    ...Object.entries(run.extra ?? {}).map(([key, value]) => `${key} ${number(value)}`),
    ...run.serverErrors.map((error) => `server: ${error}`)
  ].join('  ')
}

/** The rounds of one workload: every peer once a round, each round starting with another. */
async function runWorkload (name, peers, results) {
  const workload = WORKLOADS[name]
  const able = peers.filter((peer) => skipped(peer, name, workload.kind) === undefined)
  const rounds = options.check || options.quick ? 1 : Math.min(Number(options.rounds ?? 5), workload.rounds ?? Infinity)
  const dead = new Set()
  const { node, cold } = options
  const how = { node, cold, cores: coresFor(workload), override: overrides(workload), profileTo: options.prof && path.resolve(options.prof) }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < able.length; i++) {
      const peer = able[(i + round) % able.length]
      if (dead.has(peer) || interrupted.by !== undefined) continue
      await calm(Number(options.calm))
      let run = await runOnce(name, peer, how)
      for (let again = Number(options.retries); again > 0 && run.ok && interrupted.by === undefined && run.foreign > 0.1 && !options.check; again--) {
        await calm(Number(options.calm))
        const other = await runOnce(name, peer, how)
        if (other.ok && other.foreign < run.foreign) run = other
      }
      if (interrupted.by !== undefined) continue
      results.push({ workload: name, peer: peer.name, round, ...run })
      if (!run.ok) dead.add(peer)
      say(`${name} ${round + 1}/${rounds} ${peer.name.padEnd(22)} ${describeRun(run, workload)}`)
    }
  }
  const { title, unit, per, baseline } = workload
  return { title, unit, per, baseline, cores: how.cores }
}

if (!options.built) build()
const names = list(options.workloads, Object.keys(WORKLOADS))
const unknown = names.filter((name) => WORKLOADS[name] === undefined)
if (unknown.length > 0) throw new Error(`no such workload: ${unknown.join()}; there are ${Object.keys(WORKLOADS).join(' ')}`)
const peers = await Promise.all(list(options.peers, PEERS).map(loadPeer))
const start = Date.now()
const results = []
const workloads = {}
for (const name of names) workloads[name] = await runWorkload(name, peers, results)

const doc = {
  when: new Date(start).toISOString(),
  seconds: (Date.now() - start) / 1000,
  machine: {
    node: execFileSync(options.node, ['-v'], { encoding: 'utf8' }).trim(),
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    system: `${os.type()} ${os.release()}`
  },
  peers: Object.fromEntries(peers.map(({ name, label, caveat, skip }) => [name, { label, caveat, skip }])),
  workloads,
  results
}
const failed = results.filter((run) => !run.ok || run.serverErrors.length > 0)
if (options.check) say(`${results.length - failed.length} ok, ${failed.length} failed`)
else {
  const text = report(doc)
  say(`\n${text}`)
  if (options.out !== undefined) {
    mkdirSync(path.dirname(path.resolve(options.out)), { recursive: true })
    writeFileSync(`${options.out}.json`, `${JSON.stringify(doc)}\n`)
    writeFileSync(`${options.out}.md`, `${text}\n`)
  }
  if (options.json) console.log(JSON.stringify(doc))
}
if (options.prof !== undefined) {
  const profiles = readdirSync(options.prof).map((name) => path.join(options.prof, name)).filter((file) => statSync(file).mtimeMs >= start)
  for (const file of profiles) say(`\n${hottest(file)}`)
}
process.exitCode = failed.length === 0 && interrupted.by === undefined ? 0 : 1

/**
 * `npm run bench`: ours beside its peers on this machine, in one run. Options and method: bench/README.md.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArgs, refuse } from './lib/args.mjs'
import { chart } from './lib/chart.mjs'
import { createDocument, openDocument, problemsOf, readDocument, replaceWorkload, writeDocument } from './lib/document.mjs'
import { installPeers } from './lib/install.mjs'
import { fillPage } from './lib/page.mjs'
import { isPeer, loadPeer, needsInstall } from './lib/peers.mjs'
import { hottest } from './lib/prof.mjs'
import { report } from './lib/report.mjs'
import { runWorkload } from './lib/rounds.mjs'
import { interrupted } from './lib/runner.mjs'
import { cannotTrace } from './lib/trace.mjs'
import { WORKLOADS } from './lib/workloads.mjs'

const OURS = ['muxado', 'muxado@wire=2', 'muxado-direct', 'muxado-direct@wire=2']
const PEERS = ['raw', 'rawb', 'rawn', 'http2', 'yamux8', 'mplex12', 'protomux', ...OURS]
const root = fileURLToPath(new URL('../', import.meta.url))

const given = readArgs()

const workloads = Object.keys(WORKLOADS)
const strayWorkload = given.workloads?.split(',').find((name) => name !== 'all' && !workloads.includes(name))
if (strayWorkload !== undefined) refuse(`there is no workload '${strayWorkload}', but ${workloads.join(' ')}`)
const strayPeer = given.peers?.split(',').find((name) => name !== 'all' && !isPeer(name))
if (strayPeer !== undefined) refuse(`there is no peer '${strayPeer}': bench/drivers and bench/peers have a file for each`)

// Progress goes where it does not mix with --json
const say = given.json ? console.error : console.log

function stop (text) {
  console.error(text)
  process.exit(1)
}

function build () {
  for (const args of [['test/setup.mjs'], ['node_modules/typescript/bin/tsc', '-b', 'packages/node', 'packages/websocket']]) {
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', given.json ? 2 : 1, 2] })
    if (status !== 0) process.exit(1)
  }
}

/** The binary to measure: a path, or a major version, which comes from npm once. */
function nodeBinary (name) {
  if (!/^\d+$/.test(name)) return name
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/support/node-versions.mjs', name], { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : stop(`MISSING Node ${name}: ${stderr.trim()}`)
}

const options = { ...given, node: nodeBinary(given.node) }

/** Names of workloads: those asked for, or those that a document begun earlier still lacks. */
function workloadNames (doc) {
  if (given.workloads === undefined) return workloads.filter((name) => !WORKLOADS[name].extra && doc.workloads[name] === undefined)
  return given.workloads === 'all' ? workloads : given.workloads.split(',')
}

/** Peers by name; those that cannot be installed are noted in the document and left out. */
async function loadPeers (names, doc) {
  const wanting = names.filter(needsInstall)
  const why = wanting.length === 0 ? undefined : installPeers(say)
  for (const name of wanting) {
    if (why === undefined) delete doc.missing[name]
    else {
      doc.missing[name] = why
      say(`MISSING ${name}: ${why}`)
    }
  }
  const loaded = await Promise.all(names.filter((name) => why === undefined || !wanting.includes(name)).map(loadPeer))
  for (const { name, label, caveat, skip } of loaded) doc.peers[name] = { label, caveat, skip }
  return loaded
}

async function run () {
  if (!options.built) build()
  const fresh = createDocument(options.node)
  const doc = options.merge === undefined ? fresh : openDocument(options.merge, fresh)
  const names = workloadNames(doc)
  const asked = given.peers === undefined || given.peers === 'all' ? undefined : given.peers.split(',')
  const peersOf = (name) => asked ?? WORKLOADS[name].peers ?? PEERS
  const peers = await loadPeers([...new Set(names.flatMap(peersOf))], doc)
  const why = options.syscalls ? cannotTrace() : undefined
  if (why !== undefined) {
    say(`MISSING system calls by name: ${why}; write and read calls are counted all the same`)
    options.syscalls = false
  }
  const start = Date.now()
  for (const name of names) {
    const began = Date.now()
    const outcome = await runWorkload(name, peers.filter((peer) => peersOf(name).includes(peer.name)), options, say)
    // Half a workload has no medians: what was complete stays
    if (interrupted.by !== undefined) break
    replaceWorkload(doc, name, outcome)
    doc.seconds += (Date.now() - began) / 1000
    if (options.merge !== undefined) writeDocument(options.merge, doc)
  }
  const failed = doc.results.filter((one) => names.includes(one.workload) && (!one.ok || one.serverErrors.length > 0))
  const problems = problemsOf(doc)
  if (options.check) {
    for (const problem of problems) say(`the document is not whole: ${problem}`)
    const missing = Object.keys(doc.missing).length
    say(`${doc.results.length - failed.length} passed, ${failed.length + problems.length + (process.env['CI'] ? missing : 0)} failed, ${process.env['CI'] ? 0 : missing} skipped`)
  } else {
    say(`\n${report(doc)}`)
  }
  if (options.out !== undefined) {
    writeDocument(`${options.out}.json`, doc)
    writeFileSync(`${options.out}.md`, `${report(doc)}\n`)
  }
  if (options.json) console.log(JSON.stringify(doc))
  if (options.prof !== undefined) {
    const profiles = readdirSync(options.prof).map((name) => path.join(options.prof, name)).filter((file) => statSync(file).mtimeMs >= start)
    for (const file of profiles) say(`\n${hottest(file)}`)
  }
  const bad = failed.length > 0 || problems.length > 0 || interrupted.by !== undefined || (process.env['CI'] && Object.keys(doc.missing).length > 0)
  process.exitCode = bad ? 1 : 0
}

/** Write `text` to `file`, which may be `-`. */
function put (file, text) {
  if (file === '-') process.stdout.write(text)
  else {
    writeFileSync(file, text)
    say(`wrote ${file}`)
  }
}

if (given.report !== undefined) console.log(report(readDocument(given.report)))
else if (given.chart !== undefined) put(given.to ?? path.join(root, 'docs/performance.svg'), chart(readDocument(given.chart)))
else if (given.page !== undefined) {
  const page = given.to ?? path.join(root, 'docs/performance.md')
  if (!existsSync(page)) stop(`there is no ${page}`)
  put(page, fillPage(readFileSync(page, 'utf8'), given.page, readDocument(given.page)))
} else await run()

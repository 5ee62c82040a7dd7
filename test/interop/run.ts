/**
 * The command `npm run test:interop`: builds the peers, runs every case against each in both roles, and says what was run and what could not.
 *
 * @module
 */
import { commandLine, numberOf, refuse } from '../support/command.mjs'
import { buildGo, buildRust } from './build.ts'
import type { Built, PeerKind } from './build.ts'
import type { Case, Group } from './case.ts'
import { endings } from './cases/endings.ts'
import { factsGo } from './cases/facts-go.ts'
import { factsRust } from './cases/facts-rust.ts'
import { go1 } from './cases/go-1.ts'
import { go2 } from './cases/go-2.ts'
import { heartbeat } from './cases/heartbeat.ts'
import { rust } from './cases/rust.ts'
import { sessions } from './cases/sessions.ts'
import { streams } from './cases/streams.ts'
import { windows } from './cases/windows.ts'
import { Trial } from './trial.ts'
import type { Role } from './trial.ts'

const KINDS: readonly PeerKind[] = ['go', 'go-2.0.1', 'rust', 'script']
const ROLES: readonly Role[] = ['client', 'server']
const groups: readonly Group[] = [streams, endings, sessions, windows, heartbeat, go1, go2, rust, factsGo, factsRust]

const usage = `npm run test:interop -- [PEERS] [WORDS]   run the cases whose names hold one of these words, or all, against these peers, or all
--long         a minute of heartbeat instead of twenty beats
--patience N   seconds that a case may take (default 30, with --long 180)

peers: ${KINDS.join(' ')}; for instance: npm run test:interop -- go rust 'Q1'`

const { positionals, values } = commandLine(usage, { long: { type: 'boolean', default: false }, patience: { type: 'string' } }, 'any')
const patience = numberOf('--patience', values.patience ?? (values.long ? '180' : '30'), { least: 1, whole: false })
const isKind = (word: string): word is PeerKind => (KINDS as readonly string[]).includes(word)
const kinds = positionals.some(isKind) ? positionals.filter(isKind) : KINDS
const names = positionals.filter((word) => !isKind(word))
const stray = names.find((word) => groups.every(({ cases }) => cases.every(({ name }) => !name.includes(word))))
if (stray !== undefined) refuse(`'${stray}' is no peer, and in the name of no case`)

const started = performance.now()
const built: Partial<Record<PeerKind, Built>> = { script: { title: 'bytes by hand, over a socket', program: '' } }
if (kinds.includes('go')) built.go = buildGo('v2.0.2')
if (kinds.includes('go-2.0.1')) built['go-2.0.1'] = buildGo('v2.0.1')
if (kinds.includes('rust')) built.rust = buildRust()

// A case that has failed leaves waits behind, which fail when its peers are killed
let abandoned = false
process.on('unhandledRejection', (error) => { if (!abandoned) failures.push(`nobody waited for this: ${error instanceof Error ? error.stack : String(error)}`) })

const failures: string[] = []
const remarks: string[] = []
let ran = 0
let missing = 0
console.log('peers:')
for (const kind of KINDS) {
  const peer = built[kind]
  if (peer === undefined) continue
  console.log(`  ${kind.padEnd(8)}  ${peer.title}${peer.why === undefined ? '' : `: NOT RUN, ${peer.why}`}`)
  if (peer.missing === 'program' || (peer.missing === 'module' && process.env['CI'] === 'true')) failures.push(`${kind}: ${peer.why}`)
}
console.log(`  wire 1    Go's first generation: NOT RUN, the Go module proxy has neither github.com/inconshreveable/muxado (at f693c7e and at its head) nor
          golang.ngrok.com/muxado v1: "403 Forbidden: This module version is not available". Its recordings in test/vectors stand for it in
          npm test, and bytes by hand here.`)
console.log(`built in ${seconds(started)} s\n`)

const width = Math.max(...groups.flatMap(({ cases }) => cases.map(({ name }) => name.length)))
for (const { title, cases } of groups) {
  const chosen = cases.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)))
  if (chosen.length === 0) continue
  console.log(`${title.padEnd(width)}  ${kinds.map((kind) => kind.padEnd(15)).join('')}\n${'  we are'.padEnd(width)}  ${kinds.map(() => 'client server  ').join('')}`)
  for (const one of chosen) {
    const cells: string[] = []
    const from = performance.now()
    for (const kind of kinds) for (const role of ROLES) cells.push((await cell(one, kind, role)).padEnd(role === 'client' ? 7 : 8))
    console.log(`${one.name.padEnd(width)}  ${cells.join('')}${seconds(from)} s`)
  }
  console.log('')
}
console.log('ok: holds.  FAIL: below.  none: there is no such peer here.  . : does not concern this peer.  - : not possible with it, because:')
for (const remark of remarks) console.log(`  ${remark}`)
for (const failure of failures) console.log(`\nFAIL  ${failure}`)
console.log(`\n${ran} runs, ${failures.length} failed, ${missing} not run for want of a peer, in ${seconds(started)} s`)
process.exit(failures.length === 0 ? 0 : 1)

async function cell (one: Case, kind: PeerKind, role: Role): Promise<string> {
  const older = kind === 'go-2.0.1'
  const where = one.where[kind] ?? (older ? one.where.go : undefined)
  if (where === undefined) return '.'
  if (typeof where === 'string') {
    if (role === 'client' && !(older && where === one.where.go)) remarks.push(`${kind}: ${one.name}: ${where}`)
    return '-'
  }
  if (one.roles?.includes(role) === false) return '.'
  const program = built[kind]?.program
  if (program === undefined) {
    missing++
    return 'none'
  }
  const trial = new Trial(older ? 'go' : kind, program, role, values.long)
  ran++
  let timer: NodeJS.Timeout | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => { reject(new Error(`no end after ${patience} s`)) }, patience * 1_000)
    })
    await Promise.race([one.run(trial), late])
  } catch (error) {
    failures.push(`${one.name}, ${kind}, we are ${role}: ${error instanceof Error ? error.stack : String(error)}\n${trial.describe()}`)
    abandoned = true
    await trial.end()
    await new Promise(setImmediate)
    abandoned = false
    return 'FAIL'
  } finally {
    clearTimeout(timer)
  }
  const broken = await trial.end()
  if (broken.length === 0) return 'ok'
  failures.push(`${one.name}, ${kind}, we are ${role}: what we send must keep to PROTOCOL.md\n${broken.slice(0, 5).join('\n')}`)
  return 'FAIL'
}

function seconds (since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1)
}

/**
 * The command `npm run conformance`: runs the cases against ours and against the peers that others have published, and prints what came of them.
 * It fails when ours does, and in CI when a peer cannot be built though its tools are there.
 *
 * @module
 */
import { reportText, run } from '@muxado/conformance'
import type { Report } from '@muxado/conformance'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLine, refuse } from '../support/command.mjs'
import { peers, type Setup, setupText } from './peers.ts'
import { differences, writePage } from './page.ts'

const output = fileURLToPath(new URL('../../.build/conformance', import.meta.url))
const wordsOf = (setup: Setup): string[] => setupText(setup).split(/\W+/)
const wordsOfSetups = [...new Set(peers.flatMap(({ setups }) => setups.flatMap(wordsOf)))]

const usage = `npm run conformance -- [PEERS] [WORDS]   run every case against these peers, or all, in the runs whose names have these words, or all
--page      write the tables of docs/conformance.md anew, from what the last runs found; run nothing unless there are words
--check     ours in full, each peer of others once, and say where those differ from docs/conformance.md
--verbose   a line for each case that passed, too

peers: ${peers.map(({ name }) => name).join(' ')}
words: ${wordsOfSetups.join(' ')}`

const flag = { type: 'boolean', default: false } as const
const known = [...peers.map(({ name }) => name), ...wordsOfSetups]
const { values: { page, check, verbose }, positionals: words } = commandLine(usage, { page: flag, check: flag, verbose: flag }, known)
const names = words.filter((word) => peers.some(({ name }) => name === word))
const setups = words.filter((word) => !names.includes(word))
const isAsked = (setup: Setup): boolean => setups.every((word) => wordsOf(setup).includes(word))
if (!peers.some((peer) => (names.length === 0 || names.includes(peer.name)) && peer.setups.some(isAsked))) refuse(`there is no run of ${words.join(' ')}`)

/** Peers whose program is killed by some case wait for its next start: a second is short for nobody else. */
const timeoutMs = 2000

const fileOf = (peer: string, setup: Setup): string => join(output, `${peer}, ${setupText(setup)}.json`)

mkdirSync(output, { recursive: true })
let surprises = 0
for (const peer of page && words.length === 0 ? [] : peers) {
  if (names.length > 0 && !names.includes(peer.name)) continue
  const why = peer.missing()
  if (why !== undefined) {
    console.log(`${peer.name}: NOT RUN, ${why}`)
    if (process.env['CI'] === 'true' && !why.startsWith('no ')) surprises++
    continue
  }
  const ours = peer.name.startsWith('ours')
  for (const setup of check && !ours ? peer.setups.slice(0, 1) : peer.setups) {
    if (!isAsked(setup)) continue
    const can = setup.wire === 2 && !setup.typed ? peer.can.filter((need) => need !== 'asks') : peer.can
    const running = await peer.start(setup)
    try {
      const pace = check && ours ? { timeoutMs: 15_000, jobs: 32 } : { timeoutMs, jobs: 4 }
      const report = await run(running.endpoint, { ...setup, ...pace, can, connectMs: 10_000 })
      if (!check) writeFileSync(fileOf(peer.name, setup), JSON.stringify({ ...report, endpoint: '' }))
      console.log(`${peer.name}, ${setupText(setup)}: ${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`)
      if (verbose || (ours && report.failed > 0)) console.log(reportText(report))
      if (ours) surprises += report.failed
      // Peers that race with themselves differ from run to run
      else if (check) console.log(`  otherwise than docs/conformance.md says: ${differences(peer, report).join(', ') || 'nothing'}`)
    } finally {
      await running.close()
    }
  }
}
if (page) {
  writePage(peers.map((peer) => ({
    ...peer,
    runs: peer.setups.filter((setup) => existsSync(fileOf(peer.name, setup)))
      .map((setup) => ({ setup, report: JSON.parse(readFileSync(fileOf(peer.name, setup), 'utf8')) as Report })) // our own files
  })))
}
process.exitCode = surprises === 0 ? 0 : 1

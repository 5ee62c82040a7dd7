/**
 * `npm run conformance`: runs the cases against ours and against the peers that others have published, and prints what came of them. With names
 * (`go-2`, `rust typed`) only those runs; with `--page`, the tables of docs/conformance.md are written anew from what the last runs found. With
 * `--check` each peer of others is run once, and it is said where that differs from the page. It fails when ours does, and in CI when a peer
 * cannot be built though its tools are there.
 *
 * @module
 */
import { reportText, run } from '@muxado/conformance'
import type { Report } from '@muxado/conformance'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peers, type Setup, setupText } from './peers.ts'
import { differences, writePage } from './page.ts'

const output = fileURLToPath(new URL('../../.build/conformance', import.meta.url))
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const names = words.filter((word) => peers.some(({ name }) => name === word))
const setups = words.filter((word) => !names.includes(word))
const page = process.argv.includes('--page')
const check = process.argv.includes('--check')
const verbose = process.argv.includes('--verbose')

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
    if (!setups.every((word) => setupText(setup).split(/\W+/).includes(word))) continue
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

/**
 * `npm run conformance`: runs the cases against ours and against the peers that others have published, and prints what came of them. With names
 * (`go-2`, `rust typed`) only those runs; with `--page`, the tables of docs/conformance.md are written anew from what the last runs found.
 *
 * @module
 */
import { reportText, run } from '@muxado/conformance'
import type { Report } from '@muxado/conformance'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peers, type Setup, setupText } from './peers.ts'
import { writePage } from './page.ts'

const output = fileURLToPath(new URL('../../.build/conformance', import.meta.url))
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const names = words.filter((word) => peers.some(({ name }) => name === word))
const setups = words.filter((word) => !names.includes(word))
const page = process.argv.includes('--page')
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
    continue
  }
  for (const setup of peer.setups) {
    if (!setups.every((word) => setupText(setup).split(/\W+/).includes(word))) continue
    const can = setup.wire === 2 && !setup.typed ? peer.can.filter((need) => need !== 'asks') : peer.can
    const running = await peer.start(setup)
    try {
      const report = await run(running.endpoint, { ...setup, can, timeoutMs, connectMs: 10_000, jobs: 4 })
      writeFileSync(fileOf(peer.name, setup), JSON.stringify({ ...report, endpoint: '' }))
      console.log(`${peer.name}, ${setupText(setup)}: ${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`)
      if (verbose || (peer.name.startsWith('ours') && report.failed > 0)) console.log(reportText(report))
      if (peer.name.startsWith('ours')) surprises += report.failed
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

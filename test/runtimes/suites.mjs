// The table of suites: a line for each runtime.
import { find } from './lib/find.mjs'
import { runSuites } from './lib/suites.mjs'
import { tally, trouble } from './lib/tally.mjs'

const widths = [10, 16, 11, 9, 8, 9, 7, 8, 8]
const row = cells => cells.map((cell, index) => index < 2 ? String(cell).padEnd(widths[index]) : String(cell).padStart(widths[index])).join(' ')

/** Run the Transport contract and the session suite in each of `names`, print a table, return the counts. */
export async function suites (names) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  console.log(row(['runtime', 'version', 'transports', 'contract', 'over', 'session', 'failed', 'skipped', 'seconds']))
  for (const name of names) {
    const runtime = find(name)
    if (runtime.why !== undefined) {
      console.log(`${row([name]).trimEnd().padEnd(widths[0])} MISSING: ${runtime.why}`)
      total[process.env.CI ? 'failed' : 'skipped']++
      continue
    }
    const start = performance.now()
    const { status, output } = await runSuites(runtime)
    const of = tally(output)
    // A run that ended badly without a test that failed, or proved nothing
    const wrong = of.failed === 0 && (status !== 0 || of.contract === 0 || of.session === 0) ? 1 : 0
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(row([name, runtime.version, of.transports, of.contract, of.sessions, of.session, of.failed + wrong, of.skipped, seconds]))
    if (of.failed + wrong > 0) console.log(trouble(output).map(line => `    ${line}`).join('\n'))
    total.passed += of.contract + of.session
    total.failed += of.failed + wrong
    total.skipped += of.skipped
  }
  console.log('transports: adapters that the contract ran over; over: transports and dialects that the session suite ran over')
  return total
}

// npm run test:nodes: the unit tests under every Node we support, as a table. Versions that are not running this file come from npm, once, into
// .build/nodes. `node test/nodes.mjs 24` runs the named versions only.
import { spawnSync } from 'node:child_process'
import { counts, failures, mochaBin, run, specs } from './gate/mocha.mjs'
import { commandLine, numberOf } from './support/command.mjs'
import { findNode } from './support/node-versions.mjs'

const { positionals } = commandLine('npm run test:nodes -- [VERSIONS]   run the unit tests under these major versions of Node; 20, 22 and 24 unless named', {}, 'any')
for (const major of positionals) numberOf('a version', major, { least: 20, most: 999 })
const wanted = positionals.length > 0 ? positionals : ['20', '22', '24']

let bad = 0
let missing = 0
const total = { passed: 0, failed: 0, skipped: 0 }
console.log('node         passed  failed  skipped  seconds')
for (const major of wanted) {
  const { node, why } = findNode(major)
  if (node === undefined) {
    missing++
    console.log(`${major.padEnd(10)}  MISSING: ${why}`)
    continue
  }
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
  const start = performance.now()
  const { status, output } = await run(node, [mochaBin, '--reporter', 'spec', '--no-color', ...specs])
  const { passed, failed, skipped } = counts(output)
  const cell = (value, width) => String(value).padStart(width)
  console.log(`${version.padEnd(10)} ${cell(passed, 8)} ${cell(failed, 7)} ${cell(skipped, 8)} ${cell(((performance.now() - start) / 1000).toFixed(1), 8)}`)
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  if (status !== 0 || passed === 0) {
    bad++
    if (failed === 0) total.failed++
    console.log(failures(output).map(line => `    ${line}`).join('\n'))
  }
}
if (missing > 0 && process.env.CI) total.failed += missing
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped + (process.env.CI ? 0 : missing)} skipped`)
process.exitCode = bad > 0 || (missing > 0 && process.env.CI) ? 1 : 0

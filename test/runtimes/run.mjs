// npm run test:runtimes: the same suites in every runtime, what each does while nobody reads, pairs of different runtimes, and the pages of docs/ that
// are for one runtime each, as tables.
// Steps and runtimes can be named: `npm run test:runtimes -- suites deno bun`, `-- pairs`, `-- docs`. What is missing is a line that says so, and in
// CI (`CI=true`) a failure.
import { names } from './lib/find.mjs'
import { backpressure } from './backpressure.mjs'
import { docs } from './docs.mjs'
import { pairs } from './pairs.mjs'
import { suites } from './suites.mjs'

const steps = { suites, backpressure, pairs, docs }
const asked = process.argv.slice(2)
const unknown = asked.filter(name => !(name in steps) && !names.includes(name))
if (unknown.length > 0) {
  console.error(`no ${unknown.join(', ')}; there are the steps ${Object.keys(steps).join(', ')} and the runtimes ${names.join(', ')}`)
  process.exit(1)
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const only = names.filter(name => asked.includes(name))
const total = { passed: 0, failed: 0, skipped: 0 }
for (const [name, step] of Object.entries(steps)) {
  if (asked.some(each => each in steps) && !asked.includes(name)) continue
  const counts = await step(only.length > 0 ? only : names)
  for (const kind of Object.keys(total)) total[kind] += counts[kind]
  console.log('')
}
console.log(`runtimes: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

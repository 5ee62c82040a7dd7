// npm run test:runtimes: the same suites in every runtime, what each does while nobody reads, pairs of different runtimes, and the pages of docs/ that
// are for one runtime each, as tables.
// Steps and runtimes can be named: `npm run test:runtimes -- suites deno bun`, `-- pairs`, `-- docs`. What is missing is a line that says so, and in
// CI (`CI=true`) a failure.
import { commandLine } from '../support/command.mjs'
import { names } from './lib/find.mjs'
import { backpressure } from './backpressure.mjs'
import { docs } from './docs.mjs'
import { pairs } from './pairs.mjs'
import { suites } from './suites.mjs'

const steps = { suites, backpressure, pairs, docs }
const { positionals: asked } = commandLine(`npm run test:runtimes -- [STEPS] [RUNTIMES]   run these steps, or all, in these runtimes, or all

steps:    ${Object.keys(steps).join(' ')}
runtimes: ${names.join(' ')}`, {}, [...Object.keys(steps), ...names])
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

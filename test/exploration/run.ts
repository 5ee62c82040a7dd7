/**
 * The command `npm run explore`: explores configurations one after the other, remembers which have been explored with these sources, and prints
 * the sums, and the pairs of half states beside those of PROTOCOL.md 4.8.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { Ledger } from '../support/ledger.ts'
import { configurations } from './configurations.ts'
import { explore } from './explore.ts'
import { openCore } from './open-core.ts'
import { shorten, textOf } from './shorten.ts'
import { differences, documentedPairs } from './table-4-8.ts'

const usage = `npm run explore -- [NAMES]    explore these configurations, or all
--quick       those of the gate only
--resume      leave out what has been explored with these sources
--seconds N   begin no further configuration after that
--states N    no more states than this of each: then it is not complete
--bail        stop at the first violation, and do not shorten the way to it
--list        say which there are`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    seconds: { type: 'string', default: 'Infinity' },
    states: { type: 'string', default: 'Infinity' },
    bail: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})

async function main (): Promise<void> {
  const createMachine = await openCore()
  const ledger = new Ledger('exploration', ['packages/core/src', 'test/exploration'])
  const end = performance.now() + Number(values.seconds) * 1000
  const pairs = new Set<string>()
  for (const configuration of configurations) {
    const { name, quick = false } = configuration
    if (positionals.length > 0 ? !positionals.includes(name) : (values.quick && !quick) || (values.resume && ledger.has(name))) continue
    if (performance.now() > end) break
    const start = performance.now()
    const { states, steps, still, final, deepest, complete, pairs: seen, both, wrong, path } = explore(configuration, createMachine, Number(values.states))
    const seconds = (performance.now() - start) / 1000
    const speed = `${(states / seconds).toFixed(0)} states and ${(steps / seconds).toFixed(0)} steps a second`
    console.log(`${name.padEnd(20)} ${complete ? 'all' : 'not all'} ${states} states in ${steps} steps; ${still} at rest, ${final} final, ${deepest} deep; ${speed}`)
    for (const pair of seen.keys()) pairs.add(pair)
    if (wrong !== undefined) {
      process.exitCode = 1
      console.log(`${name}, after ${path.length} steps: ${wrong}`)
      if (values.bail) return
      const { wrong: shorter, way } = shorten(configuration, createMachine, path)
      console.log([...way.map(textOf), shorter].join('\n'))
    } else if (complete) {
      ledger.add(name, { states, steps, still, final, ...Object.fromEntries(seen), ...Object.fromEntries(Array.from(both, (pair) => [`both: ${pair}`, 1])) })
    }
  }
  const total = ledger.total()
  const done = Object.keys(ledger.pieces()).length
  console.log(`${done} of ${configurations.length} configurations so far with these sources (${ledger.digest}): ${total['states'] ?? 0} states, ${total['steps'] ?? 0} steps`)
  console.log('pairs of half states (sending, receiving), and how many steps came to each:')
  for (const pair of documentedPairs()) console.log(`  ${pair.padEnd(22)} ${String(total[pair] ?? 0).padStart(12)}`)
  console.log(`  ${Object.keys(total).filter((name) => name.startsWith('both: ')).length} combinations of both ends' pairs`)
  const wrong = done === configurations.length ? differences(Object.keys(total).filter((name) => name.startsWith('('))) : []
  for (const line of wrong) console.log(line)
  if (wrong.length > 0) process.exitCode = 1
}

if (values.help) console.log(usage)
else if (values.list) for (const { name, quick = false } of configurations) console.log(name + (quick ? ' (in the gate)' : ''))
else await main()

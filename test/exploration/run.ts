/**
 * The command `npm run explore`: explores configurations one after the other, remembers which have been explored with these sources, and prints
 * the sums, and the pairs of half states beside those of PROTOCOL.md 4.8.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { commandLine, numberOf } from '../support/command.mjs'
import { Ledger, machineText, spaced, writePage } from '../support/ledger.ts'
import { configurations } from './configurations.ts'
import { explore } from './explore.ts'
import { openCore } from './open-core.ts'
import { shorten, textOf } from './shorten.ts'
import type { Configuration } from './state.ts'
import { differences, documentedPairs } from './table-4-8.ts'

const usage = `npm run explore -- [NAMES]    explore these configurations, or all
--quick       those of the gate only
--resume      leave out what has been explored with these sources
--seconds N   begin no further configuration after that
--states N    no more states than this of each: then it is not complete
--bail        stop at the first violation, and do not shorten the way to it
--list        say which there are
--page        explore nothing, and print the table of what has been explored with these sources
--write       put that table into docs/testing.md`

const { values, positionals } = commandLine(usage, {
  quick: { type: 'boolean', default: false },
  resume: { type: 'boolean', default: false },
  seconds: { type: 'string', default: 'Infinity' },
  states: { type: 'string', default: 'Infinity' },
  bail: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  page: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false }
}, configurations.map(({ name }) => name))
const most = { seconds: numberOf('--seconds', values.seconds, { whole: false }), states: numberOf('--states', values.states, { least: 1 }) }

/** What a state and what follows from it depend on. A configuration's own text is in the name of its piece. */
const SOURCES = [
  'packages/core/src',
  ...['clone', 'digest', 'ends', 'explore', 'hosts', 'open-core', 'pair', 'pipes', 'rules', 'state', 'table'].map((name) => `test/exploration/${name}.ts`),
  'test/support/bytes.ts', 'test/support/conduct.ts'
]

/** A configuration by its name and a hash of all it says: one that was changed is another. */
function pieceOf (configuration: Configuration): string {
  const said = JSON.stringify(configuration, (name, value: unknown) => name === 'about' || name === 'quick' ? undefined : value)
  return `${configuration.name} ${createHash('sha256').update(said).digest('hex').slice(0, 8)}`
}

/** Pairs of half states among the figures of a piece. */
function pairsOf (figures: Readonly<Record<string, number>>): string[] {
  return Object.keys(figures).filter((name) => name.startsWith('('))
}

async function main (): Promise<void> {
  const createMachine = await openCore()
  const ledger = new Ledger('exploration', SOURCES)
  const end = performance.now() + most.seconds * 1000
  for (const configuration of configurations) {
    const { name, quick = false } = configuration
    if (positionals.length > 0 ? !positionals.includes(name) : values.quick && !quick) continue
    if (values.resume && ledger.has(pieceOf(configuration))) continue
    if (performance.now() > end) break
    const start = performance.now()
    const { states, ends, steps, still, final, deepest, complete, pairs, both, wrong, path } = explore(configuration, createMachine, most.states)
    const seconds = (performance.now() - start) / 1000
    const speed = `${(states / seconds).toFixed(0)} states and ${(steps / seconds).toFixed(0)} steps a second`
    console.log(`${name.padEnd(20)} ${complete ? 'all' : 'not all'} ${states} states of ${ends} ends in ${steps} steps; ${still} at rest, ${final} final, ${deepest} deep; ${speed}`)
    if (wrong !== undefined) {
      process.exitCode = 1
      console.log(`${name}, after ${path.length} steps: ${wrong}`)
      if (values.bail) return
      const { wrong: shorter, way } = shorten(configuration, createMachine, path)
      console.log([...way.map(textOf), shorter].join('\n'))
    } else if (complete) {
      ledger.add(pieceOf(configuration), {
        states, ends, steps, still, final, seconds, ...Object.fromEntries(pairs), ...Object.fromEntries(Array.from(both, (pair) => [`both: ${pair}`, 1]))
      })
    }
  }
  summarise(ledger)
}

/** All that has been explored of the configurations as they are now, and whether the pairs of half states are those of PROTOCOL.md. */
function summarise (ledger: Ledger): void {
  const pieces = configurations.map((configuration) => ledger.pieces()[pieceOf(configuration)]).filter((figures) => figures !== undefined)
  const sum = (name: string): number => pieces.reduce((all, figures) => all + (figures[name] ?? 0), 0)
  console.log(`${pieces.length} of ${configurations.length} configurations so far with these sources (${ledger.digest}): ${sum('states')} states, ${sum('steps')} steps, no violation`)
  console.log('pairs of half states (sending, receiving), and how many steps came to each:')
  for (const pair of documentedPairs()) console.log(`  ${pair.padEnd(22)} ${String(sum(pair)).padStart(12)}`)
  const names = new Set(pieces.flatMap((figures) => Object.keys(figures)))
  console.log(`  ${Array.from(names).filter((name) => name.startsWith('both: ')).length} combinations of both ends' pairs`)
  const wrong = pieces.length === configurations.length ? differences(pieces.flatMap(pairsOf)) : []
  for (const line of wrong) console.log(line)
  if (wrong.length > 0) process.exitCode = 1
}

/** The table for docs/testing.md: what was explored whole, without a violation, with these sources. */
function page (): string {
  const ledger = new Ledger('exploration', SOURCES)
  const dialects = [' 1', ' 2', ' 2 typed']
  const shapes = Array.from(new Set(configurations.map(({ name }) => name.replace(/ .*/, ''))))
  const rows: string[] = []
  const sum = { states: 0, steps: 0, seconds: 0, columns: dialects.map(() => 0) }
  const missing: string[] = []
  const all = new Set<string>()
  for (const shape of shapes) {
    const found = new Set<string>()
    const cells = dialects.map((dialect, at) => {
      const configuration = configurations.find(({ name }) => name === shape + dialect)
      const figures = configuration && ledger.pieces()[pieceOf(configuration)]
      if (!figures) {
        missing.push(shape + dialect)
        return ''
      }
      const { states = 0, steps = 0, seconds = 0 } = figures
      sum.states += states
      sum.steps += steps
      sum.seconds += seconds
      sum.columns[at] = (sum.columns[at] ?? 0) + states
      for (const pair of pairsOf(figures)) {
        found.add(pair)
        all.add(pair)
      }
      return spaced(states)
    })
    rows.push(`| ${shape} | ${configurations.find(({ name }) => name === `${shape} 1`)?.about} | ${cells.join(' | ')} | ${found.size > 0 ? `${found.size} | 0` : ' | '} |`)
  }
  return [
    '| configuration | what | states, wire 1 | wire 2 | wire 2, typed | pairs of half states | violations |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    `| all | ${spaced(sum.states)} states in ${spaced(sum.steps)} steps | ${sum.columns.map(spaced).join(' | ')} | ${all.size} of ${documentedPairs().length} | 0 |`,
    '',
    `${spaced(sum.seconds)} s on ${machineText()}. Sources ${ledger.digest}.${missing.length > 0 ? ` Not explored yet: ${missing.length} configurations, from ${missing[0]} on.` : ''}`
  ].join('\n')
}

if (values.list) for (const { name, quick = false } of configurations) console.log(name + (quick ? ' (in the gate)' : ''))
else if (values.page) console.log(page())
else if (values.write) writePage('exploration', page())
else await main()

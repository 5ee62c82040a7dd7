/**
 * The command `npm run test:adversary`: each attack against a server of ours, with its defence and without.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { commandLine, numberOf } from '../support/command.mjs'
import { attacks, type Attack } from './attacks.ts'
import { Lab, type Outcome, type Times } from './lab.ts'

/** What the server's process may hold, in MiB. */
const MEMORY = 256
/** What a server without its defence may hold before it is ended. */
const MOST = 1_024

const usage = `npm run test:adversary -- [ATTACKS]   run these attacks, or all, against a server with its defence and without
--strict       measure longer, which takes five minutes and more, and fail when the innocent session keeps less than half of its throughput
--rounds N     measure each N times (default 1, with --strict 3)
--no-without   leave the server without its defence out
--write        put the table into docs/testing.md

attacks: ${attacks.map(({ name }) => name).join(' ')}`

const flag = { type: 'boolean', default: false } as const
const { positionals, values } = commandLine(usage, { 'strict': flag, 'rounds': { type: 'string' }, 'no-without': flag, 'write': flag }, attacks.map(({ name }) => name))
const { strict } = values
const rounds = numberOf('--rounds', values.rounds ?? (strict ? '3' : '1'), { least: 1, most: 100 })
const times: Times = strict
  ? { warm: 600, quiet: 600, attack: 1_500, control: 800, fill: 5_000, after: true }
  : { warm: 300, quiet: 250, attack: 500, control: 250, fill: 2_000, after: true }

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN
const percent = (numbers: readonly number[]): string => `${Math.round(median(numbers) * 100)} %`
const whole = (number: number): string => number >= 10 ? number.toFixed(0) : number.toFixed(1)

/** The server without its defence, in words: what the innocent session keeps and what it takes, or how it ends. */
async function naked (lab: Lab, attack: Attack): Promise<string[]> {
  if (attack.without === undefined) return ['', '', '']
  const off = Object.keys(attack.without).join(', ')
  try {
    const { quiet, attacked, peak } = await lab.run(attack, { ...attack.without, most: MOST }, { ...times, control: 0, fill: 0, after: false })
    return [percent([attacked / quiet]), whole(peak), off]
  } catch (error) {
    const { message } = error as Error // what lab throws
    return [message.includes('SIGKILL') ? '0 %' : 'stuck', message.includes('SIGKILL') ? `> ${MOST}` : '', off]
  }
}

const lab = await Lab.open()
const problems: string[] = []
const rows: string[][] = []
const head = ['attack', 'sent MiB/s', 'thrown out', 'kept', 'control', 'MiB', 'CPU', 'kept', 'MiB', 'without']
const widths = [17, 10, 10, 5, 7, 4, 5, 5, 6, 0]
const line = (row: readonly string[]): string => row.map((cell, at) => at === 0 || at === row.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)).join('  ')
const start = performance.now()
console.log(`${' '.repeat(17)}  ${'with the defence'.padEnd(52)}  without it`)
console.log(line(head))
for (const attack of attacks.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const outcomes: Outcome[] = []
  try {
    for (let round = 0; round < rounds; round++) outcomes.push(await lab.run(attack, {}, times))
  } catch (error) {
    problems.push(`${attack.name}: the server did not survive: ${(error as Error).message}`)
    continue
  }
  const kept = outcomes.map(({ attacked, quiet }) => attacked / quiet)
  const peak = Math.max(...outcomes.map((outcome) => outcome.peak))
  const end = outcomes.map((outcome) => outcome.end).find((text) => text !== '')
  const left = Math.max(...outcomes.map((outcome) => outcome.left))
  if (peak > MEMORY) problems.push(`${attack.name}: the server held ${whole(peak)} MiB, more than ${MEMORY}`)
  if (end !== undefined) problems.push(`${attack.name}: the innocent session ended: ${end}`)
  if (left > 1) problems.push(`${attack.name}: ${left - 1} sessions of the attacker were left`)
  if (strict && median(kept) < 0.5) problems.push(`${attack.name}: the innocent session kept ${percent(kept)} of its throughput`)
  const row = [
    attack.name,
    whole(median(outcomes.map(({ sent }) => sent))),
    whole(median(outcomes.map(({ thrown }) => thrown))),
    percent(kept),
    percent(outcomes.map(({ control, quiet }) => control / quiet)),
    whole(peak),
    percent(outcomes.map(({ cpu }) => cpu / 100)),
    ...values['no-without'] ? ['', '', ''] : await naked(lab, attack)
  ]
  rows.push(row)
  console.log(line(row))
}
lab.close()
console.log(`\n${rows.length} attacks, ${((performance.now() - start) / 1000).toFixed(0)} s, ${problems.length} problems`)
if (values.write) await write()
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

/** The table for people, between its marks in docs/testing.md. */
async function write (): Promise<void> {
  const path = new URL('../../docs/testing.md', import.meta.url)
  const page = await readFile(path, 'utf8')
  const [mark, end] = ['<!-- adversary -->\n', '<!-- /adversary -->']
  const [from, to] = [page.indexOf(mark), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/testing.md has no ${mark} and ${end}`)
  const cells = [['attack', 'sends, MiB/s', 'thrown out', 'kept', 'beside harmless', 'MiB', 'CPU', 'kept without', 'MiB without', 'without'], head.map(() => '---'), ...rows]
  const made = `${rows.length} attacks, ${rounds} round${rounds === 1 ? '' : 's'} each, Node ${process.versions.node}, ${cpus().length} cores.`
  const table = `${made}\n\n${cells.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`
  await writeFile(path, page.slice(0, from + mark.length) + table + page.slice(to))
}

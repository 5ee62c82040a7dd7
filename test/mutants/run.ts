/**
 * The command `npm run mutants`: runs the suites against each mutant, and says which of them saw it and where. Fails when one goes unseen, or no
 * longer fits the sources.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Ledger } from '../support/ledger.ts'
import { mutants, type Mutant } from './mutants.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))

const usage = `npm run mutants -- [NAMES]   run the suites against these mutants, or all, until one suite sees each
--all      run every suite against each, and not only until one sees it
--resume   leave out what has been seen with these sources already
--write    put the table into docs/testing.md`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean', default: false }, resume: { type: 'boolean', default: false }, write: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } }
})

/** What a suite says of a mutant: where it saw it, or undefined. */
interface Suite { readonly name: string, readonly run: (mutant: Mutant) => Promise<string | undefined> }

const source = ['--import', './test/ts.mjs', '--conditions=muxado-source']

const suites: readonly Suite[] = [
  {
    name: 'simulation',
    run: async (mutant) => {
      const { output, status } = await start(mutant, [...source, 'test/simulation/simulate.ts', '--count', '2000', '--workers', '1', '--bail'])
      return status === 0 ? undefined : /^(seed \d+): /m.exec(output)?.[1] ?? unclear(output)
    }
  },
  {
    name: 'exploration',
    run: async (mutant) => {
      const { output, status } = await start(mutant, [...source, '--max-semi-space-size=64', 'test/exploration/run.ts', '--quick', '--bail'])
      return status === 0 ? undefined : /^(.*, after \d+ steps): /m.exec(output)?.[1] ?? unclear(output)
    }
  },
  { name: 'random pairs', run: (mutant) => mocha(mutant, ['test/random-pairs.spec.ts']) },
  { name: 'unit tests', run: (mutant) => mocha(mutant, ['packages/core/test/**/*.spec.ts', 'packages/session/test/**/*.spec.ts']) }
]

async function mocha (mutant: Mutant, files: readonly string[]): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'muxado-mutant-'))
  const file = join(folder, 'report.json')
  try {
    const { status, output } = await start(mutant, ['node_modules/mocha/bin/mocha.js', '--bail', '--exit', '--reporter', 'json', '--reporter-option', `output=${file}`, ...files])
    if (status === 0) return undefined
    const { failures: [first] } = JSON.parse(readFileSync(file, 'utf8')) as { failures: Array<{ fullTitle: string, err: { message?: string } }> } // as mocha writes it
    return first ? /seed \d+/.exec(first.err.message ?? '')?.[0] ?? first.fullTitle : unclear(output)
  } catch {
    return 'does not come to an end'
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function unclear (output: string): string {
  if (/does not apply/.test(output)) throw new Error(/the mutant .* does not apply.*/.exec(output)?.[0] ?? output)
  return output.trim().split('\n').at(-1) === '' ? 'does not come to an end' : 'fails'
}

/** Run node with a mutant; what takes minutes will never end. */
async function start ({ name, file, search, replace }: Mutant, args: readonly string[]): Promise<{ status: number | null, output: string }> {
  const hook = pathToFileURL(join(top, 'test/mutants/hook.mjs')).href
  const child = spawn(process.execPath, args, {
    cwd: top,
    timeout: 150_000,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: `--import ${hook}`, MUXADO_MUTANT: JSON.stringify({ name, file, search, replace }), MUXADO_SEED: '', MUXADO_LEDGER: 'off' }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const status = await new Promise<number | null>((resolve) => { child.on('close', resolve) })
  return { status, output }
}

/** What is known: for each mutant, by suite, where it was seen; null where it was not. */
type Known = Record<string, Record<string, string | null>>

const file = join(top, '.build/mutants.json')
const { digest } = new Ledger('mutants', ['packages/core/src', 'packages/session/src', 'test/simulation', 'test/exploration', 'test/mutants', 'test/support', 'packages/core/test', 'packages/session/test'])

function known (): Known {
  try {
    const book = JSON.parse(readFileSync(file, 'utf8')) as { digest: string, known: Known } // as `remember` writes it
    return book.digest === digest ? book.known : {}
  } catch {
    return {}
  }
}

function remember (all: Known): void {
  writeFileSync(file, JSON.stringify({ digest, known: all }))
}

function isSeen (results: Known[string] | undefined): boolean {
  return Object.values(results ?? {}).some((where) => where !== null)
}

async function tryAll (): Promise<void> {
  const all = known()
  const wanted = mutants.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  for (const mutant of wanted) {
    const results = values.resume ? all[mutant.name] ?? {} : {}
    for (const { name, run } of suites) {
      if (name in results || (!values.all && isSeen(results))) continue
      results[name] = await run(mutant) ?? null
      console.log(`${mutant.name.padEnd(22)} ${name.padEnd(13)} ${results[name] ?? 'does not see it'}`)
    }
    all[mutant.name] = results
    remember(all)
  }
  const unseen = wanted.filter(({ name }) => !isSeen(all[name])).map(({ name }) => name)
  console.log(`${wanted.length - unseen.length} of ${wanted.length} mutants were seen${unseen.length > 0 ? `; not ${unseen.join(', ')}` : ''}`)
  if (unseen.length > 0) process.exitCode = 1
  if (values.write) writeTable(all)
}

function writeTable (all: Known): void {
  const missing = mutants.filter(({ name }) => all[name] === undefined).map(({ name }) => name)
  if (missing.length > 0) throw new Error(`nothing is known of ${missing.join(', ')}: run them first`)
  const cell = (where: string | null | undefined): string => where === undefined ? '' : where === null ? 'no' : where.replaceAll('|', '\\|')
  const rows = mutants.map(({ name, title, file }) => `| ${name} | ${file} | ${title} | ${suites.map((suite) => cell(all[name]?.[suite.name])).join(' | ')} |`)
  const table = [`| mutant | in | an end that | ${suites.map(({ name }) => name).join(' | ')} |`, `| --- | --- | --- |${' --- |'.repeat(suites.length)}`, ...rows].join('\n')
  const path = join(top, 'docs/testing.md')
  const text = readFileSync(path, 'utf8')
  const [before, after] = [text.indexOf('<!-- mutants -->'), text.indexOf('<!-- /mutants -->')]
  if (before < 0 || after < 0) throw new Error('docs/testing.md has no place for the table')
  writeFileSync(path, `${text.slice(0, before)}<!-- mutants -->\n${table}\n${text.slice(after)}`)
}

if (values.help) console.log(usage)
else await tryAll()

/**
 * The command `npm run mutants`: runs the suites against each mutant, and says which of them saw it and where. Fails when one goes unseen or no
 * longer fits the sources, or when a suite fails without any.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { commandLine } from '../support/command.mjs'
import { Ledger } from '../support/ledger.ts'
import { mutants, type Mutant } from './mutants.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))

const usage = `npm run mutants -- [NAMES]   run the suites against these mutants, or all, until one suite sees each
--all      run every suite against each, and not only until one sees it
--resume   leave out what has been seen with these sources already
--write    put the table into docs/testing.md`

const flag = { type: 'boolean', default: false } as const
const { values, positionals } = commandLine(usage, { all: flag, resume: flag, write: flag }, mutants.map(({ name }) => name))

/** What a suite says of a mutant, or of the sources as they are: where it saw something wrong, or undefined. */
interface Suite {
  readonly name: string
  /** What else it is made of than the sources. */
  readonly folders: readonly string[]
  readonly run: (mutant: Mutant | undefined) => Promise<string | undefined>
}

const source = ['--import', './test/ts.mjs', '--conditions=muxado-source']

const suites: readonly Suite[] = [
  {
    name: 'simulation',
    folders: ['test/simulation', 'test/support'],
    run: async (mutant) => {
      const { output, status } = await start(mutant, [...source, 'test/simulation/simulate.ts', '--count', '2000', '--workers', '1', '--bail'])
      return status === 0 ? undefined : /^(seed \d+): /m.exec(output)?.[1] ?? unclear(status, output)
    }
  },
  {
    name: 'exploration',
    folders: ['test/exploration', 'test/support'],
    run: async (mutant) => {
      const { output, status } = await start(mutant, [...source, '--max-semi-space-size=64', 'test/exploration/run.ts', '--quick', '--bail'])
      return status === 0 ? undefined : /^(.*, after \d+ steps): /m.exec(output)?.[1] ?? unclear(status, output)
    }
  },
  { name: 'random pairs', folders: ['test/support'], run: (mutant) => mocha(mutant, ['test/random-pairs.spec.ts']) },
  {
    name: 'unit tests',
    folders: ['packages/core/test', 'packages/session/test', 'test/support'],
    run: (mutant) => mocha(mutant, ['packages/core/test/**/*.spec.ts', 'packages/session/test/**/*.spec.ts'])
  }
]

async function mocha (mutant: Mutant | undefined, files: readonly string[]): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'muxado-mutant-'))
  const file = join(folder, 'report.json')
  try {
    const { status, output } = await start(mutant, ['node_modules/mocha/bin/mocha.js', '--bail', '--exit', '--reporter', 'json', '--reporter-option', `output=${file}`, ...files])
    if (status === 0) return undefined
    const [first] = failures(file)
    return first ? /seed \d+/.exec(first.err.message ?? '')?.[0] ?? first.fullTitle : unclear(status, output)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What mocha has written down; nothing when it was killed before. */
function failures (file: string): ReadonlyArray<{ fullTitle: string, err: { message?: string } }> {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { failures: Array<{ fullTitle: string, err: { message?: string } }> }).failures // its format
  } catch {
    return []
  }
}

/** A run that says nothing: it was killed for its length, or something is wrong with it that no mutant should be credited with. */
function unclear (status: number | null, output: string): string {
  if (status === null) return 'does not come to an end'
  throw new Error(`a suite broke:\n${output.trim().split('\n').slice(-20).join('\n')}`)
}

/** Run node with a mutant; what takes minutes will never end. */
async function start (mutant: Mutant | undefined, args: readonly string[]): Promise<{ status: number | null, output: string }> {
  const hook = pathToFileURL(join(top, 'test/mutants/hook.mjs')).href
  const child = spawn(process.execPath, args, {
    cwd: top,
    timeout: 150_000,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...mutant && { NODE_OPTIONS: `--import ${hook}`, MUXADO_MUTANT: JSON.stringify(mutant) }, MUXADO_SEED: '', MUXADO_LEDGER: 'off' }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const status = await new Promise<number | null>((resolve) => { child.on('close', resolve) })
  return { status, output }
}

/** What is known, by mutant and suite: where it was seen, null where it was not; and what stands for the sources, the suite and the mutant. */
type Known = Record<string, Record<string, { readonly where: string | null, readonly of: string }>>

const file = join(top, '.build/mutants.json')
const digests = new Map(suites.map(({ name, folders }) => [name, new Ledger('mutants', ['packages/core/src', 'packages/session/src', ...folders]).digest]))
const book = read()

function read (): Known {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Known // as `put` writes it
  } catch {
    return {}
  }
}

function stampOf (suite: string, mutant: Mutant | undefined): string {
  return createHash('sha256').update(digests.get(suite) ?? '').update(JSON.stringify(mutant ?? '')).digest('hex').slice(0, 12)
}

/** Where a suite has seen a mutant, null where it has not; undefined when that is not known of these sources. */
function find (suite: string, mutant: Mutant | undefined): string | null | undefined {
  const entry = book[mutant?.name ?? '']?.[suite]
  return entry?.of === stampOf(suite, mutant) ? entry.where : undefined
}

async function ask ({ name, run }: Suite, mutant: Mutant | undefined): Promise<string | null> {
  const before = values.resume ? find(name, mutant) : undefined
  if (before !== undefined) return before
  const where = await run(mutant) ?? null
  const entry = { where, of: stampOf(name, mutant) }
  book[mutant?.name ?? ''] = { ...book[mutant?.name ?? ''], [name]: entry }
  mkdirSync(join(top, '.build'), { recursive: true })
  writeFileSync(file, JSON.stringify(book))
  console.log(`${(mutant?.name ?? '(no mutant)').padEnd(22)} ${name.padEnd(13)} ${where ?? 'does not see it'}`)
  return where
}

async function tryAll (): Promise<void> {
  const wanted = mutants.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const unseen: string[] = []
  for (const mutant of wanted) {
    let seen = false
    for (const suite of suites) {
      if (seen && !values.all) break
      const wrong = await sound(suite)
      if (wrong !== null) throw new Error(`${suite.name} fails without any mutant: ${wrong}`)
      if (await ask(suite, mutant) !== null) seen = true
    }
    if (!seen) unseen.push(mutant.name)
  }
  console.log(`${wanted.length - unseen.length} of ${wanted.length} mutants were seen${unseen.length > 0 ? `; not ${unseen.join(', ')}` : ''}`)
  if (unseen.length > 0) process.exitCode = 1
  if (values.write) writeTable()
}

const asked = new Map<Suite, Promise<string | null>>()

/** What is wrong with a suite, asked once. */
async function sound (suite: Suite): Promise<string | null> {
  const asking = asked.get(suite) ?? ask(suite, undefined)
  asked.set(suite, asking)
  return await asking
}

function writeTable (): void {
  const cell = (suite: Suite, mutant: Mutant): string => {
    const where = find(suite.name, mutant)
    return where === undefined ? '' : where === null ? 'no' : where.replaceAll('|', '\\|')
  }
  const missing = mutants.filter((mutant) => suites.every(({ name }) => find(name, mutant) === undefined)).map(({ name }) => name)
  if (missing.length > 0) throw new Error(`nothing is known of ${missing.join(', ')}: run them first`)
  const rows = mutants.map((mutant) => `| ${mutant.name} | ${mutant.file} | ${mutant.title} | ${suites.map((suite) => cell(suite, mutant)).join(' | ')} |`)
  const table = [`| mutant | in | an end that | ${suites.map(({ name }) => name).join(' | ')} |`, `| --- | --- | --- |${' --- |'.repeat(suites.length)}`, ...rows].join('\n')
  const path = join(top, 'docs/testing.md')
  const text = readFileSync(path, 'utf8')
  const [before, after] = [text.indexOf('<!-- mutants -->'), text.indexOf('<!-- /mutants -->')]
  if (before < 0 || after < 0) throw new Error('docs/testing.md has no place for the table')
  writeFileSync(path, `${text.slice(0, before)}<!-- mutants -->\n${table}\n${text.slice(after)}`)
}

await tryAll()

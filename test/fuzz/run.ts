/**
 * The command `npm run fuzz`: lets Jazzer look for inputs that fail, replays one, or keeps what it has found in the corpus.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutants, type Mutant } from '../mutants/mutants.ts'
import { commandLine, numberOf, refuse } from '../support/command.mjs'
import { folderOf, inputsOf, keep, nameOf } from './corpus.ts'
import { here, missingJazzer } from './setup.mjs'
import { shrink, wrongWith } from './shrink.ts'
import type { Target } from './target.ts'
import { targets } from './targets.ts'
import { plain } from './targets/plain.ts'

const usage = `npm run fuzz -- [--target NAME] [--seconds 60] [--seed N]   look for inputs that fail, in all targets or some, for so long in each
npm run fuzz -- --replay FILE [--target NAME]              run one input and print what happens
npm run fuzz -- --keep [--target NAME]                     keep in the corpus what covers more of core than it did
npm run fuzz -- --check                                    whether a fault is found that only guidance finds
--mutant NAME: with this fault of test/mutants put into the sources

targets:
${targets.map(({ name, title }) => `  ${name.padEnd(12)}  ${title}`).join('\n')}`

const { values } = commandLine(usage, {
  target: { type: 'string', multiple: true },
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string' },
  replay: { type: 'string' },
  keep: { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  mutant: { type: 'string' }
})
numberOf('--seconds', values.seconds, { least: 1, most: 2 ** 31 - 1 })
if (values.seed !== undefined) numberOf('--seed', values.seed, { least: 1, most: 2 ** 31 - 1 })
for (const name of values.target ?? []) if (targets.every((target) => target.name !== name)) refuse(`there is no target ${name}`)
if (values.mutant !== undefined && mutants.every(({ name }) => name !== values.mutant)) refuse(`there is no mutant ${values.mutant}`)
if (values.replay !== undefined && !existsSync(values.replay)) refuse(`there is no file ${values.replay}`)

const top = fileURLToPath(new URL('../..', import.meta.url))
const output = join(top, '.build/fuzz')
const hooks = ['--import', join(here, 'hooks.mjs'), '--conditions=muxado-source', '--disable-warning=ExperimentalWarning']

if (values.replay !== undefined) await replay(values.replay)
else if (checkSetup()) await (values.check ? check() : each(values.keep ? keepBest : look))

async function each (work: (target: Target) => Promise<void>): Promise<void> {
  for (const target of chosen()) await work(target)
}

function checkSetup (): boolean {
  const why = missingJazzer()
  if (why === undefined) return true
  missing(`@jazzer.js/core: ${why}`)
  return false
}

function missing (what: string): void {
  console.log(`MISSING: ${what}`)
  if (process.env['CI'] !== undefined) process.exitCode = 1
}

function chosen (): readonly Target[] {
  const { target: names } = values
  if (names === undefined) return targets
  return targets.filter(({ name }) => names.includes(name))
}

/** Run one input, and print what happens. */
async function replay (file: string): Promise<void> {
  const name = values.target?.[0] ?? basename(dirname(file))
  const target = targets.find((one) => one.name === name)
  if (target === undefined) refuse(`say --target: '${name}', the folder of that file, is none`)
  const why = await target.start?.()
  if (why !== undefined) return missing(why)
  const wrong = await wrongWith(target, readFileSync(file), (line) => { console.log(line) })
  target.stop?.()
  console.log(wrong === undefined ? 'nothing is wrong' : `WRONG: ${wrong}`)
  if (wrong !== undefined) process.exitCode = 1
}

/** Folders of inputs: what runs have found, and what is kept; the first begins with the target's seeds. */
function folders (target: Target): [string, string] {
  const work = join(output, target.name)
  mkdirSync(work, { recursive: true })
  mkdirSync(folderOf(target.name), { recursive: true })
  if (inputsOf(target.name).length === 0) for (const [, input] of target.seeds()) writeFileSync(join(work, nameOf(input)), input)
  return [work, folderOf(target.name)]
}

interface Ran { readonly status: number | null, readonly text: string }

interface Run { readonly args: readonly string[], readonly log?: string, readonly mutant?: Mutant | undefined }

/** Run one of the programs of this room. */
async function start (target: Target, { args, log, mutant }: Run): Promise<Ran> {
  const broken = mutant === undefined ? {} : { NODE_OPTIONS: `--import ${new URL('../mutants/hook.mjs', import.meta.url).href}`, MUXADO_MUTANT: JSON.stringify(mutant) }
  const child = spawn(process.execPath, [...hooks, ...args], { cwd: top, env: { ...process.env, ...broken, MUXADO_FUZZ: target.name }, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (data: string) => {
      text += data
      if (log !== undefined) appendFileSync(log, data)
    })
  }
  const stop = (): void => { child.kill() }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const status = await new Promise<number | null>((resolve) => { child.on('close', resolve) })
  process.off('SIGINT', stop)
  process.off('SIGTERM', stop)
  return { status, text }
}

interface Search { readonly paths: readonly string[], readonly found: string, readonly seconds: string, readonly seed: string, readonly blind?: boolean }

/** What Jazzer is told: where its inputs are, what it may use, and what to do with what it finds. */
function jazzer (target: Target, { paths, found, seconds, seed, blind = false }: Search): string[] {
  return [
    join(here, 'node_modules/@jazzer.js/core/dist/cli.js'), join(here, 'guided.mjs'), '-i', 'packages/core/src/', '--disable_bug_detectors', '.*', '--timeout', '5000',
    ...(target.start === undefined ? ['--sync'] : []), ...(blind ? ['--dry_run'] : []), ...paths,
    '--', `-max_total_time=${seconds}`, `-max_len=${target.longest}`, `-seed=${seed}`, '-rss_limit_mb=1024', '-print_final_stats=1', `-artifact_prefix=${found}/`
  ]
}

/** Let Jazzer look for `--seconds`. */
async function look (target: Target): Promise<void> {
  const why = await target.start?.()
  target.stop?.()
  if (why !== undefined) return missing(`${target.name}: ${why}`)
  const seed = values.seed ?? String(1 + Math.floor(Math.random() * 0x7ffffffe))
  const log = join(output, `${target.name}.log`)
  const mutant = mutants.find(({ name }) => name === values.mutant)
  const found = join(output, mutant === undefined ? 'found' : 'mutants')
  mkdirSync(found, { recursive: true })
  const paths = folders(target)
  writeFileSync(log, '')
  const before = new Set(readdirSync(found))
  const { status, text } = await start(target, { args: jazzer(target, { paths, found, seconds: values.seconds, seed }), log, mutant })
  console.log(`${target.name.padEnd(12)} ${figures(text)}, seed ${seed}`)
  const made = readdirSync(found).filter((name) => !before.has(name))
  if (status === 0 && made.length === 0) return
  process.exitCode = 1
  // What fails with a mutant does not fail here
  if (mutant !== undefined) return console.log(`FAIL ${target.name}, mutant ${mutant.name}, input ${inputsIn(text)}: ${/Uncaught Exception: (.*)/.exec(text)?.[1] ?? text.trim().split('\n').at(-1)}`)
  if (made.length === 0) console.log(text.split('\n').slice(-15).join('\n'))
  for (const name of made) await report(target, join(found, name))
}

/** Put a fault into core that hides behind fourteen conditions, and let Jazzer look for it, with its counters and without, from the same seeds. */
async function check (): Promise<void> {
  const target = plain
  const planted: Mutant = {
    name: 'planted',
    title: 'fails at one increment of 268 million, of which it looks at two bits at a time',
    file: 'core/src/inbound.ts',
    search: 'const paid = increment > 0',
    replace: `${Array.from('12031302123021', (bits, at) => `if ((increment >>> ${2 * at} & 3) === ${bits}) {`).join(' ')} throw new Error('planted') ${'}'.repeat(14)}\n  const paid = increment > 0`
  }
  const found = join(output, 'check')
  for (const blind of [false, true]) {
    const work = join(found, blind ? 'blind' : 'guided')
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work, { recursive: true })
    for (const [, input] of target.seeds()) writeFileSync(join(work, nameOf(input)), input)
    const { text } = await start(target, { args: jazzer(target, { paths: [work], found, seconds: values.seconds, seed: values.seed ?? '1', blind }), mutant: planted })
    const seen = text.includes('planted')
    console.log(`check        ${seen ? 'found' : 'not found'} ${blind ? 'without' : 'with'} guidance, ${inputsIn(text)} inputs`)
    if (seen === blind) process.exitCode = 1
  }
}

/** How many inputs Jazzer has run. */
function inputsIn (text: string): string {
  return /^stat::number_of_executed_units: (\d+)$/m.exec(text)?.[1] ?? '?'
}

/** How many inputs, and what they covered at first and at last. */
function figures (text: string): string {
  const states = [...text.matchAll(/^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/gm)]
  const [first, last] = [states[0], states.at(-1)]
  if (first === undefined || last === undefined) return 'did not begin'
  return `${inputsIn(text)} inputs; edges of core ${first[2]} at first, ${last[2]} at last; features ${first[3]} and ${last[3]}`
}

/** Say what was found, made as small as it gets. */
async function report (target: Target, file: string): Promise<void> {
  const input = readFileSync(file)
  // An input that runs for ever cannot be run here to see why
  if (/^(?:timeout|oom)-/.test(basename(file))) return console.log(`FAIL ${target.name}: ${basename(file).split('-')[0]}: ${relative(top, file)}`)
  await target.start?.()
  const least = await shrink(target, input, 10_000)
  const lines: string[] = []
  const wrong = await wrongWith(target, least, (line) => { lines.push(line) })
  target.stop?.()
  const smaller = join(dirname(file), `${target.name}-${nameOf(least)}`)
  renameSync(file, smaller)
  writeFileSync(smaller, least)
  console.log(`FAIL ${target.name}: ${wrong ?? 'not again'}\n${lines.slice(-20).join('\n')}\nreplay: npm run fuzz -- --target ${target.name} --replay ${relative(top, smaller)}`)
}

/** Put into the corpus what covers more of core than all that is smaller. */
async function keepBest (target: Target): Promise<void> {
  const { text } = await start(target, { args: [join(here, 'select.mjs'), ...folders(target)] })
  const line = text.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(text)
  const { kept, tried, edges, of } = JSON.parse(line) as { kept: string[], tried: number, edges: number, of: number } // as select.mjs prints it
  keep(target.name, kept)
  await target.kept?.(inputsOf(target.name))
  const bytes = inputsOf(target.name).reduce((sum, [, input]) => sum + input.length, 0)
  console.log(`${target.name.padEnd(12)} ${inputsOf(target.name).length} of ${tried} inputs kept, ${bytes} bytes; they run ${edges} of the ${of} edges of core`)
}

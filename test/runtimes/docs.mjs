// The pages of docs/ for one runtime each: their blocks that have a file's name are written down, and their shell blocks are run as they stand. A
// program that listens is told port 0, and one that dials where the others listen.
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leader, signalGroup } from '../gate/group.mjs'
import { blocks } from '../gate/markdown.mjs'
import { promised } from '../gate/run-file.mjs'
import { find } from './lib/find.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Page, and what it needs beside the Node that runs this. */
const pages = { node: undefined, deno: 'deno', bun: 'bun', workers: 'workerd' }

/** How long a program may take to listen, or to end. */
const TIMEOUT_MS = 30_000

/** Programs of these names run the sources of this tree, and listen at a port that is free. */
function onPath (programs) {
  const bin = join(root, '.build/docs/bin')
  mkdirSync(bin, { recursive: true })
  for (const [name, line] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${line}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return bin + delimiter + process.env.PATH
}

class Program {
  output = ''
  errors = ''
  #heard = () => {}

  constructor (command, options) {
    this.child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'], ...options, ...leader })
    process.on('exit', this.close)
    this.ended = new Promise(resolve => { this.child.on('close', resolve) }).finally(() => { process.off('exit', this.close) })
    this.child.stdout.setEncoding('utf8').on('data', data => { this.output += data; this.#heard() })
    this.child.stderr.setEncoding('utf8').on('data', data => { this.errors += data })
  }

  close = () => { signalGroup(this.child, 'SIGKILL') }

  /** What `pattern` finds in the output, once it is there. */
  async says (pattern) {
    const late = AbortSignal.timeout(TIMEOUT_MS)
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match
      if (late.aborted || this.child.exitCode !== null) throw new Error(`does not say ${pattern}, but: ${(this.output + this.errors).trim()}`)
      await Promise.race([new Promise(resolve => { this.#heard = resolve }), this.ended, new Promise(resolve => { late.addEventListener('abort', resolve) })])
    }
  }

  /** Its exit code; -1 when it takes too long. */
  async end () {
    const timer = setTimeout(this.close, TIMEOUT_MS)
    const code = await this.ended
    clearTimeout(timer)
    return code ?? -1
  }
}

/** Run one shell block; throws what is wrong. Returns how many programs ran to their end. */
async function runBlock (text, files, options) {
  const urls = []
  const running = []
  const start = (command, more = options) => {
    const program = new Program(command, more)
    running.push(program)
    return program
  }
  let proved = 0
  try {
    for (const line of text.trim().split('\n')) {
      const command = line.replace(/\s+#[^'"]*$/, '')
      const file = [...files.keys()].find(name => command.split(' ').includes(name))
      const says = file === undefined ? undefined : promised(files.get(file))
      const fails = why => new Error(`${command.slice(0, 60)}: ${why}`)
      if (command.includes('"$PAGE"')) {
        const gateway = start('npm start --silent -- --port 0', { ...options, cwd: root })
        const [page] = await gateway.says(/http:\/\/127\.0\.0\.1:\d+\/#\S+/)
        const [, url] = await start(command, { ...options, env: { ...options.env, PAGE: page } }).says(/^curl (http:\S+)$/m)
        const answer = await (await fetch(url)).text()
        if (answer !== 'Deno says hello') throw fails(`${url} answers ${answer}`)
        proved++
      } else if (says !== undefined) {
        const program = start([command, ...urls].join(' '))
        const code = await program.end()
        const last = program.output.trimEnd().split('\n').at(-1)
        if (code !== 0 || last !== says || program.errors !== '') throw fails(`exits with ${code}, says ${last}, not ${says} ${program.errors.trim()}`)
        proved++
      } else if (command.startsWith('esbuild ')) {
        const program = start(command)
        if (await program.end() !== 0) throw fails(program.errors.trim())
      } else {
        const program = start(command.startsWith('workerd ') ? command : `${command} 0`)
        const [, url, port] = await program.says(/listening at (\S+)|"port":(\d+)/)
        urls.push(url ?? `http://127.0.0.1:${port}`)
      }
    }
  } finally {
    for (const program of running.reverse()) {
      program.close()
      await program.ended
    }
  }
  return proved
}

/** Run the pages of the runtimes among `names`, print a line for each, return the counts. */
export async function docs (names) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const [page, needs] of Object.entries(pages)) {
    if (!(needs === undefined ? names.some(name => name.startsWith('node')) : names.includes(needs))) continue
    const runtime = needs === undefined ? { name: 'node', program: process.execPath } : find(needs)
    const label = `docs/${page}.md`.padEnd(16)
    if (runtime.why !== undefined) {
      console.log(`${label} MISSING: ${needs}: ${runtime.why}`)
      total[process.env.CI ? 'failed' : 'skipped']++
      continue
    }
    const PATH = onPath({
      node: `"${process.execPath}" --import "${join(root, 'test/ts.mjs')}" --conditions=muxado-source --disable-warning=ExperimentalWarning "$@"`,
      esbuild: `"${join(root, 'node_modules/.bin/esbuild')}" "$@" --conditions=muxado-source --log-level=warning`,
      deno: `"${runtime.program}" "$@"`,
      bun: `"${runtime.program}" --conditions=muxado-source "$@"`,
      workerd: `"${runtime.program}" "$@" --socket-addr=http=127.0.0.1:0 --control-fd=1`
    })
    const dir = join(root, '.build/docs', page)
    rmSync(dir, { recursive: true, force: true })
    mkdirSync(dir, { recursive: true })
    const found = blocks(readFileSync(join(root, `docs/${page}.md`), 'utf8'))
    const files = new Map(found.map(({ language, text }) => [language.split(' ')[1], text]).filter(([name]) => name !== undefined))
    for (const [name, text] of files) writeFileSync(join(dir, name), text)
    let proved = 0
    const problems = []
    // Types, too, where the runtime brings its own
    if (page === 'deno') {
      const check = new Program(`deno check ${[...files.keys()].join(' ')}`, { cwd: dir, env: { ...process.env, PATH, NO_COLOR: '1' } })
      if (await check.end() !== 0) problems.push(`docs/deno.md: does not type-check:\n${check.errors}`)
    }
    for (const { language, text, line } of found) {
      if (language !== 'sh') continue
      try {
        proved += await runBlock(text, files, { cwd: dir, env: { ...process.env, PATH, NO_COLOR: '1' } })
      } catch (error) {
        problems.push(`docs/${page}.md:${line}: ${error.message}`)
      }
    }
    const unused = [...files.keys()].filter(name => !found.some(({ language, text }) => language === 'sh' && text.includes(name)) && !name.endsWith('.capnp'))
    problems.push(...unused.map(name => `docs/${page}.md: ${name} is run by no shell block`))
    if (proved === 0) problems.push(`docs/${page}.md: proves nothing`)
    console.log(`${label} ${problems.length === 0 ? 'ok  ' : 'FAIL'} ${proved} programs of ${files.size} files did what they promise`)
    for (const problem of problems) console.log(problem.split('\n').slice(0, 12).map(line => `    ${line}`).join('\n'))
    total.passed += proved
    total.failed += problems.length
  }
  return total
}

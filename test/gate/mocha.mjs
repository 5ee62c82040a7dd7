// Runs mocha on the spec files and reads its summary. Knows nothing of what the specs test.
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { leader, signalGroup } from './group.mjs'
import { finish, root } from './report.mjs'
import { project } from './run-file.mjs'

/** The unit tests. The gate's own are a step of the gate: they start a process each. */
export const specs = ['packages/*/test/**/*.spec.ts', 'test/**/*.spec.ts', '--ignore', 'test/gate/**']
export const mochaBin = join(project, 'node_modules/mocha/bin/mocha.js')

const summary = /^\s+\d+ passing \(/m

/** Counts from mocha's own summary; zeros when it never came to one. */
export function counts (output) {
  const of = word => Number(new RegExp(`^\\s+(\\d+) ${word}\\b`, 'm').exec(output)?.[1] ?? 0)
  return { passed: of('passing'), failed: of('failing'), skipped: of('pending') }
}

/** What mocha says about failures, without the titles that passed. */
export function failures (output) {
  const at = output.search(summary)
  return (at < 0 ? output : output.slice(at)).trim().split('\n')
}

/** Where the output of the last run stands while it runs: what a run that hangs was about. */
export const log = '.build/tests.log'

/**
 * Run `args` with `node`, resolve with exit code and output. Tests that are done and do not end, because something of theirs is still open, are
 * ended after `lingerMs` and count as failed.
 */
export async function run (node, args, { cwd = process.cwd(), env = process.env, lingerMs = 60_000 } = {}) {
  // a group of its own: what tests have started, and c8 has around mocha, ends with it
  const child = spawn(node, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], ...leader })
  const end = () => signalGroup(child, 'SIGKILL')
  const stop = () => { end(); process.exit(130) }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
  const file = join(cwd, log)
  mkdirSync(join(cwd, '.build'), { recursive: true })
  writeFileSync(file, '')
  let output = ''
  let timer
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', data => {
      output += data
      appendFileSync(file, data)
      if (timer === undefined && summary.test(output)) {
        timer = setTimeout(() => {
          output += `\nthe tests were done, and ${lingerMs / 1000} s later something still kept them alive: a socket, a server, a timer, a child\n`
          end()
        }, lingerMs)
      }
    })
  }
  const status = await new Promise(resolve => { child.on('close', resolve) })
  clearTimeout(timer)
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop)
  return { status, output }
}

/** A step that is a run of mocha. */
export async function testStep (files, remedy) {
  const { status, output } = await run(process.execPath, [mochaBin, '--reporter', 'spec', '--no-color', '--forbid-only', ...files], { cwd: root })
  const { passed, failed, skipped } = counts(output)
  const line = `${passed} passed, ${failed} failed, ${skipped} skipped`
  finish({ checked: passed + failed, what: `tests: ${line}`, problems: status === 0 ? [] : [line, ...failures(output)], remedy })
}

// Runs mocha on the spec files and reads its summary. Knows nothing of what the specs test.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { finish, root } from './report.mjs'
import { project } from './run-file.mjs'

/** The unit tests. The gate's own are a step of the gate: they start a process each. */
export const specs = ['packages/*/test/**/*.spec.ts', 'test/**/*.spec.ts', '--ignore', 'test/gate/**']
export const mochaBin = join(project, 'node_modules/mocha/bin/mocha.js')

/** Counts from mocha's own summary; zeros when it never came to one. */
export function counts (output) {
  const of = word => Number(new RegExp(`^\\s+(\\d+) ${word}\\b`, 'm').exec(output)?.[1] ?? 0)
  return { passed: of('passing'), failed: of('failing'), skipped: of('pending') }
}

/** What mocha says about failures, without its dots. */
export function failures (output) {
  const at = output.search(/^\s+\d+ passing/m)
  return (at < 0 ? output : output.slice(at)).trim().split('\n')
}

/** Run `args` with `node`, resolve with exit code and output. */
export async function run (node, args, { cwd, env = process.env } = {}) {
  const child = spawn(node, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', data => { output += data })
  const status = await new Promise(resolve => { child.on('close', resolve) })
  return { status, output }
}

/** A step that is a run of mocha. */
export async function testStep (files, remedy) {
  const { status, output } = await run(process.execPath, [mochaBin, '--reporter', 'dot', '--no-color', '--forbid-only', ...files], { cwd: root })
  const { passed, failed, skipped } = counts(output)
  const line = `${passed} passed, ${failed} failed, ${skipped} skipped`
  finish({ checked: passed + failed, what: `tests: ${line}`, problems: status === 0 ? [] : [line, ...failures(output)], remedy })
}

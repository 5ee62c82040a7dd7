// Runs the steps of the gate one after the other and prints a line for each. Knows nothing of what they check.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { leader, signalGroup } from './group.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Run test/gate/<name>.mjs; on its failure, or after `minutes`, the outcome holds all it said. */
async function runStep (name, root, minutes) {
  const start = performance.now()
  // a group of its own, so that what a hanging step has started ends with it
  const child = spawn(process.execPath, [join(here, `${name}.mjs`), root], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...leader })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', data => { output += data })
  let late = false
  const send = signal => signalGroup(child, signal)
  const timer = setTimeout(() => {
    late = true
    send('SIGTERM') // lets a step end what it has started in groups of their own
    setTimeout(send, 2000, 'SIGKILL').unref()
  }, minutes * 60_000)
  const stop = () => { send('SIGTERM'); process.exit(130) }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
  const code = await new Promise(resolve => { child.on('close', resolve) })
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop)
  clearTimeout(timer)
  if (late) output += `\nstill running after ${minutes} minutes: something keeps it alive (an open socket, a timer, a promise nobody settles).\nIf it ran tests, .build/tests.log shows how far it came.\n`
  const ok = code === 0 && !late && output.trim() !== ''
  return { ok, output: output.trim() || `exit ${code}, and not a word`, seconds: (performance.now() - start) / 1000 }
}

/**
 * Run `names` in turn, all of them whatever fails, and print `N passed, N failed, N skipped` last: of the tests, and of the other
 * steps those that failed.
 */
export async function runSteps (names, { root = process.cwd(), minutes = 8 } = {}) {
  const start = performance.now()
  const total = { passed: 0, failed: 0, skipped: 0 }
  const broken = []
  const width = Math.max(...names.map(name => name.length))
  for (const name of names) {
    const { ok, output, seconds } = await runStep(name, root, minutes)
    const tests = /(\d+) passed, (\d+) failed, (\d+) skipped/.exec(output)
    if (tests !== null) for (const [i, kind] of ['passed', 'failed', 'skipped'].entries()) total[kind] += Number(tests[i + 1])
    if (!ok) {
      broken.push(name)
      if (tests === null || Number(tests[2]) === 0) total.failed++
    }
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(width)} ${seconds.toFixed(1).padStart(6)} s  ${ok ? output.split('\n').at(-1) : ''}`)
    if (!ok) console.log(output.split('\n').map(line => `      ${line}`).join('\n'))
  }
  const took = ((performance.now() - start) / 1000).toFixed(0)
  console.log(broken.length === 0 ? `\nall ${names.length} steps in ${took} s` : `\n${broken.length} of ${names.length} steps failed in ${took} s: ${broken.join(', ')}`)
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return broken.length === 0
}

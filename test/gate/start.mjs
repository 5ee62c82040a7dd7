// `npm start -- --port 0` comes up, serves a page through the tunnel, and ends with 0 on Ctrl-C.
import { spawn } from 'node:child_process'
import { finish, root } from './report.mjs'

const problems = []
let served = 0
const npm = spawn('npm', ['start', '--silent', '--', '--port', '0'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32', shell: process.platform === 'win32' })
let output = ''
for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', data => { output += data })
const ended = new Promise(resolve => { npm.on('close', (code, signal) => resolve(code ?? signal)) })
const signal = name => {
  try { process.kill(process.platform === 'win32' ? npm.pid : -npm.pid, name) } catch { /* it has ended already */ }
}

/** Resolves with what `find` finds in the output, or undefined when the program ended or `ms` have passed. */
async function seen (find, ms) {
  const until = performance.now() + ms
  for (;;) {
    const found = find()
    if (found) return found
    if (performance.now() > until || npm.exitCode !== null) return undefined
    await Promise.race([ended, new Promise(resolve => { setTimeout(resolve, 50) })])
  }
}

const url = await seen(() => /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(output)?.[0], 60_000)
if (url === undefined) {
  problems.push('npm start printed no http://127.0.0.1:PORT within a minute:', ...output.trim().split('\n').slice(-12))
} else {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    const body = await response.text()
    if (response.status !== 200 || body.length === 0) problems.push(`${url} answered ${response.status} with ${body.length} characters`)
    else served++
  } catch (error) {
    problems.push(`${url} did not answer: ${error.cause?.message ?? error.message}`)
  }
}
signal('SIGINT')
const code = await Promise.race([ended, new Promise(resolve => { setTimeout(resolve, 10_000, 'still running') })])
if (code === 'still running') signal('SIGKILL')
if (code !== 0) problems.push(`after Ctrl-C npm start ended with: ${code}`, ...output.trim().split('\n').slice(-8))

finish({
  checked: served,
  what: 'page served by `npm start`, which ended cleanly on Ctrl-C',
  problems,
  remedy: 'run `npm start` and look; packages/tunnel is where it lives.'
})

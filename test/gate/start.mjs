// `npm start -- --port 0` comes up, serves a page through the tunnel, and leaves nothing behind on Ctrl-C.
import { spawn } from 'node:child_process'
import { leader, signalGroup } from './group.mjs'
import { finish, root } from './report.mjs'

const problems = []
let served = 0
const npm = spawn('npm', ['start', '--silent', '--', '--port', '0'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...leader, shell: process.platform === 'win32' })
let output = ''
for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', data => { output += data })
const ended = new Promise(resolve => { npm.on('close', (code, signal) => resolve(code ?? signal)) })
const signal = name => signalGroup(npm, name)

for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => { signal('SIGKILL'); process.exit(130) })

/** Ask again and again until `ask` is done, or `ms` have passed. */
async function until (ask, ms) {
  const end = performance.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer.done || performance.now() > end) return answer
    await new Promise(resolve => { setTimeout(resolve, 50) })
  }
}

const { url } = await until(async () => {
  const url = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(output)?.[0]
  return { url, done: url !== undefined || npm.exitCode !== null }
}, 60_000)
if (url === undefined) {
  problems.push('npm start printed no http://127.0.0.1:PORT within a minute:', ...output.trim().split('\n').slice(-12))
} else {
  // the agent is a process of its own and joins when it is up: until then the entrance says so with 503
  const answer = await until(async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(error => ({ status: String(error.cause?.message ?? error.message), text: () => '' }))
    const body = await response.text()
    return { done: response.status === 200 && body.length > 0, said: `${response.status} with ${body.length} characters` }
  }, 30_000)
  if (answer.done) served++
  else problems.push(`${url} answered ${answer.said}`, ...output.trim().split('\n').slice(-12))
}

// Ctrl-C in a terminal reaches every process at once. npm and its shell die of it; what matters is that nothing stays and nothing complains.
const before = output.length
signal('SIGINT')
const gone = await until(async () => ({ done: !signal(0) }), 10_000)
if (!gone.done) {
  signal('SIGKILL')
  problems.push('10 s after Ctrl-C something of npm start still runs')
}
await ended
const complaint = output.slice(before).split('\n').filter(line => /\berror\b|^\s+at /i.test(line))
if (complaint.length > 0) problems.push('after Ctrl-C npm start complains:', ...complaint.slice(0, 8))

finish({
  checked: served,
  what: 'page served by `npm start`, which ended cleanly on Ctrl-C',
  problems,
  remedy: 'run `npm start` and look; packages/tunnel is where it lives.'
})

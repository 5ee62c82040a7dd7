// Each of node, deno and bun as server against each as client, over TCP and over WebSockets: a hundred streams of mixed sizes in either dialect,
// each half-closed and compared to the byte, resets by either end, and draining.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { leader, signalGroup } from '../gate/group.mjs'
import { find } from './lib/find.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const kinds = { tcp: 'TCP', ws: 'WebSocket' }

/** How long one pair may take. */
const TIMEOUT_MS = 60_000

/** The command line that runs `file` in `runtime`. */
export function command ({ name, program }, file, ...args) {
  if (name === 'deno') return [program, ['run', '-A', file, ...args]]
  if (name === 'bun') return [program, ['--conditions=muxado-source', file, ...args]]
  return [program, ['--import', './test/ts.mjs', '--conditions=muxado-source', '--disable-warning=ExperimentalWarning', file, ...args]]
}

function start (runtime, ...args) {
  const child = spawn(...command(runtime, 'test/runtimes/peer.ts', ...args), { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...leader })
  const peer = { child, output: '', close: () => signalGroup(child, 'SIGKILL') }
  process.on('exit', peer.close)
  peer.ended = new Promise(resolve => { child.on('close', resolve) }).finally(() => { process.off('exit', peer.close) })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', data => {
      peer.output += data
      peer.heard?.()
    })
  }
  return peer
}

/** Wait until `pattern` was printed; undefined when it ends or takes too long before. */
async function said (peer, pattern) {
  const late = AbortSignal.timeout(TIMEOUT_MS)
  for (;;) {
    const match = pattern.exec(peer.output)
    if (match !== null || late.aborted || peer.child.exitCode !== null) return match ?? undefined
    await Promise.race([new Promise(resolve => { peer.heard = resolve }), peer.ended, new Promise(resolve => { late.addEventListener('abort', resolve) })])
  }
}

async function meet (server, client, kind, urls) {
  const before = server.output.length
  const peer = start(client, 'dial', kind, ...urls)
  const timer = setTimeout(() => { peer.close() }, TIMEOUT_MS)
  const code = await peer.ended
  clearTimeout(timer)
  const result = /^\{.*\}$/m.exec(peer.output)?.[0]
  if (code !== 0 || result === undefined) return { why: `the client exits with ${code}: ${peer.output.trim()}\nthe server: ${server.output.slice(before).trim()}` }
  // Both of its sessions have ended, and well
  await said({ ...server, get output () { return server.output.slice(before) }, set heard (heard) { server.heard = heard } }, /(?:^ended .*\n[^]*){2}/m)
  const ends = server.output.slice(before).trim().split('\n')
  return ends.length === 2 && ends.every(line => line === 'ended well') ? JSON.parse(result) : { why: `the server says ${ends.join(', ')}` }
}

/** Run all pairs of those among `names` that there are, print a matrix for each way to travel, return the counts. */
export async function pairs (names) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  // Of several Nodes, the one that runs this
  const node = names.includes(`node${process.versions.node.split('.')[0]}`) ? `node${process.versions.node.split('.')[0]}` : names.find(name => name.startsWith('node'))
  const all = [...(node === undefined ? [] : [node]), ...['deno', 'bun'].filter(name => names.includes(name))].map(find)
  for (const { name, why } of all.filter(({ why }) => why !== undefined)) {
    console.log(`MISSING: ${name}: ${why}`)
    total[process.env.CI ? 'failed' : 'skipped']++
  }
  const there = all.filter(({ why }) => why === undefined)
  const problems = []
  for (const [kind, title] of Object.entries(kinds)) {
    console.log([`${title}, from the server`.padEnd(28), ...there.map(({ name, version }) => `to ${name} ${version}`.padEnd(36))].join(' ').trimEnd())
    for (const runtime of there) {
      const server = start(runtime, 'serve', kind)
      const urls = (await said(server, /^listening (.*)$/m))?.[1].split(' ')
      const cells = []
      for (const client of there) {
        const start = performance.now()
        const result = urls === undefined ? { why: `the server does not listen: ${server.output}` } : await meet(server, client, kind, urls)
        if (result.why === undefined) {
          total.passed++
          cells.push(`ok ${result.streams} streams, ${result.resets} resets, ${((performance.now() - start) / 1000).toFixed(1)} s`)
        } else {
          total.failed++
          cells.push('FAIL')
          problems.push(`${title}, ${runtime.name} to ${client.name}: ${result.why}`)
        }
      }
      server.close()
      await server.ended
      console.log([`${runtime.name} ${runtime.version}`.padEnd(28), ...cells.map(cell => cell.padEnd(36))].join(' ').trimEnd())
    }
  }
  for (const problem of problems) console.log(problem.split('\n').slice(0, 10).map(line => `    ${line}`).join('\n'))
  return total
}

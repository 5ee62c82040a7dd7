// How much each runtime's adapter takes while the peer does not read: what the system's buffers hold, and little more.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { find } from './lib/find.mjs'
import { command } from './pairs.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** More than any system's buffers of one connection on loopback hold by default, in bytes. */
const LIMIT = 16 * 1_048_576

const mib = bytes => `${(bytes / 1_048_576).toFixed(1)} MiB`

/** Measure node, deno and bun of those among `names`, print a line for each, return the counts. */
export async function backpressure (names) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const name of names.filter(name => /^(node|deno|bun)/.test(name))) {
    const runtime = find(name)
    if (runtime.why !== undefined) {
      console.log(`${name.padEnd(10)} MISSING: ${runtime.why}`)
      total[process.env.CI ? 'failed' : 'skipped']++
      continue
    }
    const { stdout, stderr } = spawnSync(...command(runtime, 'test/runtimes/stall.ts'), { cwd: root, encoding: 'utf8', timeout: 30_000 })
    const line = /^\{.*\}$/m.exec(stdout)?.[0]
    const { pulled, resident, own } = line === undefined ? { pulled: Infinity } : JSON.parse(line)
    const isGood = pulled < LIMIT
    total[isGood ? 'passed' : 'failed']++
    const also = own === undefined ? '' : `; Bun.connect took ${mib(own)}`
    console.log(`${name.padEnd(10)} ${isGood ? 'ok  ' : 'FAIL'} ${line === undefined ? stderr.trim() : `took ${mib(pulled)} while nobody read, holds ${mib(resident)} in all${also}`}`)
  }
  return total
}

/**
 * System calls of the timed part, counted by strace where there is one. It slows what it watches: only the counts of such a run are used.
 */
import { execFileSync, spawn } from 'node:child_process'

/** Why system calls cannot be counted here; undefined when they can. */
export function cannotTrace () {
  try {
    execFileSync('strace', ['-c', '-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' })
    return undefined
  } catch (error) {
    return error.code === 'ENOENT' ? 'there is no strace' : 'strace may not trace here'
  }
}

/**
 * Watch a process and all its threads.
 * @returns {Promise<() => Promise<Record<string, number>>>} when it watches; the function ends that and says how many calls there were, by name
 */
export async function trace (pid) {
  const strace = spawn('strace', ['-c', '-f', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  const ended = new Promise((resolve) => { strace.on('close', resolve) })
  await new Promise((resolve, reject) => {
    strace.on('error', reject)
    strace.on('close', () => reject(new Error(`strace ended: ${said.trim().split('\n')[0]}`)))
    strace.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
      if (said.includes('attached')) resolve()
    })
  })
  return async () => {
    strace.kill('SIGINT')
    await ended
    return callsIn(said)
  }
}

/** The rows of strace's table: share, seconds, microseconds a call, calls, errors if any, name. */
function callsIn (table) {
  const rows = [...table.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+)(?: +\d+)? +([a-z]\w*)$/gm)].filter(([, , name]) => name !== 'total')
  return Object.fromEntries(rows.map(([, calls, name]) => [name, Number(calls)]))
}

/** Both ends together. */
export function sumCalls (tables) {
  const sum = {}
  for (const table of tables) for (const [name, calls] of Object.entries(table)) sum[name] = (sum[name] ?? 0) + calls
  return sum
}

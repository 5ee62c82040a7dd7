/**
 * One run: a fresh server process and a fresh client process, bounded in time, gone afterwards.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { sumCalls, trace } from './trace.mjs'
import { WORKLOADS } from './workloads.mjs'

const proc = fileURLToPath(new URL('proc.mjs', import.meta.url))
const flags = ['--no-warnings', '--expose-gc']
const live = new Set()

const killAll = () => { for (const child of live) child.kill('SIGKILL') }
process.on('exit', killAll)

/** Ask for the run at hand to be given up; `interrupted.by` says so. */
export const interrupted = { by: undefined }
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (interrupted.by !== undefined) process.exit(1)
    interrupted.by = signal
    killAll()
  })
}

/** @param {string[] | undefined} cores one for the client, one for the server */
function start (job, node, cores) {
  const core = cores?.[job.role === 'server' ? 1 : 0]
  const child = fork(proc, [JSON.stringify(job)], {
    execPath: core === undefined ? node : 'taskset',
    execArgv: core === undefined ? flags : ['-c', core, node, ...flags],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  live.add(child)
  child.tail = ''
  for (const out of [child.stdout, child.stderr]) out.on('data', (text) => { child.tail = (child.tail + text).slice(-2000) })
  child.on('exit', () => live.delete(child))
  return child
}

function stop (child) {
  if (child === undefined || !live.has(child)) return undefined
  return new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGKILL')
  })
}

/**
 * @param {string} name of the workload
 * @param {import('./peers.mjs').Peer} peer
 * @param {{ node: string, cores?: string[], override: Record<string, number>, cold: boolean, profileTo?: string, traced?: boolean }} options
 * @returns {Promise<{ ok: true } & Record<string, unknown> | { ok: false, error: string }>}
 */
export async function runOnce (name, peer, { node, cores, override, cold, profileTo, traced = false }) {
  const { kind, p, hardMs = (override.capMs ?? p.capMs) * 2 + 6000 } = WORKLOADS[name]
  const children = {}
  let traces = []
  let timer
  /** A question of the client's; the timed part lies between `start` and `report`. */
  const passOn = async (message) => {
    if (traced && message.question === 'start') traces = await Promise.all([children.client, children.server].map(({ pid }) => trace(pid)))
    if (traced && message.question === 'report') traces = await Promise.all(traces.map((stopTracing) => stopTracing()))
    children.server.send(message)
  }
  const outcome = await new Promise((resolve) => {
    const fail = (error) => resolve({ ok: false, error })
    timer = setTimeout(() => fail(`hung: no result within ${hardMs} ms`), hardMs)
    const launch = (role) => {
      const child = children[role] = start({ role, workload: name, peer, override, cold, profileTo }, node, cores)
      child.on('error', (error) => fail(`${role}: ${error.message}`))
      child.on('exit', (code, signal) => {
        const said = child.tail.trim().split('\n').slice(-3).join(' | ')
        setTimeout(() => fail(`${role} exited (${code ?? signal}) ${said}`), 50) // its last message may still be on the way
      })
      child.on('message', (message) => {
        switch (message.type) {
          case 'listening': return children.client.send(message)
          case 'ask': return passOn(message).catch((error) => fail(error.message))
          case 'answer': return children.client.send(message)
          case 'fail': return fail(`${role}: ${message.error}`)
          case 'result': return resolve({ ok: true, ...message.result, ...(traced ? { calls: sumCalls(traces) } : {}) })
        }
      })
    }
    const roles = { mem: ['both'], solo: ['solo'] }
    for (const role of roles[kind] ?? ['server', 'client']) launch(role)
  })
  clearTimeout(timer)
  await Promise.all([stop(children.client), stop(children.server), stop(children.both), stop(children.solo)])
  return outcome
}

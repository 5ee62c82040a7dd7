/**
 * The rounds of one workload: every peer once a round, each round starting with another, so that what the machine does meanwhile meets all alike.
 */
import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { calm } from './measure.mjs'
import { skipped } from './peers.mjs'
import { interrupted, runOnce } from './runner.mjs'
import { number } from './table.mjs'
import { WORKLOADS } from './workloads.mjs'

/** A run that others disturbed more than this is tried again. */
const DISTURBED = 0.1

/** Two cores if the workload wants them, or whatever `pin` says. */
function coresFor (workload, pin) {
  if (pin === 'none') return undefined
  if (pin !== 'auto') return pin.split(',')
  const can = os.cpus().length > 1 && (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, 'taskset')))
  return workload.pinned && can ? ['0', '1'] : undefined
}

/** A hundredth of what there is to do: enough to see whether it runs. */
function tiny (p) {
  const small = { capMs: p.capMs > 10_000 ? p.capMs : 60, total: 200, bytes: 2 ** 20, to: 100, warmMs: 20, skipMs: 0, rtts: [1, 30], rates: [1e7, 1e8] }
  return Object.fromEntries(Object.keys(small).filter((key) => key in p).map((key) => [key, typeof p[key] === 'number' ? Math.min(p[key], small[key]) : small[key]]))
}

function overrides ({ p }, { set, check, quick }) {
  const given = Object.fromEntries(set.map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])]))
  return { ...(quick && 'capMs' in p ? { capMs: Math.ceil(p.capMs / 3) } : {}), ...(check ? tiny(p) : {}), ...given }
}

function describe (run, { unit, per }) {
  if (!run.ok) return `FAILED ${run.error}`
  const each = (total) => number(total / run.units)
  return [
    `${number(run.value)} ${unit}`,
    `cpu ${each(run.cpuMs * 1000)} us/${per} (client ${each(run.clientCpuMs * 1000)})`,
    `writes ${each(run.writes)}`, `reads ${each(run.reads)}`, `${Math.round(run.ms)} ms`, `others ${Math.round(run.foreign * 100)} %`,
    ...Object.entries(run.extra ?? {}).map(([key, value]) => `${key} ${number(value)}`),
    ...run.serverErrors.map((error) => `server: ${error}`)
  ].join('  ')
}

/**
 * @param {string} name of the workload
 * @param {import('./peers.mjs').Peer[]} peers
 * @param {object} options of the command
 * @param {(text: string) => void} say
 */
export async function runWorkload (name, peers, options, say) {
  const workload = WORKLOADS[name]
  const able = peers.filter((peer) => skipped(peer, name, workload) === undefined)
  // What must repeat itself is asked to
  const short = options.check && workload.repeatable ? 2 : 1
  const rounds = options.check || options.quick ? short : Math.min(options.rounds, workload.rounds ?? Infinity)
  const how = {
    node: options.node,
    cold: options.cold || options.check,
    cores: coresFor(workload, options.pin),
    override: overrides(workload, options),
    profileTo: options.prof && path.resolve(options.prof)
  }
  const results = []
  const traced = []
  const dead = new Set()
  const gone = () => interrupted.by !== undefined

  const runOf = async (peer, more = {}) => {
    await calm(options.calm)
    return await runOnce(name, peer, { ...how, ...more })
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < able.length; i++) {
      const peer = able[(i + round) % able.length]
      if (dead.has(peer) || gone() || round >= (peer.rounds[name] ?? peer.rounds.most ?? Infinity)) continue
      let run = await runOf(peer)
      for (let again = options.check ? 0 : options.retries; again > 0 && run.ok && run.foreign > DISTURBED && !gone(); again--) {
        const other = await runOf(peer)
        if (other.ok && other.foreign < run.foreign) run = other
      }
      if (gone()) continue
      results.push({ workload: name, peer: peer.name, round, ...run })
      if (!run.ok) dead.add(peer)
      say(`${name} ${round + 1}/${rounds} ${peer.name.padEnd(22)} ${describe(run, workload)}`)
    }
  }
  for (const peer of options.syscalls && workload.steady ? able.filter((one) => !dead.has(one)) : []) {
    if (gone()) break
    // Less of it, since each call takes many times as long
    const override = { ...how.override, capMs: Math.min(500, how.override.capMs ?? workload.p.capMs) }
    const { ok, error, calls, units } = await runOf(peer, { traced: true, override })
    if (gone()) break
    if (ok) traced.push({ workload: name, peer: peer.name, units, calls })
    const total = Object.values(calls ?? {}).reduce((sum, n) => sum + n, 0)
    say(`${name} traced ${peer.name.padEnd(18)} ${ok ? `${number(total / units)} system calls/${workload.per}` : `FAILED ${error}`}`)
  }
  const { title, unit, per, baseline, repeatable } = workload
  return { about: { title, unit, per, baseline, repeatable, cores: how.cores }, results, traced }
}

/**
 * What a run costs: time, CPU and system calls of both ends, and how much other processes used the machine meanwhile (Linux; NaN elsewhere).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { cpus } from 'node:os'
import path from 'node:path'
import { churn } from './load.mjs'

/** Read and write system calls of this process so far. */
function systemCalls () {
  try {
    const io = readFileSync('/proc/self/io', 'latin1')
    return { reads: Number(/syscr: (\d+)/.exec(io)?.[1]), writes: Number(/syscw: (\d+)/.exec(io)?.[1]) }
  } catch {
    return { reads: NaN, writes: NaN }
  }
}

/** Milliseconds of CPU that the whole machine has spent, in ticks of 10. */
function machineBusyMs () {
  try {
    const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'latin1').split('\n')[0].trim().split(/\s+/).slice(1).map(Number)
    return (user + nice + system + irq + softirq + steal) * 10
  } catch {
    return NaN
  }
}

/** Wait until other processes have left the machine alone for a moment, or `seconds` are over. */
export async function calm (seconds) {
  const moment = 300
  const deadline = performance.now() + seconds * 1000
  while (performance.now() < deadline) {
    const before = machineBusyMs()
    await new Promise((resolve) => setTimeout(resolve, moment))
    if (!(machineBusyMs() - before > moment * cpus().length * 0.1)) return
  }
}

/** Counters of this process from now on; the returned function says what was added. */
export function meter () {
  const calls = systemCalls()
  const cpu = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const { reads, writes } = systemCalls()
    return { cpuMs: (user + system) / 1000, kernelMs: system / 1000, reads: reads - calls.reads, writes: writes - calls.writes }
  }
}

/** Resident memory at its highest, in MiB. */
export const peakMiB = () => process.resourceUsage().maxRSS / 1024

/**
 * A CPU profile of the timed part, written to a file at `stop`.
 * @param {string | undefined} file none: no profile
 */
export function profiler (file) {
  if (file === undefined) return { start: async () => {}, stop: async () => {} }
  const session = new Session()
  session.connect()
  return {
    async start () {
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval: 200 })
      await session.post('Profiler.start')
    },
    async stop () {
      const { profile } = await session.post('Profiler.stop')
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify(profile))
    }
  }
}

async function warmUp (workload, mux, p, context) {
  const { warm } = workload
  if (warm === 'none') return
  if (warm === undefined) {
    await churn(mux, { total: 50, size: 100, concurrency: 1, capMs: 500 })
    return
  }
  for (let time = warm.times ?? 1; time > 0; time--) await workload.run(mux, { ...p, ...warm, capMs: Math.min(warm.capMs, p.capMs) }, context)
}

/**
 * Warm up on the connection that will be measured, unless it is to be cold, collect garbage, then run the timed part.
 * @param {import('./workloads.mjs').Workload} workload
 * @param mux what the driver's `connect` gave
 */
export async function measure (workload, mux, context) {
  const p = { ...workload.p, ...context.override }
  if (!context.cold) await warmUp(workload, mux, p, context)
  globalThis.gc?.()
  await context.server('start')
  await context.profile.start()
  const busy = machineBusyMs()
  const stop = meter()
  const start = performance.now()
  const result = await workload.run(mux, p, context)
  const ms = performance.now() - start
  const client = stop()
  const busyMs = machineBusyMs() - busy
  await context.profile.stop()
  const server = await context.server('report')
  return {
    value: result.value ?? result.units / (ms / 1000),
    units: result.units,
    ms,
    cpuMs: client.cpuMs + server.cpuMs,
    clientCpuMs: client.cpuMs,
    kernelMs: client.kernelMs + server.kernelMs,
    reads: client.reads + server.reads,
    writes: client.writes + server.writes,
    peakMiB: Math.max(peakMiB(), server.peakMiB),
    // the share of the machine that other processes used in the timed part
    foreign: Math.max(0, busyMs - client.cpuMs - server.cpuMs) / (ms * cpus().length),
    extra: result.extra,
    curve: result.curve,
    serverErrors: server.errors
  }
}

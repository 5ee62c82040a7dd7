/**
 * The laboratory: a server, an innocent client and an attacker, a process each, and what is measured of them. Knows no attack in particular.
 *
 * @module
 */
import { build } from 'esbuild'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Attack } from './attacks.ts'
import type { Deeds, Order } from './attacker.ts'
import type { Fate, Way } from './innocent.ts'
import type { Report } from './server.ts'

const MIB = 1_048_576
const here = fileURLToPath(new URL('.', import.meta.url))
const outdir = join(here, '../../.build/adversary')

/** What an attacker's line carries: a gigabit a second. Loopback would carry 50 times that, and most of it would be the kernel's work. */
const LINE = 119 * MIB

/** How long a process may take to answer before it counts as stuck. */
const PATIENCE = 5_000

/** A process that answers one question at a time. */
class Child {
  readonly #process: ChildProcess

  constructor (name: string, ...args: string[]) {
    this.#process = fork(join(outdir, `${name}.mjs`), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
  }

  /** What it says next: an answer to the question, whose kind the asker knows. */
  async reply<T> (): Promise<T> {
    const over = new AbortController()
    const timer = setTimeout(() => { over.abort(new Error('it does not answer')) }, PATIENCE)
    try {
      const [kind, answer] = await Promise.race([
        once(this.#process, 'message', over).then(([message]) => ['answer', message] as const),
        once(this.#process, 'exit', over).then(([code, signal]) => ['exit', code ?? signal] as const)
      ])
      if (kind === 'exit') throw new Error(`it ended with ${String(answer)}`)
      return answer as T
    } finally {
      clearTimeout(timer)
      over.abort()
    }
  }

  async ask<T> (question: object | string): Promise<T> {
    const reply = this.reply<T>()
    this.#process.send(question, () => {})
    return await reply
  }

  end (): void {
    this.#process.kill('SIGKILL')
  }
}

/** What an attack did to a server. */
export interface Outcome {
  /** Throughput of the innocent session in MiB/s: before and after, during, and beside harmless traffic of the same rate. */
  readonly quiet: number
  readonly attacked: number
  readonly control: number
  /** What the attacker sent, in MiB/s, and how often it was thrown out. */
  readonly sent: number
  readonly thrown: number
  /** The most memory that the server's process held, in MiB. */
  readonly peak: number
  /** Its CPU during the attack, in percent of a core. */
  readonly cpu: number
  /** Sessions that are left a while after the attacker has gone: the innocent one, if all is well. */
  readonly left: number
  /** How the innocent session ended; empty if it did not. */
  readonly end: string
}

/** How long each part takes, in milliseconds; no control where that is 0. */
export interface Times {
  /** From the start of the innocent session, and from that of the attack, until its throughput counts: compilers have much to do at first. */
  readonly warm: number
  readonly quiet: number
  readonly attack: number
  readonly control: number
  /** How much longer an attack goes on that fills something up. */
  readonly fill: number
  /** Whether to wait for the attacker's sessions to end, and see the innocent one's throughput afterwards. */
  readonly after: boolean
}

const sleep = async (ms: number): Promise<void> => { await new Promise((resolve) => { setTimeout(resolve, ms) }) }

/** The processes that stay for a whole run. */
export class Lab {
  readonly #innocent = new Child('innocent')
  readonly #attacker = new Child('attacker')

  /** Bundle the programs and start. */
  static async open (): Promise<Lab> {
    await build({
      entryPoints: ['server', 'innocent', 'attacker'].map((name) => join(here, `${name}.ts`)),
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['muxado-source'],
      outdir,
      outExtension: { '.js': '.mjs' },
      logLevel: 'error'
    })
    return new Lab()
  }

  close (): void {
    this.#innocent.end()
    this.#attacker.end()
  }

  /**
   * Start a server with options in place of its defaults, attack it, and see. Fails with what became of the server's process if it does not
   * survive, or does not answer any more.
   */
  async run (attack: Attack, options: object, times: Times): Promise<Outcome> {
    const server = new Child('server', JSON.stringify({ wire: attack.wire, ...options }))
    try {
      const port = await server.reply<number>()
      const way: Way = { port, wire: attack.wire }
      await this.#innocent.ask(way)
      await sleep(times.warm)
      const before = await this.#rate(times.quiet)
      const deeds = await this.#order({ name: attack.name, port, bytesPerSecond: LINE })
      await sleep(times.warm / 2)
      const from = await server.ask<Report>('report')
      const start = performance.now()
      const attacked = await this.#rate(times.attack)
      const to = await server.ask<Report>('report')
      const ms = performance.now() - start
      const done = await this.#attacker.ask<Deeds>('report')
      const sent = (done.sent - deeds.sent) / (ms + times.warm / 2) * 1000
      if (attack.fills) await sleep(times.fill)
      await this.#order('stop')
      if (times.after) await sleep(100)
      const after = times.after ? await this.#rate(times.quiet) : before
      let control = 0
      if (times.control > 0) {
        await this.#order({ name: 'harmless', port, bytesPerSecond: sent })
        await sleep(100)
        control = await this.#rate(times.control)
        await this.#order('stop')
      }
      // Sessions end a second after their peers, at most
      let { sessions: left, peak } = await server.ask<Report>('report')
      for (let tries = 0; times.after && left > 1 && tries < 30; tries++) {
        await sleep(100)
        ;({ sessions: left, peak } = await server.ask<Report>('report'))
      }
      const { end } = await this.#innocent.ask<Fate>('report')
      return {
        quiet: (before + after) / 2,
        attacked,
        control,
        sent: sent / MIB,
        thrown: done.thrown - deeds.thrown,
        peak: peak / MIB,
        cpu: (to.cpuMs - from.cpuMs) / ms * 100,
        left,
        end
      }
    } finally {
      await this.#order('stop')
      server.end()
    }
  }

  async #order (order: Order | 'stop'): Promise<Deeds> {
    return await this.#attacker.ask<Deeds>(order)
  }

  /** What the innocent session gets through in the next `ms`, in MiB/s. */
  async #rate (ms: number): Promise<number> {
    const from = await this.#innocent.ask<Fate>('report')
    await sleep(ms)
    const to = await this.#innocent.ask<Fate>('report')
    return (to.bytes - from.bytes) / (to.at - from.at) * 1000 / MIB
  }
}

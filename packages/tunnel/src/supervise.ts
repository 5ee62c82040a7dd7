/**
 * A child process that is kept alive: started again when it dies, ended with its parent. Knows processes, not what they do.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Stop } from './signals.ts'

/** What to keep running. */
export interface SuperviseOptions {
  /** Node's arguments: its own options, the script, and the script's. */
  readonly args: readonly string[]
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>
  /** Told each line the child prints. */
  readonly onLine: (line: string) => void
  /** Told of each start. */
  readonly onStart: (pid: number) => void
  /** Told of each death that was not asked for, and after how many milliseconds the next one starts. */
  readonly onDeath: (how: string, pauseMs: number) => void
}

/** A supervised child. */
export interface Supervised {
  /** End it: it is asked, and killed when it does not obey within `graceMs`. Resolves when it is gone. */
  end (graceMs: number): Promise<void>
}

const leastPauseMs = 250
const mostPauseMs = 10_000
/** A child that lived this long did not die of how it was started. */
const settledMs = 10_000

/** Tells a child that it is supervised, even when the channel has closed before it looked. */
const mark = 'MUXADO_SUPERVISED'

/** Start a child and keep it running. It holds a channel to this process, and must end when that closes: see `superviseSelf`. */
export function supervise (options: SuperviseOptions): Supervised {
  let phase: 'running' | 'ending' = 'running'
  let child: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let deaths = 0

  const start = (): void => {
    const began = performance.now()
    const current = spawn(process.execPath, options.args, { env: { ...process.env, ...options.env, [mark]: '1' }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    child = current
    for (const output of [current.stdout, current.stderr]) if (output !== null) createInterface({ input: output }).on('line', options.onLine)
    const died = (how: string): void => {
      child = undefined
      if (phase === 'ending') return
      deaths = performance.now() - began > settledMs ? 1 : deaths + 1
      const pause = Math.min(mostPauseMs, leastPauseMs * 2 ** (deaths - 1))
      options.onDeath(how, pause)
      timer = setTimeout(start, pause)
    }
    // 'exit' and not 'close', which Node does not emit when this end closed the channel first.
    current.once('exit', (code, signal) => { died(signal ?? `exit code ${code}`) })
    current.on('error', (error) => { if (current.pid === undefined) died(error.message) })
    if (current.pid !== undefined) options.onStart(current.pid)
  }
  start()
  return {
    async end (graceMs) {
      phase = 'ending'
      clearTimeout(timer)
      const current = child
      if (current === undefined) return
      const gone = new Promise<void>((resolve) => { current.once('exit', () => { resolve() }) })
      const kill = setTimeout(() => { current.kill('SIGKILL') }, graceMs)
      if (current.connected) current.disconnect()
      await gone
      clearTimeout(kill)
    }
  }
}

/** The child's side: `stop` is asked when the supervisor closes the channel, or dies. */
export function superviseSelf (stop: Stop): void {
  process.once('disconnect', () => { stop.ask() })
  // The supervisor may have gone while this process was still starting.
  if (!process.connected) stop.ask()
  // The channel alone is no reason to go on when all else has ended.
  process.channel?.unref()
}

/** Whether this process was started by `supervise`. */
export function isSupervised (): boolean {
  return process.env[mark] !== undefined
}

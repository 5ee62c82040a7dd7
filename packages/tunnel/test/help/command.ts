// A command as a user runs it: a child process, its lines as they come, its exit code. Waits on lines and ends, never on time.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../../', import.meta.url))
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const running = new Set<Command>()

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class Command {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''
  readonly #waiting = new Set<() => void>()

  constructor (file: string, args: readonly string[], env: Record<string, string | undefined> = {}) {
    this.child = spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(this)
    this.child.stdout?.on('data', (data: Buffer) => {
      this.stdout += data.toString()
      for (const look of this.#waiting) look()
    })
    this.child.stderr?.on('data', (data: Buffer) => { this.stderr += data.toString() })
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        running.delete(this)
        resolve({ code, signal })
        for (const look of this.#waiting) look()
      })
    })
  }

  get pid (): number {
    return this.child.pid ?? 0
  }

  /** The first match in what is printed from offset `from` on, now or later. */
  async printed (pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return await new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.stdout.slice(from))
        if (match !== null) resolve(match)
        else if (running.has(this)) return
        else reject(new Error(`ended without printing ${pattern}:\n${this.stdout}${this.stderr}`))
        this.#waiting.delete(look)
      }
      this.#waiting.add(look)
      look()
    })
  }

  async stop (signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> {
    this.child.kill(signal)
    return await this.ended
  }
}

/** `muxado ...`, from the sources, and not as if npm had started it. */
export function muxado (args: readonly string[], env: Record<string, string> = {}): Command {
  return new Command(process.execPath, ['--import', './test/ts.mjs', '--conditions=muxado-source', cli, ...args], { ...env, npm_lifecycle_event: undefined })
}

/** Ends what a failed test left running. */
export async function endCommands (): Promise<void> {
  await Promise.all([...running].map(async (command) => {
    command.child.kill('SIGTERM')
    const timer = setTimeout(() => { command.child.kill('SIGKILL') }, 3000)
    await command.ended
    clearTimeout(timer)
  }))
}

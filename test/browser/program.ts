/**
 * Programs that tests start, whose lines are waited for: the gateway of `npm start`, curl, servers. Knows no browser.
 *
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const children = new Set<ChildProcess>()

/** What lets a page of `start` in. */
export const token = 'open sesame'

/** A program whose lines are waited for. */
export class Program {
  readonly child: ChildProcess
  /** All of its lines, of both kinds. */
  said: string = ''
  #look: () => void = () => {}

  constructor (file: string, args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    children.add(this.child)
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.said += data.toString()
        this.#look()
      })
    }
    this.child.once('close', () => {
      children.delete(this.child)
      this.#look()
    })
  }

  /** Wait until it has said this. */
  async says (pattern: RegExp): Promise<RegExpExecArray> {
    return await new Promise((resolve, reject) => {
      this.#look = () => {
        const match = pattern.exec(this.said)
        if (match !== null) resolve(match)
        else if (!children.has(this.child)) reject(new Error(`ended without saying ${pattern}:\n${this.said}`))
      }
      this.#look()
    })
  }

  /** Ask it to end, and wait for that. */
  async end (): Promise<void> {
    if (!children.has(this.child)) return
    const closed = once(this.child, 'close')
    this.child.kill('SIGTERM')
    await closed
  }
}

/** `npm start` without its setup, at free ports. */
export function start (...args: string[]): Program {
  return new Program(process.execPath, ['--import', './test/ts.mjs', '--conditions=muxado-source', 'packages/tunnel/src/start.ts', '--port', '0', ...args], { MUXADO_PAGE_TOKEN: token })
}

/** What curl prints. */
export async function curl (...args: string[]): Promise<string> {
  return (await promisify(execFile)('curl', ['--silent', '--show-error', '--max-time', '30', ...args])).stdout
}

/** End what tests have left behind. */
export function endAll (): void {
  for (const child of children) child.kill('SIGKILL')
}

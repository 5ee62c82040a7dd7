/**
 * The published Go module as an end that takes whatever comes: built once, run as a program of its own, and asked what it makes of frames.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pDefer from 'p-defer'
import { FrameReader } from '../support/frames.ts'
import { type Outcome, outcomeOf, PROBE, probe, type Shape } from './outcome.ts'

const cwd = fileURLToPath(new URL('go', import.meta.url))
const output = fileURLToPath(new URL('../../.build/fuzz', import.meta.url))

/** One program, which serves any number of connections. */
export class GoEnd {
  readonly #child: ChildProcess
  readonly #port: number

  private constructor (child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
  }

  /** Build and start it; why not, otherwise. */
  static async start (): Promise<GoEnd | string> {
    const program = join(output, process.platform === 'win32' ? 'go-end.exe' : 'go-end')
    mkdirSync(output, { recursive: true })
    const { status, stderr, error } = spawnSync('go', ['build', '-o', program, '.'], { cwd, encoding: 'utf8' })
    if (error !== undefined) return 'no go on this machine'
    if (status !== 0) return `the Go module does not build: ${stderr.trim().replaceAll(/https?:\/\/\S+/g, '(address)').split('\n').slice(-3).join(' | ')}`
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'ignore'] })
    for await (const line of createInterface({ input: child.stdout })) {
      const port = /^listening (\d+)$/.exec(line)?.[1]
      if (port === undefined) break
      // Runs end when there is nothing left to do, and not before this program ends
      child.unref()
      for (const stream of [child.stdin, child.stdout]) if (stream instanceof net.Socket) stream.unref()
      return new GoEnd(child, Number(port))
    }
    return 'the Go program ended before it listened'
  }

  stop (): void {
    this.#child.kill('SIGKILL')
  }

  /** What becomes of a session of its that gets `frames`. */
  async ask (shape: Shape, frames: Uint8Array): Promise<Outcome> {
    const reader = new FrameReader(2)
    const done = pDefer<void>()
    const opened = pDefer<void>()
    const socket = net.connect({ port: this.#port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    socket.on('data', (chunk) => {
      reader.push(chunk)
      opened.resolve()
      if (reader.whole && reader.frames.some(({ kind, id }) => kind === 'rst' && id === PROBE[shape.role])) done.resolve()
    })
    for (const event of ['end', 'close', 'error']) socket.on(event, () => { done.resolve() })
    // Nothing takes this long but a session that hangs
    const timer = setTimeout(() => { done.reject(new Error('the Go end neither answers nor hangs up')) }, 4_000)
    socket.write(Uint8Array.of((shape.role === 'client' ? 1 : 0) + (shape.opens ? 2 : 0)))
    if (shape.opens) await Promise.race([opened.promise, done.promise])
    socket.write(frames)
    socket.write(probe(shape.role))
    try {
      await done.promise
    } finally {
      clearTimeout(timer)
      socket.destroy()
    }
    return outcomeOf(reader.frames, shape.role)
  }
}

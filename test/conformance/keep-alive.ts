/**
 * Programs that dial, and are started again when a case has killed them. Knows no program in particular.
 *
 * @module
 */
import { NoConnection } from '@muxado/conformance'
import type { Endpoint } from '@muxado/conformance'
import { type ChildProcess, spawn } from 'node:child_process'

/** A peer that runs. */
export interface Running {
  readonly endpoint: Endpoint
  close (): Promise<void>
}

/**
 * How often in a row a program may end though no connection of it was taken. Cases kill it through what they send, on a connection that they
 * took: one that ends without does so by itself, and would again. Arbitrary.
 */
const MOST_DEATHS = 5

/**
 * Run a program that dials `endpoint`, and start it again as soon as it ends. When it ends by itself time and again, whoever waits for a
 * connection is told so, and with which words it ended.
 */
export function keepAlive (endpoint: Endpoint, path: string, args: readonly string[]): Running {
  let state: 'running' | 'broken' | 'closed' = 'running'
  let deaths = 0
  let child: ChildProcess
  let giveUp: (error: Error) => void
  const broken = new Promise<never>((_, reject) => { giveUp = reject })
  broken.catch(() => {}) // nobody may be waiting
  const start = (): void => {
    let said = ''
    const started = child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    started.stderr.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-2000) })
    started.once('error', (error) => {
      state = 'broken'
      giveUp(new NoConnection(`cannot run ${path}: ${error.message}`, { cause: error }))
    })
    started.once('close', (code, signal) => {
      if (state !== 'running') return
      deaths++
      if (deaths < MOST_DEATHS) {
        start()
        return
      }
      state = 'broken'
      giveUp(new NoConnection(`${path} has ended ${deaths} times by itself, at last with ${code === null ? signal : `exit code ${code}`}: ${said.trim()}`))
    })
  }
  start()
  return {
    endpoint: {
      url: endpoint.url,
      connect: async (timeoutMs) => {
        const socket = await Promise.race([endpoint.connect(timeoutMs), broken])
        deaths = 0
        return socket
      },
      close: () => { endpoint.close() }
    },
    close: async () => {
      state = 'closed'
      endpoint.close()
      await end(child)
    }
  }
}

/** End a program, and wait until it has ended. */
export async function end (child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => { child.once('exit', resolve) })
  child.kill('SIGKILL')
  await gone
}

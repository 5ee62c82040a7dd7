import { MuxadoError, type Session } from '@muxado/session'
import { connect, listen } from '@muxado/websocket/node'
import { assert } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pattern, settled } from '../../../test/support/transport-contract.ts'

const HEARTBEAT = { intervalMs: 100, toleranceMs: 300 }

/** Another process and the first line it says. */
async function start (...args: string[]): Promise<[child: ChildProcess, said: string]> {
  const file = fileURLToPath(new URL('end.ts', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data') as [string]
  return [child, line.trim()]
}

/** Everything that may wait on a session; each settles, and the session says why. */
async function everythingSettles (session: Session, kill: () => void): Promise<MuxadoError | undefined> {
  const theirs = await session.accept()
  const mine = session.open()
  const waits = [
    settled(theirs.read()), settled(mine.read()), settled(mine.write(pattern(10_000_000, 1))), settled(session.accept()), settled(mine.closeWrite()),
    settled(theirs.sink((async function * () { await new Promise(() => {}); yield pattern(1, 1) })()))
  ]
  kill()
  const start = performance.now()
  for (const error of await Promise.all(waits)) assert.instanceOf(error, MuxadoError)
  const { error } = await session.closed
  await Promise.all([mine.closed, theirs.closed])
  // The heartbeat's bound, and what a busy machine may add
  assert.isBelow(performance.now() - start, HEARTBEAT.intervalMs + HEARTBEAT.toleranceMs + 3_000)
  return error
}

describe('a process that dies at the other end of a WebSocket', function () {
  this.timeout(20_000)
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    const code = signal === 'SIGKILL' ? 'SESSION_TRANSPORT' : 'SESSION_HEARTBEAT'

    it(`settles all that a client waits for when the server gets ${signal}`, async () => {
      const [child, url] = await start('serve')
      const session = await connect(url, { heartbeat: HEARTBEAT })
      const error = await everythingSettles(session, () => child.kill(signal))
      assert.equal(error?.code, code)
      child.kill('SIGKILL')
    })

    it(`settles all that a server waits for when the client gets ${signal}`, async () => {
      const listener = await listen({ host: '127.0.0.1', heartbeat: HEARTBEAT })
      const [child] = await start('dial', listener.url)
      const error = await everythingSettles(await listener.accept(), () => child.kill(signal))
      assert.equal(error?.code, code)
      child.kill('SIGKILL')
      await listener.close({ sessions: true })
    })
  }
})

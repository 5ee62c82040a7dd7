// Through a real nginx, with the recipe of docs/websocket.md. Debian's package is installed where that can be done.
import type { Session } from '@muxado/session'
import { connect, listen, type Listener } from '@muxado/websocket/node'
import { assert } from 'chai'
import { findNginx, missing, recipe, startNginx, type Nginx } from '../../../test/support/nginx.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { KIND, serveStream, sum, textOf } from '../../../test/support/stream-kinds.ts'
import { pattern, settled, until } from '../../../test/support/transport-contract.ts'

const nginx = findNginx()

describe('behind nginx', function () {
  this.timeout(60_000)
  if (nginx === undefined) {
    missing()
    return
  }
  let proxy: Nginx
  let listener: Listener
  let url: string
  const sessions: Session[] = []

  /** nginx in front of a server of ours; it cuts what is idle for `idleSeconds`. */
  async function start (idleSeconds: number, heartbeat: { intervalMs: number, toleranceMs: number } | false): Promise<void> {
    listener = await listen({ host: '127.0.0.1', path: '/muxado', heartbeat })
    const port = await freePorts()
    proxy = startNginx(nginx ?? '', recipe('websocket.md', [
      ['listen 80;', `listen 127.0.0.1:${port};`],
      ['proxy_pass http://127.0.0.1:9000;', `proxy_pass http://127.0.0.1:${listener.port};`],
      ['75s', `${idleSeconds}s`]
    ]))
    url = `ws://127.0.0.1:${port}/muxado`
  }

  /** Connect as soon as nginx listens. */
  async function joined (options: Parameters<typeof connect>[1] = {}): Promise<[client: Session, server: Session]> {
    for (;;) {
      const client = await connect(url, options).catch((error: Error) => error)
      if (client instanceof Error) {
        const ended = proxy.ended()
        if (ended !== undefined) throw new Error(ended)
        continue
      }
      const server = await listener.accept()
      sessions.push(client, server)
      return [client, server]
    }
  }

  afterEach(async () => {
    for (const session of sessions.splice(0)) session.abort()
    await proxy.stop()
    await listener.close({ sessions: true })
  })

  it('carries bulk both ways, and ends cleanly', async () => {
    await start(75, { intervalMs: 20_000, toleranceMs: 45_000 })
    for (const wire of [1, 2] as const) {
      const [client, server] = await joined({ wire })
      void (async () => { for await (const stream of server) void serveStream(stream) })()
      const bytes = pattern(16 * 1_048_576, wire)
      const answer = `${bytes.byteLength} ${sum(bytes)}`
      const stream = client.open({ type: KIND.sink })
      await stream.closeWrite(bytes)
      assert.equal(await textOf(stream), answer)
      await client.close()
      assert.isUndefined((await client.closed).error)
      assert.isUndefined((await server.closed).error)
    }
  })

  it('keeps the Host that a page asked for, so that its origin is its own', async () => {
    await start(75, false)
    const { host } = new URL(url)
    await joined({ socketOptions: { origin: `http://${host}` } })
    assert.match((await settled(connect(url, { socketOptions: { origin: 'http://evil.example' } })))?.message ?? '', /403/)
  })

  it('outlives the idle limit by its heartbeat, and not without', async () => {
    await start(1, false)
    const [kept] = await joined({ heartbeat: { intervalMs: 300, toleranceMs: 30_000 } })
    const [cut] = await joined({ heartbeat: false })
    const stream = cut.open()
    await cut.closed
    assert.instanceOf(await stream.closed, Error)
    const seen = kept.stats().bytesReceived
    await until(() => kept.stats().bytesReceived > seen + 60) // some pings more
    assert.equal(kept.state, 'open')
  })
})

import { listen, serveHttp } from '@muxado/node'
import type { Listener } from '@muxado/node'
import { assert } from 'chai'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import * as http from 'node:http'

describe('a client process', function () {
  this.timeout(20_000)
  let listener: Listener
  before(async () => {
    listener = await listen({ host: '127.0.0.1' })
    const server = http.createServer((_request, response) => { response.end('hello') })
    void (async () => { for await (const session of listener) serveHttp(server, session) })()
  })
  after(async () => { await listener.close({ sessions: true }) })

  for (const [name, what, messages] of [
    ['ends once its session is closed', 'close', []],
    ['ends when its socket is unreferenced, heartbeat or not', 'unref', []],
    ['is kept alive by a referenced socket until the session ends', 'unref, ref, close', ['ended']],
    ['is not kept alive by idle timeouts of streams and agents', 'idle timeouts', []],
    ['is not kept alive by an unreferenced listener', 'unref a listener', []]
  ] as const) {
    it(name, async () => {
      const child = fork(new URL('./process-end.ts', import.meta.url), [what, listener.url])
      const heard: unknown[] = []
      child.on('message', (message) => { heard.push(message) })
      const [code, signal] = await once(child, 'exit') as [number | null, string | null]
      assert.deepEqual([code, signal], [0, null])
      assert.deepEqual(heard, [...messages])
    })
  }
})

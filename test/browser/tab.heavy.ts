// A tab that is killed, as the server sees it. Needs a browser.
import { MuxadoError } from '@muxado/session'
import { listen } from '@muxado/websocket/node'
import { assert } from 'chai'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { settled } from '../support/transport-contract.ts'
import { advice, find, kinds } from './find.ts'
import { launch } from './launch.ts'
import { bundle, plainPage } from './serve.ts'

describe('a tab that is killed', function () {
  this.timeout(60_000)
  for (const kind of kinds) {
    it(`settles all that the server waits for, in ${kind}`, async () => {
      const program = find(kind)
      if (program === undefined) {
        console.log(`        SKIPPED: ${advice(kind)}`)
        if (process.env['CI'] !== undefined) assert.fail('in CI this is no reason')
        return
      }
      const script = await bundle(['test/browser/tab.ts'])
      const http = createServer((request, response) => {
        const isScript = request.url === '/script.js'
        response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html').end(isScript ? script : plainPage)
      }).listen(0, '127.0.0.1')
      await once(http, 'listening')
      const listener = await listen({ server: http, heartbeat: { intervalMs: 500, toleranceMs: 2_000 } })
      const browser = launch(kind, program, `http://127.0.0.1:${(http.address() as AddressInfo).port}/`)
      const session = await listener.accept()
      const stream = await session.accept()
      assert.equal((await stream.read())?.byteLength, 1000)
      const waits = [settled(stream.read()), settled(stream.write(new Uint8Array(10_000_000))), settled(session.accept())]
      const start = performance.now()
      await browser.close()
      for (const error of await Promise.all(waits)) assert.instanceOf(error, MuxadoError)
      assert.isDefined((await session.closed).error)
      assert.isBelow(performance.now() - start, 2_500 + 3_000)
      await listener.close()
      http.close()
      http.closeAllConnections()
    })
  }
})

// The page's two ports behind a real nginx, with the recipe of docs/tunnel.md. The page itself, in browsers: test/browser/console.heavy.ts.
import { once } from 'node:events'
import * as http from 'node:http'
import { assert } from 'chai'
import { findNginx, missing, recipe, startNginx } from '../../../test/support/nginx.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { settled } from '../../../test/support/transport-contract.ts'
import type { Console } from '../src/console/console.ts'
import { dial, serve } from '../src/page/index.ts'
import { wish } from '../src/page/wish.ts'
import { enter, openPage, token } from './help/console.ts'
import { ask, closeAll, listenOn, onClose } from './help/tunnel.ts'

const nginx = findNginx()

describe('the page behind nginx', function () {
  this.timeout(60_000)
  if (nginx === undefined) {
    missing()
    return
  }
  let page: Console
  let front: Console
  let service: number

  before(async () => {
    const ports = await freePorts(3)
    const echo = http.createServer((request, response) => { response.end(`${request.method} over TCP`) })
    service = await listenOn(echo)
    page = await openPage({ tabs: { host: '127.0.0.1', port: ports + 2 }, tabsUrl: `http://127.0.0.1:${ports + 1}/`, allow: [{ host: '127.0.0.1', port: service }] })
    const proxy = startNginx(nginx, recipe('tunnel.md', [
      ['listen 80;\n  server_name page.example;', `listen 127.0.0.1:${ports};`],
      ['listen 80;\n  server_name tabs.example;', `listen 127.0.0.1:${ports + 1};`],
      ['http://127.0.0.1:8081;', `${page.url.slice(0, -1)};`],
      ['http://127.0.0.1:8082;', `http://127.0.0.1:${ports + 2};`]
    ]))
    onClose(proxy.stop)
    front = { ...page, url: `http://127.0.0.1:${ports}/` }
    // It listens when it is ready
    while (await settled(ask(front.url)) !== undefined) {
      const ended = proxy.ended()
      if (ended !== undefined) throw new Error(ended)
    }
  })
  after(closeAll)

  it('shows the page, and says whether a token is right', async () => {
    const { status, headers, body } = await ask(front.url)
    assert.equal(status, 200)
    assert.include(headers['content-security-policy'], "script-src 'self'")
    assert.include(String(body), '<script')
    assert.equal((await ask(`${front.url}check`, { headers: { Authorization: `Bearer ${token}` } })).status, 200)
    assert.equal((await ask(`${front.url}check`, { headers: { Authorization: 'Bearer wrong' } })).status, 401)
  })

  it('lets the page of this address in, and no other', async () => {
    await enter(front, token, front.url.slice(0, -1))
    assert.match((await settled(enter(front, token, page.url.slice(0, -1))))?.message ?? '', /403/)
    assert.match((await settled(enter(front, 'wrong', front.url.slice(0, -1))))?.message ?? '', /401/)
  })

  it('carries downloads, and what a service says', async () => {
    const session = await enter(front)
    const { stream } = await wish(session, { want: 'download', bytes: 16_000_000 })
    let length = 0
    for await (const chunk of stream) length += chunk.byteLength
    assert.equal(length, 16_000_000)
    const tcp = await dial(session, `127.0.0.1:${service}`)
    await tcp.closeWrite(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
    let text = ''
    for await (const chunk of tcp) text += new TextDecoder().decode(chunk.subarray())
    assert.match(text, /GET over TCP$/)
  })

  it('answers from a tab under its public name, streaming both ways', async () => {
    const session = await enter(front)
    const { url } = await serve(session, 'behind', (request) => new Response(request.body))
    assert.isTrue(url.startsWith(page.tabsUrl), url)
    const request = http.request(url, { method: 'POST', agent: false })
    request.write('first')
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    assert.equal(String((await once(response, 'data'))[0]), 'first')
    const ended = once(response, 'end')
    request.end('second')
    assert.equal(String((await once(response, 'data'))[0]), 'second')
    await ended
    const bytes = Buffer.from(new Uint8Array(3_000_000).map((_, i) => i % 249))
    assert.equal(bytes.compare((await ask(url, { method: 'PUT' }, bytes)).body), 0)
    session.abort()
    await session.closed
    while ((await ask(url)).status !== 502); // the gateway hears of it through nginx
  })
})

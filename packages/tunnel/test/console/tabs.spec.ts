// HTTP to a page that serves: the page's own code on a session over a real WebSocket, clients over real sockets.
import { once } from 'node:events'
import * as http from 'node:http'
import { assert } from 'chai'
import { type Handler, Refused, serve } from '../../src/page/index.ts'
import type { Session } from '@muxado/session'
import { enter, openPage } from '../help/console.ts'
import { answered, ask, closeAll, raw } from '../help/tunnel.ts'

async function tab (handler: Handler, options: Parameters<typeof openPage>[0] = {}): Promise<{ readonly url: string, readonly session: Session }> {
  const page = await openPage(options)
  const session = await enter(page)
  const { url } = await serve(session, 'demo', handler)
  return { url, session }
}

async function failure (work: Promise<unknown>): Promise<Error> {
  return await work.then(() => new Error('it worked'), (error: Error) => error)
}

describe('serve', function () {
  this.timeout(15_000)
  afterEach(closeAll)

  it('answers with status, headers and body', async () => {
    const { url } = await tab((request, { name, headers }) => new Response(`${request.method} ${request.url} ${name} ${headers.get('host') ?? ''} ${request.headers.get('x-a') ?? ''}`, {
      status: 201, statusText: 'Made', headers: { 'Content-Type': 'text/plain', 'X-B': 'b' }
    }))
    const { status, headers, body } = await ask(`${url}some/where?q=1`, { headers: { 'X-A': 'a' } })
    assert.equal(status, 201)
    assert.deepInclude(headers, { 'content-type': 'text/plain', 'x-b': 'b', 'x-content-type-options': 'nosniff' })
    assert.equal(String(body), `GET ${url}some/where?q=1 demo ${new URL(url).host} a`)
  })

  it('streams an upload back while it is still coming', async () => {
    const { url } = await tab((request) => new Response(request.body))
    const request = http.request(`${url}echo`, { method: 'POST', agent: false })
    request.write('first')
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    const [first] = await once(response, 'data') as [Buffer]
    assert.equal(String(first), 'first')
    const ended = once(response, 'end')
    request.end('second')
    const [second] = await once(response, 'data') as [Buffer]
    assert.equal(String(second), 'second')
    await ended
  })

  it('carries megabytes both ways unchanged', async () => {
    const { url } = await tab((request) => new Response(request.body))
    const bytes = Buffer.from(new Uint8Array(3_000_000).map((_, i) => i % 249))
    assert.equal(bytes.compare((await ask(url, { method: 'PUT' }, bytes)).body), 0)
  })

  it('answers a HEAD without a body, and an early answer without its upload', async () => {
    const { url } = await tab(() => new Response('body', { headers: { 'Content-Length': '4' } }))
    const { status, headers, body } = await ask(url, { method: 'HEAD' })
    assert.deepEqual([status, headers['content-length'], body.length], [200, '4', 0])
    assert.equal(String((await ask(url, { method: 'POST' }, Buffer.alloc(2_000_000))).body), 'body')
  })

  it('takes the rest of an upload that nobody wants, whoever answers first', async () => {
    const agent = new http.Agent({ keepAlive: true })
    const { url, session } = await tab(async ({ url }) => url.endsWith('/never') ? await new Promise<Response>(() => {}) : new Response('enough'))
    const early = http.request(url, { method: 'POST', agent })
    const finished = once(early, 'finish')
    early.end(Buffer.alloc(20_000_000))
    assert.equal(String((await answered(early)).body), 'enough')
    await finished
    const never = http.request(`${url}never`, { method: 'POST', agent })
    const alsoFinished = once(never, 'finish')
    never.end(Buffer.alloc(20_000_000))
    // Its first window is full, and the gateway waits for room.
    while (session.stats().accepted < 2) await new Promise(setImmediate)
    session.abort()
    assert.equal((await answered(never)).status, 502)
    await alsoFinished
    agent.destroy()
  })

  it('gives a slow upload its time, as long as it goes on', async () => {
    const firstByteMs = 100
    let came = 0
    let more: () => void = () => {}
    const { url } = await tab(async (request) => {
      for await (const chunk of request.body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
        came += chunk.byteLength
        more()
      }
      return new Response(`${came}`)
    }, { firstByteMs })
    const request = http.request(url, { method: 'POST', agent: false })
    const answer = answered(request)
    const start = performance.now()
    let sent = 0
    // A byte at a time, each when the one before has arrived: there is always progress, and it takes much longer than the limit
    while (performance.now() - start < 4 * firstByteMs) {
      const arrived = new Promise<void>((resolve) => { more = () => { if (came === sent) resolve() } })
      sent += 1
      request.write('x')
      await arrived
    }
    request.end()
    assert.deepInclude(await answer, { status: 200, body: Buffer.from(`${sent}`) })
  })

  it('lets go of the body of an answer to HEAD', async () => {
    let heard: (() => void) | undefined
    const cancelled = new Promise<void>((resolve) => { heard = resolve })
    const { url } = await tab(() => new Response(new ReadableStream({ cancel () { heard?.() } })))
    const agent = new http.Agent({ keepAlive: true }) // a connection that ends would say the same
    assert.equal((await ask(url, { method: 'HEAD', agent })).status, 200)
    await cancelled
    agent.destroy()
  })

  it('says 500 when the handler throws, and goes on', async () => {
    let calls = 0
    const told: unknown[] = []
    Object.assign(globalThis, { reportError: (error: unknown) => { told.push(error) } })
    const { url } = await tab(() => {
      calls += 1
      if (calls === 1) throw new Error('the secret of the tab')
      return new Response('well')
    })
    const first = await ask(url)
    Reflect.deleteProperty(globalThis, 'reportError')
    assert.equal(first.status, 500)
    assert.notInclude(String(first.body), 'secret')
    assert.lengthOf(told, 1)
    assert.equal(String((await ask(url)).body), 'well')
  })

  it('keeps cookies and passwords of the host from the tab, and the tab from setting some', async () => {
    const { url } = await tab((_, { headers }) => Response.json([...headers], { headers: { 'Set-Cookie': 'a=b', 'Service-Worker-Allowed': '/', 'X-Ok': '1' } }))
    const { headers, body } = await ask(url, { headers: { Cookie: 'session=1', Authorization: 'Basic eDp5', 'Accept-Language': 'is' } })
    const names = (JSON.parse(String(body)) as Array<[string, string]>).map(([name]) => name)
    assert.includeMembers(names, ['accept-language', 'x-forwarded-for'])
    assert.notIncludeMembers(names, ['cookie'])
    assert.notIncludeMembers(names, ['authorization'])
    assert.equal(headers['x-ok'], '1')
    assert.isUndefined(headers['set-cookie'])
    assert.isUndefined(headers['service-worker-allowed'])
  })

  it('tells the handler that the client has gone', async () => {
    let heard: (() => void) | undefined
    const gone = new Promise<void>((resolve) => { heard = resolve })
    const { url } = await tab((request) => {
      request.signal.addEventListener('abort', () => { heard?.() })
      return new Response(new ReadableStream({ start (controller) { controller.enqueue(Buffer.from('one')) } }))
    })
    const request = http.get(url, { agent: false })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    await once(response, 'data')
    response.on('error', () => {})
    request.destroy()
    await gone
  })

  it('breaks the connection of a client whose answer breaks off, so that half of it never looks whole', async () => {
    const { url, session } = await tab(() => new Response(new ReadableStream({ start (controller) { controller.enqueue(Buffer.from('half')) } })))
    const text = await raw(url, 'GET /t/demo/ HTTP/1.1\r\nHost: x\r\n\r\n', (sofar) => { if (sofar.includes('half')) session.abort() })
    assert.include(text, 'half')
    assert.notInclude(text, '\r\n0\r\n')
    const long = await tab(() => new Response('short', { headers: { 'Content-Length': '9' } }))
    assert.match((await failure(ask(long.url))).message, /aborted|hang up|reset/)
    // Else the rest would be read as the next answer on the connection.
    const short = await tab(() => new Response('longer', { headers: { 'Content-Length': '2' } }))
    assert.match((await failure(ask(short.url))).message, /aborted|hang up|reset/)
  })

  it('says 502 when the tab is closed before its answer, and afterwards', async () => {
    let asked: (() => void) | undefined
    const under = new Promise<void>((resolve) => { asked = resolve })
    const { url, session } = await tab(async () => {
      asked?.()
      return await new Promise<Response>(() => {})
    })
    const request = http.request(url, { method: 'POST', agent: false })
    request.write('an upload that goes on')
    await under
    session.abort()
    const { status, body } = await answered(request)
    assert.equal(status, 502)
    assert.match(String(body), /^the tab that serves demo was closed before it answered\n$/)
    request.destroy()
    const after = await ask(url)
    assert.deepEqual([after.status, String(after.body)], [502, 'the tab that served demo was closed, or lost its connection\n'])
  })

  it('says 504 when the tab does not answer in time', async () => {
    const { url } = await tab(async () => await new Promise<Response>(() => {}), { firstByteMs: 50 })
    const { status, body } = await ask(url)
    assert.equal(status, 504)
    assert.match(String(body), /did not answer in time/)
  })

  it('says 503 beyond the limit, and has room again afterwards', async () => {
    let release: ((response: Response) => void) | undefined
    const { url } = await tab(async () => await new Promise<Response>((resolve) => { release = resolve }), { maxRequests: 1 })
    const first = ask(url)
    while (release === undefined) await new Promise(setImmediate)
    assert.equal((await ask(url)).status, 503)
    release(new Response('done'))
    assert.equal(String((await first).body), 'done')
  })

  it('says what is wrong with other addresses', async () => {
    const { url } = await tab(() => new Response('here'))
    const { origin } = new URL(url)
    assert.equal((await ask(origin)).status, 404)
    assert.equal((await ask(`${origin}/t/nobody/`)).status, 404)
    assert.equal((await ask(url, { method: 'TRACE' })).status, 501)
    const { status, headers } = await ask(`${origin}/t/demo?x=1`)
    assert.deepEqual([status, headers.location], [308, '/t/demo/?x=1'])
    assert.match(await raw(url, 'GET /t/demo/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'), /here/)
  })

  it('is refused a name that is taken or none, and gives names back', async () => {
    const page = await openPage()
    const one = await enter(page)
    const two = await enter(page)
    const hold = await serve(one, 'shared', () => new Response('one'))
    assert.match((await failure(serve(two, 'shared', () => new Response('two')))).message, /taken by another tab/)
    assert.instanceOf(await failure(serve(one, 'shared', () => new Response('again'))), Refused)
    assert.equal(String((await ask(hold.url)).body), 'one')
    for (const name of ['', 'A', '-a', 'a/b', '..', 'x'.repeat(41)]) assert.instanceOf(await failure(serve(one, name, () => new Response())), Refused, name)
    for (let i = 1; i < 16; i++) await serve(one, `n${i}`, () => new Response())
    assert.match((await failure(serve(one, 'one-more', () => new Response()))).message, /16 names at most/)
    hold.close()
    await hold.closed
    await page.lines.said(/no tab serves .*\/t\/shared\/ any more/)
    const again = await serve(two, 'shared', () => new Response('two'))
    assert.equal(String((await ask(again.url)).body), 'two')
  })

  it('collects uploads where a browser cannot stream them, up to a limit', async () => {
    const { Request: real } = globalThis
    // As a browser does that knows no request streams: `duplex` is not asked for, and the stream becomes a string.
    class Old extends real {
      constructor (url: string, { method, headers, signal, body }: RequestInit = {}) {
        super(url, { method, headers, signal, body: body instanceof ReadableStream ? '[object ReadableStream]' : body } as RequestInit)
      }

      // Nor is there a `body` to read.
      override get body (): null { return undefined as unknown as null }
    }
    Object.assign(globalThis, { Request: Old })
    try {
      const { url } = await tab(async (request) => new Response(request.url.endsWith('/stream') ? request.body : await request.text()))
      assert.equal(String((await ask(url, { method: 'POST' }, 'collected')).body), 'collected')
      assert.equal(String((await ask(`${url}stream`, { method: 'POST' }, 'collected')).body), 'collected')
      const { status, body } = await ask(url, { method: 'POST' }, Buffer.alloc(17 * 2 ** 20))
      assert.deepEqual([status, String(body)], [413, 'this browser cannot stream uploads and takes 16777216 bytes at most\n'])
    } finally {
      Object.assign(globalThis, { Request: real })
    }
  })
})

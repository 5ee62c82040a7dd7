// What pages may ask for and may not, through real sockets, as a page would ask.
import * as net from 'node:net'
import type { MuxadoError } from '@muxado/session'
import { assert } from 'chai'
import { wish } from '../../src/page/wish.ts'
import { dial, Refused } from '../../src/page/index.ts'
import { enter, openPage, token } from '../help/console.ts'
import { freePorts } from '../../../../test/support/ports.ts'
import { ask, closeAll, listenOn } from '../help/tunnel.ts'

async function failure (work: Promise<unknown>): Promise<Error> {
  return await work.then(() => new Error('it worked'), (error: Error) => error)
}

/** A TCP service that says everything twice, and ends when its client does. */
async function twice (): Promise<number> {
  return await listenOn(net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (data) => { socket.write(Buffer.concat([data, data])) })
    socket.on('end', () => { socket.end('bye') })
    socket.on('error', () => {}) // a page that goes away resets its connections
  }))
}

describe('openConsole', function () {
  this.timeout(15_000)
  afterEach(closeAll)

  it('lets in whoever has the token, and tells others why not', async () => {
    const page = await openPage()
    await enter(page)
    assert.equal(page.pages, 1)
    assert.match((await failure(enter(page, 'guessed'))).message, /401/)
    assert.match((await failure(enter(page, undefined, 'http://elsewhere.example'))).message, /403/)
    await page.lines.said(/401 wrong token/)
    await page.lines.said(/pages of http:\/\/elsewhere\.example may not connect/)
    assert.equal(page.pages, 1)
  })

  it('refuses a page of another origin even with the token, unless that origin is named', async () => {
    const page = await openPage()
    assert.match((await failure(enter(page, token, 'http://elsewhere.example'))).message, /403/)
    // The port is part of the origin: what a tab serves there is no friend.
    assert.match((await failure(enter(page, token, page.tabsUrl.slice(0, -1)))).message, /403/)
    await enter(page, token, page.url.slice(0, -1))
    await enter(await openPage({ origins: ['http://elsewhere.example'] }), token, 'http://elsewhere.example')
  })

  it('tells a page whether its token is right, since a browser hides why a WebSocket was refused', async () => {
    const page = await openPage()
    const check = new URL('check', page.url).href
    assert.deepInclude(await ask(check), { status: 401, body: Buffer.from('a token is needed\n') })
    assert.deepInclude(await ask(check, { headers: { Authorization: 'Bearer x' } }), { status: 401, body: Buffer.from('wrong token\n') })
    assert.deepInclude(await ask(check, { headers: { Authorization: `Bearer ${token}` } }), { status: 200 })
  })

  it('serves a page that loads nothing from elsewhere and cannot be framed', async () => {
    const page = await openPage()
    const { status, headers, body } = await ask(page.url)
    assert.equal(status, 200)
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/)
    assert.notInclude(String(body), token)
    assert.equal((await ask(new URL('nothing', page.url).href)).status, 404)
    assert.equal((await ask(page.url, { method: 'POST' }, 'x')).status, 405)
    const script = await ask(new URL('script.js', page.url).href)
    assert.match(String(script.headers['content-type']), /javascript/)
    assert.isAbove(script.body.length, 1000)
  })
})

describe('dial', function () {
  this.timeout(15_000)
  afterEach(closeAll)

  it('is a connection to a service on the list, half-closes included', async () => {
    const port = await twice()
    const session = await enter(await openPage({ allow: [{ host: '127.0.0.1', port }] }))
    const stream = await dial(session, `127.0.0.1:${port}`)
    await stream.closeWrite(Buffer.from('hello'))
    let all = ''
    for await (const chunk of stream) all += Buffer.from(chunk.subarray()).toString()
    assert.equal(all, 'hellohellobye')
  })

  it('carries a megabyte there and back through a window of 64 KiB', async () => {
    const port = await twice()
    const session = await enter(await openPage({ allow: [{ host: '127.0.0.1', port }] }))
    const stream = await dial(session, `127.0.0.1:${port}`)
    const writing = stream.closeWrite(new Uint8Array(2 ** 20))
    let bytes = 0
    for await (const chunk of stream) bytes += chunk.length
    await writing
    assert.equal(bytes, 2 * 2 ** 20 + 3)
  })

  it('is refused what is not on the list, however it is written', async () => {
    const port = await twice()
    const page = await openPage({ allow: [{ host: 'localhost', port }] })
    const session = await enter(page)
    for (const to of [`127.0.0.1:${port}`, `localhost:${port + 1}`, `localhost.:${port}`, `[::1]:${port}`, 'localhost', '', 'x\u001b[2J:1']) {
      const error = await failure(dial(session, to))
      assert.instanceOf(error, Refused, to)
      assert.match(error.message, /^[\x20-\x7e]+ is not on the list of this gateway \(--allow\)$| is not on the list/, to)
      assert.notInclude(error.message, '\u001b')
    }
    await page.lines.said(/refused a page 127\.0\.0\.1:\d+: start with --allow/)
    await dial(session, `LOCALHOST:${port}`)
  })

  it('is refused everything unless something is allowed', async () => {
    const port = await twice()
    const session = await enter(await openPage())
    assert.instanceOf(await failure(dial(session, `127.0.0.1:${port}`)), Refused)
  })

  it('says that nothing listens there', async () => {
    const port = await freePorts()
    const session = await enter(await openPage({ allow: [{ host: '127.0.0.1', port }] }))
    assert.match((await failure(dial(session, `127.0.0.1:${port}`))).message, /^cannot connect to 127\.0\.0\.1:\d+: connect ECONNREFUSED/)
  })

  it('breaks off when the service does, which is no refusal', async () => {
    const service = net.createServer((socket) => { socket.on('error', () => {}).once('data', () => { socket.resetAndDestroy() }) })
    const port = await listenOn(service)
    const session = await enter(await openPage({ allow: [{ host: '127.0.0.1', port }] }))
    const stream = await dial(session, `127.0.0.1:${port}`)
    await stream.write(Buffer.from('x'))
    const { code, wireCode } = await failure(stream.read()) as MuxadoError
    assert.deepEqual([code, wireCode], ['STREAM_RESET', 2])
  })

  it('ends the connection to the service when the page goes', async () => {
    const service = net.createServer()
    const closed = new Promise<void>((resolve) => {
      service.once('connection', (socket: net.Socket) => { socket.once('close', () => { resolve() }).on('error', () => {}).resume() })
    })
    const port = await listenOn(service)
    const session = await enter(await openPage({ allow: [{ host: '127.0.0.1', port }] }))
    await dial(session, `127.0.0.1:${port}`)
    session.abort()
    await closed
  })
})

describe('wish', function () {
  this.timeout(15_000)
  afterEach(closeAll)

  it('learns what the gateway allows', async () => {
    const page = await openPage({ allow: [{ host: '::1', port: 6379 }, { host: 'db', port: 5432 }] })
    const { answer } = await wish(await enter(page), { want: 'hello' })
    assert.deepEqual(answer, { ok: true, allow: ['[::1]:6379', 'db:5432'], tabs: `${page.tabsUrl}t/NAME/` })
  })

  it('gets back what it says', async () => {
    const { stream } = await wish(await enter(await openPage()), { want: 'echo' })
    await stream.write(Buffer.from('ping'))
    assert.equal(Buffer.from((await stream.read())?.subarray() ?? []).toString(), 'ping')
    await stream.closeWrite()
    assert.isUndefined(await stream.read())
    assert.isUndefined(await stream.closed)
  })

  it('downloads as much as it asks for, and no more than there is', async () => {
    const session = await enter(await openPage())
    const { stream } = await wish(session, { want: 'download', bytes: 1_000_000 })
    let bytes = 0
    for await (const chunk of stream) bytes += chunk.length
    assert.equal(bytes, 1_000_000)
    for (const wrong of [-1, 2 ** 41, Number.NaN]) {
      assert.match((await failure(wish(session, { want: 'download', bytes: wrong }))).message, /a download has/)
    }
  })

  it('is refused what the gateway does not know, and a greeting that makes no sense is reset', async () => {
    const session = await enter(await openPage())
    assert.match((await failure(wish(session, { want: 'moon' } as never))).message, /does not know/)
    for (const bytes of [[0, 1, 123], [0, 2, 91, 93], [0, 1, 255]]) {
      const stream = session.open()
      await stream.closeWrite(Uint8Array.from(bytes))
      assert.equal((await failure(stream.read())).message.includes('reset'), true)
    }
    await wish(session, { want: 'hello' })
  })

  it('gives up when told to', async () => {
    const session = await enter(await openPage())
    assert.equal((await failure(wish(session, { want: 'hello' }, { signal: AbortSignal.abort(new Error('enough')) }))).message, 'enough')
  })
})

// What the entrance answers by itself, and when.
import { once } from 'node:events'
import * as http from 'node:http'
import * as net from 'node:net'
import { assert } from 'chai'
import pDefer from 'p-defer'
import { freePorts } from '../../../test/support/ports.ts'
import { ask, closeAll, listenOn, openAgent, openGateway, openTunnel, raw } from './help/tunnel.ts'

describe('answerFault', () => {
  afterEach(closeAll)

  it('answers 502 when nothing listens behind the agent, and says so once', async () => {
    const gateway = await openGateway()
    const agent = openAgent(gateway, await freePorts())
    await agent.lines.said(/^joined/)
    for (let i = 0; i < 3; i++) {
      const answer = await ask(gateway.url)
      assert.equal(answer.status, 502)
      assert.match(String(answer.body), /^502 The tunnel is up, but nothing answers behind it/)
    }
    assert.equal(agent.lines.lines.filter((line) => /nothing answers at/.test(line)).length, 1)
  })

  it('answers browsers with a page', async () => {
    const gateway = await openGateway()
    const answer = await ask(gateway.url, { headers: { Accept: 'text/html,*/*;q=0.8' } })
    assert.equal(answer.status, 503)
    assert.match(answer.headers['content-type'] ?? '', /^text\/html/)
    assert.match(String(answer.body), /<h1>No agent has joined<\/h1>/)
  })

  it('answers 503 with Retry-After when no agent has joined', async () => {
    const gateway = await openGateway()
    const answer = await ask(gateway.url, { method: 'POST' }, 'x')
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['retry-after'], '2')
    assert.match(String(answer.body), /^503 No agent has joined/)
  })

  it('answers 502 when the origin closes without an answer or talks nonsense', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (data) => { socket.end(String(data).startsWith('GET /mute') ? '' : 'SMTP ready\r\n\r\n') })
    })
    const gateway = await openGateway()
    const agent = openAgent(gateway, await listenOn(server))
    await agent.lines.said(/^joined/)
    for (const path of ['/mute', '/babble']) {
      const answer = await ask(gateway.url + path)
      assert.equal(answer.status, 502)
      assert.match(String(answer.body), /broke off/)
    }
  })

  it('answers 504 when no byte of an answer comes in time, and lets the origin know', async () => {
    const gone = pDefer<void>()
    const { gateway } = await openTunnel((request) => { request.socket.on('close', () => { gone.resolve() }) }, { firstByteMs: 50 })
    assert.equal((await ask(gateway.url)).status, 504)
    await gone.promise
  })

  it('answers 408 when an upload stops coming', async () => {
    const { gateway } = await openTunnel((request) => { request.resume() }, { firstByteMs: 100 })
    const text = await raw(gateway.url, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nAccept: text/plain\r\n\r\nhalf')
    assert.match(text, /^HTTP\/1.1 408 /)
  }).timeout(10_000)

  it('gives a client that still uploads its answer all the same', async () => {
    const gateway = await openGateway()
    const half = Buffer.alloc(16 * 2 ** 20)
    const request = http.request(gateway.url, { method: 'POST', agent: false, headers: { 'Content-Length': 2 * half.length } })
    const sent = once(request, 'finish')
    request.write(half)
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    assert.equal(response.statusCode, 503)
    request.end(half)
    await sent
    response.setEncoding('utf8')
    let text = ''
    for await (const chunk of response) text += String(chunk)
    assert.match(text, /^503/)
  })

  it('answers 503 beyond the most requests at once, and serves again after', async () => {
    const { gateway } = await openTunnel((request, response) => {
      if (request.url === '/wait') response.write('first')
      else response.end('x')
    }, { maxRequests: 2 })
    const waiting = [0, 1].map(() => http.get(`${gateway.url}/wait`, { agent: false }))
    await Promise.all(waiting.map(async (request) => { await once(request, 'response') }))
    const answer = await ask(gateway.url)
    assert.equal(answer.status, 503)
    assert.match(String(answer.body), /^503 Too many/)
    for (const request of waiting) {
      request.on('error', () => {})
      request.destroy()
    }
    while (gateway.figures().streams > 0) await new Promise(setImmediate)
    assert.equal((await ask(gateway.url)).status, 200)
  })

  it('breaks a circle', async () => {
    const gateway = await openGateway()
    const agent = openAgent(gateway, Number(new URL(gateway.url).port))
    await agent.lines.said(/^joined/)
    const answer = await ask(gateway.url)
    assert.equal(answer.status, 508)
    assert.equal(gateway.figures().requests, 9)
  })

  it('refuses what is not HTTP, too long, or meant for another kind of proxy', async () => {
    const gateway = await openGateway()
    assert.match(await raw(gateway.url, 'HELO there\r\n\r\n'), /^HTTP\/1.1 400 /)
    assert.match(await raw(gateway.url, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431 /)
    assert.match(await raw(gateway.url, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'), /^HTTP\/1.1 405 /)
    assert.match(await raw(gateway.url, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'), /^HTTP\/1.1 400 /)
  })
})

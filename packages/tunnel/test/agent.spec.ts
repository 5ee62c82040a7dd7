import { once } from 'node:events'
import * as http from 'node:http'
import * as net from 'node:net'
import { assert } from 'chai'
import pDefer from 'p-defer'
import { nextAttempt, pauseBefore } from '../src/agent.ts'
import { JoinRefused } from '../src/join.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { ask, closeAll, listenOn, openAgent, openGateway, openTunnel } from './help/tunnel.ts'

describe('runAgent', () => {
  afterEach(closeAll)

  it('says once that it cannot reach the gateway, and joins when it is there', async () => {
    const port = await freePorts()
    const origin = await listenOn(http.createServer((_request, response) => { response.end('x') }))
    const agent = openAgent({ join: { host: '127.0.0.1', port } }, origin)
    assert.match(await agent.lines.said(/cannot reach/), /connection refused at 127\.0\.0\.1:\d+/)
    const gateway = await openGateway({ join: { host: '127.0.0.1', port } })
    await agent.lines.said(/^joined/)
    assert.equal(agent.lines.lines.filter((line) => line.includes('cannot reach')).length, 1)
    assert.equal((await ask(gateway.url)).status, 200)
  })

  it('joins again when the gateway has gone and come back', async () => {
    const { gateway, agent } = await openTunnel((_request, response) => { response.end('x') })
    await gateway.close(0)
    const again = await openGateway({ join: gateway.join })
    await again.lines.said(/joined/)
    assert.equal((await ask(again.url)).status, 200)
    assert.isAbove(agent.lines.lines.filter((line) => line.startsWith('joined')).length, 1)
  })

  it('joins another gateway while its old one finishes what is under way', async () => {
    const finish = pDefer<void>()
    const { gateway } = await openTunnel((request, response) => {
      response.write('half, ')
      if (request.url === '/slow') finish.promise.then(() => { response.end('whole') }, () => {})
      else response.end()
    })
    const request = http.get(`${gateway.url}/slow`, { agent: false })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    const closing = gateway.close(5000)
    const successor = await openGateway({ join: gateway.join })
    await successor.lines.said(/joined/)
    assert.equal((await ask(successor.url)).status, 200)
    finish.resolve()
    let text = ''
    for await (const chunk of response) text += String(chunk)
    assert.equal(text, 'half, whole')
    await closing
  })

  it('gives up when the gateway refuses it, and says what to do', async () => {
    const gateway = await openGateway({ token: 'right' })
    const agent = openAgent(gateway, 1, { token: 'wrong' })
    const error = await agent.ended.then(() => undefined, (reason: unknown) => reason)
    assert.instanceOf(error, JoinRefused)
    assert.match((error as Error).message, /refuses this agent: wrong token\. Set MUXADO_TOKEN/)
  })

  it('says so when what answers is no gateway, and tries on', async () => {
    const server = http.createServer()
    const agent = openAgent({ join: { host: '127.0.0.1', port: await listenOn(server) } }, 1)
    await agent.lines.said(/is no gateway/)
    await agent.lines.said(/is no gateway/)
  })

  it('tells of an origin that is not there before anyone asks, and of its return', async () => {
    const port = await freePorts()
    const gateway = await openGateway()
    const agent = openAgent(gateway, port)
    await agent.lines.said(/^nothing answers at 127\.0\.0\.1:\d+ \(connect ECONNREFUSED/)
    await agent.lines.said(/^joined/)
    assert.equal((await ask(gateway.url)).status, 502)
    await listenOn(http.createServer((_request, response) => { response.end('x') }), port)
    assert.equal((await ask(gateway.url)).status, 200)
    await agent.lines.said(/answers again$/)
  })

  it('finishes what is under way when it is asked to end', async () => {
    const finish = pDefer<void>()
    const { gateway, agent } = await openTunnel((_request, response) => {
      response.write('half, ')
      finish.promise.then(() => { response.end('whole') }, () => {})
    })
    const request = http.get(gateway.url, { agent: false })
    const [response] = await once(request, 'response') as [http.IncomingMessage]
    agent.ask()
    while (gateway.figures().agents > 0 && (await ask(gateway.url)).status !== 503) await new Promise(setImmediate)
    finish.resolve()
    let text = ''
    for await (const chunk of response) text += String(chunk)
    assert.equal(text, 'half, whole')
    await agent.ended
  })

  it('survives public clients that leave early, more of them than a burst', async function () {
    this.timeout(30_000)
    const { gateway, agent } = await openTunnel((_request, response) => { response.write('first') })
    const { port } = new URL(gateway.url)
    const abuse = async (): Promise<void> => {
      const socket = net.connect(Number(port), '127.0.0.1')
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      await once(socket, 'data')
      socket.destroy()
    }
    for (let i = 0; i < 15; i++) await Promise.all(Array.from({ length: 100 }, abuse))
    assert.equal(agent.lines.lines.filter((line) => line.startsWith('joined')).length, 1)
    while (gateway.figures().streams > 0) await new Promise(setImmediate)
  })
})

describe('pauseBefore', () => {
  it('is random between the least and a limit that doubles to the most', () => {
    assert.equal(pauseBefore(0, 250, 30_000, 0), 250)
    assert.equal(pauseBefore(0, 250, 30_000, 1), 500)
    assert.equal(pauseBefore(3, 250, 30_000, 1), 4000)
    assert.equal(pauseBefore(50, 250, 30_000, 1), 30_000)
    assert.equal(pauseBefore(50, 250, 30_000, 0), 250)
    assert.notEqual(pauseBefore(5, 250, 30_000), pauseBefore(5, 250, 30_000))
  })
})

describe('nextAttempt', () => {
  it('counts on while nothing comes of it', () => {
    assert.equal(nextAttempt(0, 'failed', 0), 1)
    assert.equal(nextAttempt(7, 'failed', 60_000), 8)
  })

  it('begins anew after a session that lived, and nearly so after a brief one', () => {
    assert.equal(nextAttempt(9, 'joined', 60_000), 0)
    assert.equal(nextAttempt(9, 'joined', 100), 2)
    assert.equal(nextAttempt(0, 'joined', 100), 1)
  })
})

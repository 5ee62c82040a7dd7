import * as http from 'node:http'
import { connect } from '@muxado/node'
import type { Session } from '@muxado/session'
import { assert } from 'chai'
import { JoinRefused, joinType, printable, requestJoin, sameToken } from '../src/join.ts'
import { freePorts } from '../../../test/support/ports.ts'
import { ask, closeAll, listenOn, onClose, openAgent, openGateway } from './help/tunnel.ts'

async function dial (port: number): Promise<Session> {
  const session = await connect({ host: '127.0.0.1', port })
  onClose(async () => { session.abort() })
  return session
}

async function rejected (promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it was fulfilled')
}

async function say (session: Session, text: string | Uint8Array, type: number = joinType): Promise<string> {
  const stream = session.open({ type })
  await stream.write(typeof text === 'string' ? new TextEncoder().encode(text) : text)
  let out = ''
  for await (const chunk of stream) out += new TextDecoder().decode(chunk.subarray())
  return out
}

describe('joining', () => {
  afterEach(closeAll)

  it('tells the agent where the entrance is', async () => {
    const gateway = await openGateway()
    const session = await dial(gateway.join.port)
    const { url } = await requestJoin(session, { name: 'box', target: 'localhost:3000' })
    assert.equal(url, gateway.url)
    assert.match(await gateway.lines.said(/joined/), /^agent box joined from 127\.0\.0\.1:\d+ and exposes localhost:3000$/)
  })

  it('refuses a wrong token and a missing one, and says which', async () => {
    const gateway = await openGateway({ token: 'right' })
    const wrong = await rejected(requestJoin(await dial(gateway.join.port), { name: 'a', target: 'b', token: 'wrong' }))
    assert.instanceOf(wrong, JoinRefused)
    assert.equal(wrong.message, 'wrong token')
    const missing = await rejected(requestJoin(await dial(gateway.join.port), { name: 'a', target: 'b' }))
    assert.equal(missing.message, 'a token is needed')
    assert.equal(gateway.figures().agents, 0)
    await gateway.lines.said(/^refused an agent from 127\.0\.0\.1: wrong token$/)
    await requestJoin(await dial(gateway.join.port), { name: 'a', target: 'b', token: 'right' })
  })

  it('refuses a greeting of another version', async () => {
    const gateway = await openGateway()
    assert.match(await say(await dial(gateway.join.port), '{"muxado":2}\n'), /^\{"ok":false,"error":"this gateway speaks version 1/)
  })

  for (const [what, text, type] of [
    ['no JSON', 'hello\n', joinType], ['no object', '[1]\n', joinType], ['too much', `{"name":"${'x'.repeat(5000)}"}\n`, joinType],
    ['bytes that are no text', Buffer.from([0xff, 0x0a]), joinType], ['another type of stream', '{"muxado":1}\n', 7]
  ] as const) {
    it(`hangs up on ${what}`, async () => {
      const gateway = await openGateway()
      const session = await dial(gateway.join.port)
      await rejected(say(session, text, type))
      await session.closed
      assert.equal(gateway.figures().agents, 0)
      await gateway.lines.said(/^127\.0\.0\.1 did not join: /)
    })
  }

  it('does not let an agent open streams into the gateway', async () => {
    const gateway = await openGateway()
    const session = await dial(gateway.join.port)
    await requestJoin(session, { name: 'a', target: 'b' })
    const stream = session.open()
    assert.equal((await stream.closed)?.code, 'STREAM_REFUSED')
  })

  it('gives requests to the agent that joined last, and back to the one before when it leaves', async () => {
    const gateway = await openGateway()
    const origins = await Promise.all(['one', 'two'].map((name) => listenOn(http.createServer((_request, response) => { response.end(name) }))))
    const first = openAgent(gateway, origins[0] ?? 0)
    await first.lines.said(/^joined/)
    assert.equal(String((await ask(gateway.url)).body), 'one')
    const second = openAgent(gateway, origins[1] ?? 0)
    await second.lines.said(/^joined/)
    for (let i = 0; i < 3; i++) assert.equal(String((await ask(gateway.url)).body), 'two')
    await second.end()
    assert.equal(String((await ask(gateway.url)).body), 'one')
  })

  it('tries the agent before when the newest cannot reach its origin', async () => {
    const gateway = await openGateway()
    const good = openAgent(gateway, await listenOn(http.createServer((_request, response) => { response.end('good') })))
    await good.lines.said(/^joined/)
    const bad = openAgent(gateway, await freePorts())
    await bad.lines.said(/^joined/)
    assert.equal(String((await ask(gateway.url)).body), 'good')
    assert.equal((await ask(gateway.url, { method: 'POST' }, 'a body cannot be sent twice')).status, 502)
  })
})

describe('sameToken', () => {
  it('compares whole tokens, of any length', () => {
    assert.isTrue(sameToken('a', 'a'))
    for (const given of ['', 'b', 'aa', undefined, 1, null]) assert.isFalse(sameToken(given, 'a'))
  })
})

describe('printable', () => {
  it('keeps terminals safe from strangers', () => {
    assert.equal(printable('\u001b[2Jbox\n\u0007ü'), '?[2Jbox??ü')
    assert.equal(printable('x'.repeat(1000)).length, 200)
  })
})

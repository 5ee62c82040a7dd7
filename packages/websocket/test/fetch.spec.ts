// The entries for servers that answer a `Request`, each with what stands in for its runtime: the runtimes themselves run *.runtime.ts.
import { createSession, type MuxadoError, type Session } from '@muxado/session'
import { bearer, fromWebSocket } from '@muxado/websocket'
import * as bun from '@muxado/websocket/bun'
import * as deno from '@muxado/websocket/deno'
import * as workers from '@muxado/websocket/workers'
import { assert } from 'chai'
import { collect, pattern, settled } from '../../../test/support/transport-contract.ts'
import { BunSocket, type ServerSocket } from '../src/bun/socket.ts'
import { memorySockets, type MemorySocket } from './memory-socket.ts'

interface Answer {
  readonly response: Response | undefined
  readonly session: Session | undefined
  /** The other end, when there is one. */
  readonly client: MemorySocket | undefined
}

/** A request for a WebSocket as a client sends it. */
function asking (headers: Record<string, string> = {}, url = 'http://host.test/muxado'): Request {
  return new Request(url, { headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'muxado.v1, muxado.v2', ...headers } })
}

async function withGlobal<T> (name: string, value: unknown, run: () => Promise<T>): Promise<T> {
  Object.assign(globalThis, { [name]: value })
  try {
    return await run()
  } finally {
    Reflect.deleteProperty(globalThis, name)
  }
}

async function onDeno (request: Request, options?: deno.UpgradeOptions): Promise<Answer> {
  let client: MemorySocket | undefined
  const upgradeWebSocket = (_request: Request, { protocol }: { protocol: string }): object => {
    const [here, socket] = memorySockets(protocol)
    client = here
    return { socket, response: new Response(`upgraded to ${protocol}`) }
  }
  const upgraded = await withGlobal('Deno', { upgradeWebSocket }, async () => await deno.acceptUpgrade(request, options))
  return { ...upgraded, client }
}

/** Node's `Response` refuses 101, which Workers' takes. */
class WorkersResponse extends Response {
  readonly asked: { status?: number, webSocket?: object }
  constructor (body: string | null, init: { status: number, headers: Record<string, string>, webSocket?: object }) {
    super(body, init.status === 101 ? { headers: init.headers } : init)
    this.asked = init
  }
}

async function onWorkers (request: Request, options?: workers.UpgradeOptions): Promise<Answer> {
  let client: MemorySocket | undefined
  const accepted: string[] = []
  class WebSocketPair {
    readonly 0: MemorySocket
    readonly 1: MemorySocket
    constructor () {
      const [here, there] = memorySockets('')
      client = here
      this[0] = here
      this[1] = Object.assign(there, { accept: () => { accepted.push('yes') } })
    }
  }
  const upgraded = await withGlobal('WebSocketPair', WebSocketPair, async () => {
    const real = globalThis.Response
    globalThis.Response = WorkersResponse as typeof Response
    return await workers.acceptUpgrade(request, options).finally(() => { globalThis.Response = real })
  })
  if (upgraded.session !== undefined) {
    assert.deepEqual(accepted, ['yes'])
    assert.equal((upgraded.response as WorkersResponse).asked.webSocket, client)
    assert.equal((upgraded.response as WorkersResponse).asked.status, 101)
  }
  return { ...upgraded, client }
}

async function onBun (request: Request, options?: bun.UpgradeOptions): Promise<Answer> {
  let client: MemorySocket | undefined
  const server: bun.UpgradingServer = {
    requestIP: () => ({ address: '::1', port: 7 }),
    upgrade (_request, { data, headers }) {
      const [here, there] = memorySockets(headers['Sec-WebSocket-Protocol'])
      client = here
      const socket: ServerSocket = {
        data: data as BunSocket,
        ping: () => 0,
        getBufferedAmount: () => 0,
        close: (code, reason) => { there.close(code, reason) },
        terminate: () => { there.close(1006) },
        send: (bytes) => {
          there.send(bytes)
          return bytes.byteLength
        }
      }
      there.addEventListener('message', (event: { data: ArrayBuffer }) => { bun.websocket.message(socket, new Uint8Array(event.data)) })
      there.addEventListener('close', ({ code, reason }: { code: number, reason: string }) => { bun.websocket.close(socket, code, reason) })
      queueMicrotask(() => { bun.websocket.open(socket) })
      return true
    }
  }
  return { ...await bun.acceptUpgrade(request, server, options), client }
}

for (const [name, accept, { requestOf }] of [['Deno', onDeno, deno], ['Workers', onWorkers, workers], ['Bun', onBun, bun]] as const) {
  describe(`acceptUpgrade for ${name}`, () => {
    const refusal = async (request: Request, options?: deno.UpgradeOptions): Promise<[number | undefined, string | undefined]> => {
      const { response, session, client } = await accept(request, options)
      assert.isUndefined(session)
      assert.isUndefined(client)
      return [response?.status, await response?.text()]
    }

    for (const [offer, wires, wire] of [['muxado.v1, muxado.v2', undefined, 1], ['muxado.v2', undefined, 2], ['muxado.v1,muxado.v2', [2, 1], 2]] as const) {
      it(`makes a session in wire ${wire} of one that offers ${offer} where ${String(wires ?? 'either')} is spoken`, async () => {
        const { session, client } = await accept(asking({ 'sec-websocket-protocol': offer }), { wires })
        assert.isDefined(session)
        assert.isDefined(client)
        if (session === undefined || client === undefined) return
        const other = createSession(fromWebSocket(client), { role: 'client', wire })
        const stream = other.open({ type: 3 })
        const [peer] = await Promise.all([session.accept(), stream.closeWrite(pattern(1000, 1))])
        assert.equal((await collect(peer)).byteLength, 1000)
        await Promise.all([peer.closeWrite(), collect(stream)])
        assert.equal(session.role, 'server')
        await other.close()
        assert.isUndefined((await session.closed).error)
      })
    }

    it('knows how a session was asked for', async () => {
      const request = asking({ 'sec-websocket-protocol': `muxado.v1, ${bearer('sesame')}`, origin: 'http://host.test' })
      const { session } = await accept(request, { remoteAddress: '192.0.2.7:1' })
      const asked = session === undefined ? undefined : requestOf(session)
      assert.equal(asked?.request, request)
      assert.equal(asked?.url.pathname, '/muxado')
      assert.equal(asked?.origin, 'http://host.test')
      assert.equal(asked?.token, 'sesame')
      assert.equal(asked?.remoteAddress, '192.0.2.7:1')
      assert.isUndefined(requestOf({} as Session))
      session?.abort()
    })

    it('refuses what is no WebSocket, speaks no muxado, or comes from a foreign page', async () => {
      assert.deepEqual(await refusal(new Request('http://host.test/')), [426, 'a WebSocket, please\n'])
      assert.deepEqual(await refusal(asking({ 'sec-websocket-protocol': 'chat' })), [400, 'this speaks the sub-protocol muxado.v1 or muxado.v2, the client offers chat\n'])
      assert.deepEqual(await refusal(asking({ origin: 'http://evil.test' })), [403, 'pages of http://evil.test may not connect\n'])
    })

    it('lets in whom origins and verify let in', async () => {
      for (const options of [{ origins: ['http://evil.test'] }, { origins: 'any' }] as const) {
        const { session } = await accept(asking({ origin: 'http://evil.test' }), options)
        assert.isDefined(session)
        session?.abort()
      }
      assert.deepEqual(await refusal(asking(), { verify: ({ token }) => token === 'sesame' }), [403, 'refused\n'])
      assert.deepEqual(await refusal(asking(), { verify: () => ({ status: 429, message: 'later' }) }), [429, 'later\n'])
      assert.deepEqual(await refusal(asking(), { verify: async () => { throw new Error('a secret') } }), [500, 'refused\n'])
      const { session } = await accept(asking({ 'sec-websocket-protocol': `muxado.v1, ${bearer('sesame')}` }), { verify: async ({ token }) => token === 'sesame' })
      assert.isDefined(session)
      session?.abort()
    })

    it('tells of options that no session takes, before and after anybody is connected', async () => {
      assert.deepInclude(await settled(accept(asking(), { window: -1 })) as MuxadoError, { code: 'API_ARGUMENT' })
      assert.deepInclude(await settled(accept(asking(), { heartbeat: { intervalMs: -1 } })) as MuxadoError, { code: 'API_ARGUMENT' })
    })
  })
}

describe('acceptUpgrade', () => {
  it('says that this is not the runtime', async () => {
    assert.match((await settled(deno.acceptUpgrade(asking())))?.message ?? '', /this is not Deno/)
    assert.match((await settled(workers.acceptUpgrade(asking())))?.message ?? '', /this is no Worker/)
  })

  it('takes the address of the client from where the runtime has it', async () => {
    const address = async ({ session }: Answer, of: (session: Session) => { remoteAddress: string | undefined } | undefined): Promise<string | undefined> => {
      const found = session === undefined ? undefined : of(session)?.remoteAddress
      session?.abort()
      return found
    }
    assert.equal(await address(await onBun(asking()), bun.requestOf), '[::1]:7')
    assert.equal(await address(await onWorkers(asking({ 'cf-connecting-ip': '192.0.2.9' })), workers.requestOf), '192.0.2.9')
    assert.isUndefined(await address(await onWorkers(asking()), workers.requestOf))
    assert.isUndefined(await address(await onDeno(asking()), deno.requestOf))
  })

  it('answers 400 when Bun cannot upgrade', async () => {
    const { response, session } = await bun.acceptUpgrade(asking(), { upgrade: () => false })
    assert.deepEqual([response?.status, session], [400, undefined])
  })
})

describe('BunSocket', () => {
  it('passes on what Bun tells its handlers, and asks Bun only while it has a socket', () => {
    const done: string[] = []
    const socket = new BunSocket('muxado.v1')
    const under: ServerSocket = {
      data: socket,
      send: (data) => done.push(`send ${data.byteLength}`),
      ping: () => done.push('ping'),
      close: (code, reason) => { done.push(`close ${code} ${reason}`) },
      terminate: () => { done.push('terminate') },
      getBufferedAmount: () => 42
    }
    for (const type of ['open', 'message', 'close']) socket.addEventListener(type, (event: object) => { done.push(`${type} ${JSON.stringify(event)}`) })
    socket.on('pong', () => { done.push('pong') })
    const use = (): void => {
      socket.send(new Uint8Array(3), () => { done.push('sent') })
      socket.ping()
      socket.pause()
      socket.resume()
      done.push(`${socket.readyState} ${socket.bufferedAmount}`)
    }
    use()
    bun.websocket.open(under)
    use()
    bun.websocket.message(under, 'text')
    bun.websocket.drain(under)
    bun.websocket.pong(under)
    socket.close(1000, 'bye')
    socket.terminate()
    bun.websocket.close(under, 1000, 'bye')
    use()
    assert.deepEqual(done, [
      '0 0', 'open {}', 'send 3', 'ping', '1 42', 'message {"data":"text"}', 'sent', 'pong', 'close 1000 bye', 'terminate', 'close {"code":1000,"reason":"bye"}', '3 0'
    ])
  })
})

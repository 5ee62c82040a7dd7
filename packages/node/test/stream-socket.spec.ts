import { MuxadoError } from '@muxado/core'
import { connect, listen, toSocket } from '@muxado/node'
import type { StreamSocket } from '@muxado/node'
import type { Consumer, Stream } from '@muxado/session'
import { assert } from 'chai'
import { once } from 'node:events'
import * as net from 'node:net'
import { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { all, closed, quiet } from './socket-ends.ts'
import { sessionPair, temporaryPath } from './support.ts'
import type { SessionPair } from './support.ts'
import { deferred, pattern, turn, until } from './transport-contract.ts'

describe('StreamSocket', () => {
  let pair: SessionPair
  before(async () => { pair = await sessionPair() })
  after(async () => { await pair.close() })

  async function ends (): Promise<[StreamSocket, StreamSocket]> {
    const a = quiet(pair.client.open())
    return [a, quiet(await pair.server.accept())]
  }

  it('has every public member of net.Socket, of the same kind', async () => {
    const [socket] = await ends()
    const tcp = new net.Socket()
    const names = new Set<string>()
    for (let object: object = tcp; object !== Duplex.prototype; object = Object.getPrototypeOf(object)) {
      for (const name of Object.getOwnPropertyNames(object)) names.add(name)
    }
    assert.includeMembers([...names], ['connect', 'setTimeout', 'remoteAddress', 'destroySoon', 'allowHalfOpen', 'bytesRead'])
    const missing = [...names].filter((name) => {
      // Node's own business: names with an underscore, and the server a socket was accepted by.
      if (name.startsWith('_') || name === 'server' || name === 'constructor') return false
      return !(name in socket) || (typeof Reflect.get(tcp, name) === 'function') !== (typeof Reflect.get(socket, name) === 'function')
    })
    assert.deepEqual(missing, [])
    // And to the compiler.
    const typed: net.Socket = socket
    typed.destroy()
    tcp.destroy()
  })

  it('is open from its first moment', async () => {
    const [socket] = await ends()
    assert.isFalse(socket.connecting)
    assert.isFalse(socket.pending)
    assert.equal(socket.readyState, 'open')
    assert.isUndefined(socket.timeout)
    socket.destroy()
  })

  it('knows the addresses of its session', async () => {
    const [a, b] = await ends()
    assert.equal(a.remoteAddress, '127.0.0.1')
    assert.equal(a.localFamily, 'IPv4')
    assert.equal(a.remoteFamily, 'IPv4')
    assert.equal(a.localPort, b.remotePort)
    assert.equal(a.remotePort, b.localPort)
    assert.equal(a.localAddress, b.remoteAddress)
    assert.deepEqual(a.address(), { address: '127.0.0.1', port: a.localPort ?? 0, family: 'IPv4' })
    assert.deepEqual(a.autoSelectFamilyAttemptedAddresses, [])
    a.destroy()
  })

  it('has no addresses over a unix socket', async () => {
    const listener = await listen({ path: temporaryPath() })
    const client = await connect(listener.url)
    const socket = toSocket(client.open())
    assert.isUndefined(socket.remoteAddress)
    assert.isUndefined(socket.localPort)
    assert.deepEqual(socket.address(), {})
    socket.on('error', () => {})
    client.abort()
    await listener.close({ sessions: true })
  })

  it('tells who opened the stream that it is connected, and nobody else', async () => {
    const events: string[] = []
    const [a, b] = await ends()
    for (const event of ['connect', 'ready']) {
      a.on(event, () => { events.push(`opener ${event}`) })
      b.on(event, () => { events.push(`acceptor ${event}`) })
    }
    const c = quiet(pair.client.open())
    await once(c, 'ready')
    const d = quiet(pair.client.open())
    d.on('connect', () => { events.push('destroyed') })
    d.destroy()
    await closed(d)
    assert.deepEqual(events, [])
    a.destroy()
  })

  it('emits connect for libraries that connect the socket they are given', async () => {
    const socket = quiet(pair.client.open())
    let connected = 0
    socket.on('connect', () => { connected++ })
    assert.equal(socket.connect(5432, 'database'), socket)
    await once(socket, 'connect')
    assert.equal(connected, 1)
    const later = deferred<void>()
    socket.connect({ port: 1 }, later.resolve)
    await later.promise
    assert.equal(connected, 2)
    socket.destroy()
  })

  it('takes what makes no sense on a stream, and returns itself', async () => {
    const [socket] = await ends()
    assert.equal(socket.setNoDelay(true), socket)
    assert.equal(socket.setKeepAlive(true, 1000), socket)
    assert.equal(socket.setTypeOfService(8), socket)
    assert.equal(socket.getTypeOfService(), 0)
    assert.equal(socket.ref(), socket)
    assert.equal(socket.unref(), socket)
    socket.destroy()
  })

  it('emits timeout when nothing happens, not while something does', async () => {
    const [a, b] = await ends()
    let early = 0
    const busy = (): void => { early++ }
    assert.equal(a.setTimeout(100), a)
    assert.equal(a.timeout, 100)
    a.on('timeout', busy)
    b.pipe(b)
    a.resume()
    // A busy machine may stall the whole process for longer: that is a timeout indeed.
    let stalls = 0
    let last = performance.now()
    for (const end = last + 250; last < end;) {
      a.write('x')
      await turn()
      if (performance.now() - last > 90) stalls++
      last = performance.now()
    }
    assert.isAtMost(early, stalls)
    a.off('timeout', busy)
    await once(a.setTimeout(5), 'timeout')
    assert.isFalse(a.destroyed)
    a.destroy()
  })

  it('switches the timeout off, and does not set one on a destroyed socket', async () => {
    const [a] = await ends()
    const timedOut = (): void => { assert.fail('timed out') }
    a.setTimeout(1, timedOut)
    a.setTimeout(0, timedOut)
    assert.equal(a.timeout, 0)
    assert.equal(a.listenerCount('timeout'), 0)
    a.setTimeout(1)
    a.on('timeout', timedOut)
    a.destroy()
    a.setTimeout(1)
    const [c] = await ends()
    await once(c.setTimeout(5), 'timeout')
    c.destroy()
  })

  it('drops what comes after it was destroyed, with its credit returned', async () => {
    const [, stream] = await ends()
    let consumer: Consumer | undefined
    const fake: Stream = Object.create(stream.stream, {
      consume: { value: (given: Consumer) => { consumer = given } },
      push: { value: () => true },
      reset: { value: () => {} },
      took: { value: (bytes: number) => { assert.fail(`took ${bytes}`) } }
    })
    const socket = toSocket(fake).setTimeout(1)
    const never = (): void => { assert.fail('nothing may come of it') }
    socket.on('data', never)
    socket.write('so that the reset waits for a flush')
    socket.destroy()
    await closed(socket)
    socket.on('timeout', never).on('error', never).on('end', never)
    assert.equal(consumer?.data(pattern(10, 1)), 10)
    consumer?.end()
    consumer?.drain?.()
    consumer?.error(new MuxadoError('STREAM_RESET', 'late'))
    await new Promise(resolve => setTimeout(resolve, 5))
    assert.equal(socket.bytesRead, 0)
    stream.destroy()
  })

  it('counts bytes that wait to be written', async () => {
    const [a] = await ends()
    a.cork()
    a.write('12345')
    assert.equal(a.bytesWritten, 5)
    assert.equal(a.bufferSize, 5)
    a.uncork()
    await until(() => a.bufferSize === 0)
    assert.equal(a.bytesWritten, 5)
    a.destroy()
  })

  it('leaves exceptions of listeners uncaught, as they are on a socket', async () => {
    const [a, b] = await ends()
    const bug = new Error('bug in a listener')
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const caught = deferred<Error>()
    process.once('uncaughtException', caught.resolve)
    b.once('data', () => { throw bug })
    a.write('x')
    try {
      assert.equal(await caught.promise, bug)
    } finally {
      for (const listener of before) process.on('uncaughtException', listener)
    }
    const answer = once(b, 'data')
    a.write('y')
    assert.equal(String((await answer)[0]), 'y')
    a.destroy()
  })

  it('carries TLS', async () => {
    const [a, b] = await ends()
    const server = new tls.TLSSocket(b, { isServer: true, key: KEY, cert: CERTIFICATE })
    const client = tls.connect({ socket: a, ca: CERTIFICATE, servername: 'localhost' })
    server.end('secret')
    assert.equal(String(Buffer.from(await all(client))), 'secret')
    client.end()
    await Promise.all([closed(a), closed(b)])
  })
})

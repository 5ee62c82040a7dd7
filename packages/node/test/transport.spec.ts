import { fromSocket } from '@muxado/node'
import { assert } from 'chai'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { temporaryPath } from './support.ts'
import { collect, deferred, pattern, settled, transportContract, until } from './transport-contract.ts'

interface SocketPair {
  readonly client: Socket
  readonly server: Socket
  readonly close: () => void
}

async function pairOver (listen: { port?: number, host?: string, path?: string }): Promise<SocketPair> {
  const listener = createServer({ allowHalfOpen: true })
  listener.listen(listen)
  await once(listener, 'listening')
  const address = listener.address()
  const target = typeof address === 'string' || address === null ? { path: listen.path ?? '' } : { port: address.port, host: '127.0.0.1' }
  const client = connect(target)
  const [server] = await once(listener, 'connection') as [Socket]
  if (client.connecting) await once(client, 'connect')
  return { client, server, close: () => { listener.close() } }
}

async function tlsPair (): Promise<SocketPair> {
  const listener = tls.createServer({ key: KEY, cert: CERTIFICATE, allowHalfOpen: true })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  const client = tls.connect({ port, host: '127.0.0.1', ca: CERTIFICATE, servername: 'localhost' })
  const [[server]] = await Promise.all([once(listener, 'secureConnection'), once(client, 'secureConnect')]) as [[Socket], unknown]
  return { client, server, close: () => { listener.close() } }
}

const tcpPair = async (): Promise<SocketPair> => await pairOver({ port: 0, host: '127.0.0.1' })

for (const [name, open] of [
  ['a TCP socket', tcpPair],
  ['a unix socket', async () => await pairOver({ path: temporaryPath() })],
  ['a TLS socket', tlsPair]
] as const) {
  transportContract(name, async () => {
    const { client, server, close } = await open()
    return { a: fromSocket(client), b: fromSocket(server), close }
  })
}

transportContract('a pair of plain Duplexes', async () => {
  const [a, b] = duplexes()
  return { a: fromSocket(a), b: fromSocket(b) }
})

describe('fromSocket', () => {
  let pair: SocketPair
  beforeEach(async () => { pair = await tcpPair() })
  afterEach(() => {
    pair.client.destroy()
    pair.server.destroy()
    pair.close()
  })

  it('writes each list as one writev', async () => {
    const written: number[] = []
    const sink = new Duplex({
      read () {},
      write (_chunk, _encoding, done) {
        written.push(1)
        done()
      },
      writev (chunks, done) {
        written.push(chunks.length)
        done()
      }
    })
    const { Uint8ArrayList } = await import('uint8arraylist')
    await fromSocket(sink).sink((async function * () {
      yield new Uint8ArrayList(pattern(8, 1), pattern(5000, 2), pattern(8, 3))
      yield pattern(8, 4)
      yield new Uint8ArrayList(pattern(8, 5), pattern(8, 6))
    })())
    assert.deepEqual(written, [3, 1, 2])
  })

  it('keeps both halves apart although the socket was not made half-open', async () => {
    assert.isFalse(pair.client.allowHalfOpen)
    const transport = fromSocket(pair.client)
    pair.server.end()
    assert.equal((await collect(transport.source)).byteLength, 0)
    const received = deferred<Buffer>()
    pair.server.once('data', received.resolve)
    await transport.sink((async function * () { yield pattern(3, 1) })())
    assert.equal((await received.promise).byteLength, 3)
  })

  it('formats its addresses as host:port and remembers them', async () => {
    const transport = fromSocket(pair.client)
    const { localPort, remotePort } = pair.client
    assert.equal(transport.localAddress, `127.0.0.1:${localPort}`)
    assert.equal(transport.remoteAddress, `127.0.0.1:${remotePort}`)
    transport.abort()
    await once(pair.client, 'close')
    assert.equal(transport.localAddress, `127.0.0.1:${localPort}`)
    assert.equal(transport.remoteAddress, `127.0.0.1:${remotePort}`)
  })

  it('takes the addresses it is told', () => {
    const transport = fromSocket(pair.client, { localAddress: 'here', remoteAddress: '/tmp/there' })
    assert.equal(transport.localAddress, 'here')
    assert.equal(transport.remoteAddress, '/tmp/there')
  })

  it('has no address over a Duplex that is no socket', () => {
    const transport = fromSocket(new Duplex({ read () {} }))
    assert.isUndefined(transport.localAddress)
    assert.isUndefined(transport.remoteAddress)
  })

  it('may be made while the socket still connects', async () => {
    const address = pair.server.address()
    const listener = createServer(socket => { socket.end('hello') }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const bound = listener.address()
    assert.isObject(address)
    const transport = fromSocket(connect({ port: typeof bound === 'object' ? bound?.port ?? 0 : 0, host: '127.0.0.1' }))
    assert.isUndefined(transport.remoteAddress)
    const [got] = await Promise.all([collect(transport.source), transport.sink((async function * () {})())])
    assert.equal(new TextDecoder().decode(got), 'hello')
    listener.close()
  })

  it('hands over what came before the connection failed, then the error', async () => {
    const transport = fromSocket(pair.client)
    const iterator = transport.source[Symbol.asyncIterator]()
    pair.server.write('last words')
    const first = await iterator.next()
    assert.equal(String(first.value), 'last words')
    pair.server.resetAndDestroy()
    const error = await settled(iterator.next() as Promise<unknown>)
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET')
    assert.isTrue((await iterator.next()).done)
  })

  it('rejects the sink when the peer resets the connection while it is parked', async () => {
    const transport = fromSocket(pair.client)
    const writing = transport.sink((async function * () {
      yield pattern(10, 1)
      await new Promise(() => {})
    })())
    const reading = collect(transport.source)
    await once(pair.server, 'data')
    pair.server.resetAndDestroy()
    assert.equal((await settled(writing) as NodeJS.ErrnoException).code, 'ECONNRESET')
    assert.equal((await settled(reading) as NodeJS.ErrnoException).code, 'ECONNRESET')
  })

  it('fails at once over a socket that is closed or has failed', async () => {
    pair.client.destroy()
    await once(pair.client, 'close')
    const closed = fromSocket(pair.client)
    assert.match((await settled(collect(closed.source)))?.message ?? '', /closed/)
    assert.match((await settled(closed.sink((async function * () {})())))?.message ?? '', /closed/)

    const broken = new Duplex({ read () {} })
    broken.on('error', () => {})
    broken.destroy(new Error('broken'))
    assert.equal((await settled(collect(fromSocket(broken).source)))?.message, 'broken')
  })

  it('ends at once over a socket whose input has ended', async () => {
    pair.server.end()
    pair.client.allowHalfOpen = true
    pair.client.resume()
    await once(pair.client, 'end')
    assert.equal((await collect(fromSocket(pair.client).source)).byteLength, 0)
  })

  it('reads a socket that was paused by whoever accepted it', async () => {
    pair.client.pause()
    const transport = fromSocket(pair.client)
    pair.server.end('late')
    assert.equal(new TextDecoder().decode(await collect(transport.source)), 'late')
  })

  it('answers several reads at once in order', async () => {
    const iterator = fromSocket(pair.client).source[Symbol.asyncIterator]()
    const reads = [iterator.next(), iterator.next(), iterator.next()]
    pair.server.write('one')
    assert.equal(String((await reads[0])?.value), 'one')
    pair.server.end('two')
    assert.equal(String((await reads[1])?.value), 'two')
    assert.isTrue((await reads[2])?.done)
  })

  it('pauses the socket while nobody takes what came', async () => {
    const transport = fromSocket(pair.client)
    const iterator = transport.source[Symbol.asyncIterator]()
    const first = iterator.next()
    let written = 0
    const fill = (): void => {
      while (pair.server.write(pattern(65_536, 1))) written++
      written++
    }
    pair.server.on('drain', fill)
    fill()
    await first
    await until(() => pair.client.isPaused())
    assert.isBelow(written * 65_536, 32 * 1024 * 1024)
    pair.server.off('drain', fill)
    pair.server.end()
    let received = (await first).value?.byteLength ?? 0
    for await (const chunk of { [Symbol.asyncIterator]: () => iterator }) received += chunk.byteLength
    assert.equal(received, written * 65_536)
  })

  it('closes the socket by itself when the source was left and both halves have ended', async () => {
    const transport = fromSocket(pair.client)
    const iterator = transport.source[Symbol.asyncIterator]()
    await iterator.return?.()
    pair.server.write(pattern(100_000, 1))
    pair.server.end()
    const received = collect(fromSocket(pair.server).source)
    await transport.sink((async function * () { yield pattern(1000, 2) })())
    assert.equal((await received).byteLength, 1000)
    if (!pair.client.closed) await once(pair.client, 'close')
    assert.isNull(pair.client.errored)
  })

  it('closes the socket by itself when the source is left after the sink is done', async () => {
    const transport = fromSocket(pair.client)
    const iterator = transport.source[Symbol.asyncIterator]()
    await transport.sink((async function * () {})())
    await iterator.return?.()
    pair.server.end('unread')
    if (!pair.client.closed) await once(pair.client, 'close')
    assert.isNull(pair.client.errored)
  })

  it('resolves a sink whose socket was ended by somebody else', async () => {
    const transport = fromSocket(pair.client)
    pair.client.end()
    await once(pair.client, 'finish')
    await transport.sink((async function * () {})())
  })

  it('survives an error that nobody waits for', async () => {
    fromSocket(pair.client)
    const closed = deferred<boolean>()
    pair.client.once('close', closed.resolve)
    pair.client.destroy(new Error('nobody hears this'))
    assert.isTrue(await closed.promise)
  })
})

/** One end of a pair in memory that takes its time. */
class End extends Duplex {
  peer: End | undefined
  #room: (() => void) | undefined

  override _read (): void {
    this.#room?.()
    this.#room = undefined
  }

  override _write (chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.peer?.receive(chunk, done)
  }

  override _final (done: () => void): void {
    this.peer?.push(null)
    done()
  }

  override _destroy (error: Error | null, done: (error: Error | null) => void): void {
    // As with a socket: what was sent before a good end can still be read
    if (this.peer?.destroyed === false && !(this.writableFinished && this.readableEnded)) this.peer.destroy(new Error('the other end is gone'))
    done(error)
  }

  receive (chunk: Uint8Array, done: () => void): void {
    if (this.push(chunk)) setImmediate(done)
    else this.#room = done
  }
}

function duplexes (): [Duplex, Duplex] {
  const [a, b] = [new End(), new End()]
  a.peer = b
  b.peer = a
  return [a, b]
}

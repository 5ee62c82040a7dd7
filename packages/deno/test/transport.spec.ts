import { fromConn } from '@muxado/deno'
import type { Conn } from '@muxado/deno'
import { assert } from 'chai'
import { Uint8ArrayList } from 'uint8arraylist'
import { CERTIFICATE, KEY } from '../../../test/support/test-only-certificate.ts'
import { collect, concat, deferred, equal, pattern, settled, transportContract, turn, until } from '../../../test/support/transport-contract.ts'
import { denoError } from './stand-in.ts'
import { closeTwice, connPair, deno, temporaryPath, untilEnd } from './support.ts'

async function unixPair (): Promise<[Conn, Conn]> {
  const path = temporaryPath()
  const listener = deno.listen({ transport: 'unix', path })
  const pair = await Promise.all([deno.connect({ transport: 'unix', path }), listener.accept()])
  listener.close()
  return pair
}

async function tlsPair (): Promise<[Conn, Conn]> {
  const listener = deno.listenTls({ hostname: '127.0.0.1', port: 0, cert: CERTIFICATE, key: KEY })
  const pair = await Promise.all([deno.connectTls({ hostname: 'localhost', port: listener.addr.port ?? 0, caCerts: [CERTIFICATE] }), listener.accept()])
  await Promise.all(pair.map(async (conn) => { await conn.handshake?.() }))
  listener.close()
  return pair
}

for (const [name, open] of [['a TCP connection', connPair], ['a unix connection', unixPair], ['a TLS connection', tlsPair]] as const) {
  transportContract(name, async () => {
    const [a, b] = await open()
    return { a: fromConn(a), b: fromConn(b) }
  })
}

/** A connection that does what the test says. */
class ScriptedConn implements Conn {
  readonly localAddr = { transport: 'tcp', hostname: '::1', port: 1 }
  readonly remoteAddr = { transport: 'tcp', hostname: '127.0.0.1', port: 2 }
  readonly written: Uint8Array[] = []
  readonly reads: Array<(count: number | null, error?: Error) => void> = []
  readonly buffers: Uint8Array[] = []
  closed = 0
  accepts = Infinity
  writing: (() => Promise<number>) | undefined
  closingWrite: () => Promise<void> = async () => {}

  read (into: Uint8Array): Promise<number | null> {
    this.buffers.push(into)
    return new Promise((resolve, reject) => {
      this.reads.push((count, error) => {
        if (error === undefined) resolve(count)
        else reject(error)
      })
    })
  }

  async write (bytes: Uint8Array): Promise<number> {
    if (this.writing !== undefined) return await this.writing()
    const taken = bytes.slice(0, this.accepts)
    this.written.push(taken)
    return taken.byteLength
  }

  async closeWrite (): Promise<void> { await this.closingWrite() }
  close (): void { this.closed++ }
  ref (): void {}
  unref (): void {}
}

async function * of (...chunks: Array<Uint8Array | Uint8ArrayList>): AsyncGenerator<Uint8Array | Uint8ArrayList> {
  yield * chunks
}

describe('fromConn', () => {
  let pair: [Conn, Conn]
  beforeEach(async () => { pair = await connPair() })
  afterEach(() => { pair.forEach(closeTwice) })

  it('joins the parts of a flush into writes of at most 64 KiB', async () => {
    const conn = new ScriptedConn()
    const parts = [pattern(8, 1), pattern(65_536, 2), new Uint8Array(0), pattern(8, 3), pattern(100, 4)]
    await fromConn(conn).sink(of(new Uint8ArrayList(...parts), pattern(200_000, 5), new Uint8ArrayList(), new Uint8Array(0)))
    assert.deepEqual(conn.written.map((bytes) => bytes.byteLength), [65_536, 116, 200_000])
    assert.isTrue(equal(concat(conn.written), concat([...parts, pattern(200_000, 5)])))
  })

  it('writes on when the system takes only a part', async () => {
    const conn = new ScriptedConn()
    conn.accepts = 1000
    await fromConn(conn).sink(of(pattern(2500, 1), new Uint8ArrayList(pattern(600, 2), pattern(600, 3))))
    assert.deepEqual(conn.written.map((bytes) => bytes.byteLength), [1000, 1000, 500, 1000, 200])
    assert.isTrue(equal(concat(conn.written), concat([pattern(2500, 1), pattern(600, 2), pattern(600, 3)])))
  })

  it('pulls no more while a write waits', async () => {
    const conn = new ScriptedConn()
    const write = deferred<number>()
    conn.writing = async () => await write.promise
    let pulled = 0
    const writing = fromConn(conn).sink((async function * () {
      while (pulled < 3) {
        pulled++
        yield pattern(10, 1)
      }
    })())
    await turn()
    assert.equal(pulled, 1)
    write.resolve(10)
    await writing
    assert.equal(pulled, 3)
  })

  it('reads nothing before somebody asks', async () => {
    const conn = new ScriptedConn()
    const { source } = fromConn(conn)
    await turn()
    assert.lengthOf(conn.reads, 0)
    const iterator = source[Symbol.asyncIterator]()
    const first = iterator.next()
    assert.lengthOf(conn.reads, 1)
    conn.reads[0]?.(3)
    assert.equal((await first).value?.byteLength, 3)
    await turn()
    assert.lengthOf(conn.reads, 1)
  })

  it('copies what is small out of its buffer, and hands over the buffer with what is large', async () => {
    const conn = new ScriptedConn()
    const iterator = fromConn(conn).source[Symbol.asyncIterator]()
    const read = async (count: number): Promise<Uint8Array | undefined> => {
      const next = iterator.next()
      conn.reads.at(-1)?.(count)
      return (await next).value as Uint8Array | undefined
    }
    assert.equal((await read(16_384))?.buffer.byteLength, 16_384)
    const large = await read(16_385)
    assert.equal(conn.buffers[0], conn.buffers[1])
    assert.equal(large?.byteLength, 16_385)
    assert.equal(large?.buffer, conn.buffers[1]?.buffer)
    await read(1)
    assert.notEqual(conn.buffers[2]?.buffer, large?.buffer)
  })

  it('reads again after a read of nothing, which is no end', async () => {
    const conn = new ScriptedConn()
    const next = fromConn(conn).source[Symbol.asyncIterator]().next()
    conn.reads[0]?.(0)
    await until(() => conn.reads.length === 2)
    conn.reads[1]?.(2)
    assert.equal((await next).value?.byteLength, 2)
  })

  it('answers several reads at once in order', async () => {
    const iterator = fromConn(pair[0]).source[Symbol.asyncIterator]()
    const reads = [iterator.next(), iterator.next(), iterator.next()]
    await pair[1].write(Uint8Array.of(1))
    assert.deepEqual((await reads[0])?.value, Uint8Array.of(1))
    await pair[1].write(Uint8Array.of(2))
    await pair[1].closeWrite()
    assert.deepEqual((await reads[1])?.value, Uint8Array.of(2))
    assert.isTrue((await reads[2])?.done)
  })

  it('formats its addresses as host:port, and takes those it is told', () => {
    const conn = new ScriptedConn()
    const said = fromConn(conn)
    assert.equal(said.localAddress, '[::1]:1')
    assert.equal(said.remoteAddress, '127.0.0.1:2')
    const told = fromConn(conn, { localAddress: 'here', remoteAddress: '/tmp/there' })
    assert.equal(told.localAddress, 'here')
    assert.equal(told.remoteAddress, '/tmp/there')
  })

  it('closes the connection once both directions have ended, and not before', async () => {
    const conn = new ScriptedConn()
    const transport = fromConn(conn)
    const reading = collect(transport.source)
    await transport.sink(of(pattern(1, 1)))
    assert.equal(conn.closed, 0)
    conn.reads[0]?.(null)
    await reading
    assert.equal(conn.closed, 1)
    transport.abort()
    assert.equal(conn.closed, 1)
  })

  it('closes the connection by itself when its source was left and both halves have ended', async () => {
    const [conn] = pair
    let closed = 0
    const watched: Conn = {
      localAddr: conn.localAddr,
      remoteAddr: conn.remoteAddr,
      read: async (into) => await conn.read(into),
      write: async (bytes) => await conn.write(bytes),
      closeWrite: async () => { await conn.closeWrite() },
      close: () => { closed++ },
      ref () {},
      unref () {}
    }
    const transport = fromConn(watched)
    await transport.source[Symbol.asyncIterator]().return?.()
    const received = collect(fromConn(pair[1]).source)
    await pair[1].write(pattern(1000, 1))
    await transport.sink(of(pattern(1000, 2)))
    assert.equal((await received).byteLength, 1000)
    assert.equal(closed, 0)
    await pair[1].closeWrite()
    await until(() => closed === 1)
  })

  it('does not read to nowhere while it still writes', async () => {
    const conn = new ScriptedConn()
    const transport = fromConn(conn)
    const iterator = transport.source[Symbol.asyncIterator]()
    const parked = iterator.next()
    await iterator.return?.()
    assert.isTrue((await parked).done)
    conn.reads[0]?.(5)
    await turn()
    assert.lengthOf(conn.reads, 1)
    await transport.sink(of())
    assert.lengthOf(conn.reads, 2)
    conn.reads[1]?.(5)
    await until(() => conn.reads.length === 3)
    conn.reads[2]?.(null)
    await until(() => conn.closed === 1)
  })

  it('tells both directions what the connection failed with, once', async () => {
    const conn = new ScriptedConn()
    const transport = fromConn(conn)
    const reset = denoError('ConnectionReset', 'Connection reset by peer (os error 104)', 'ECONNRESET')
    const iterator = transport.source[Symbol.asyncIterator]()
    const reading = settled(iterator.next() as Promise<unknown>)
    const writing = settled(transport.sink((async function * () {
      await new Promise(() => {})
      yield pattern(1, 1)
    })()))
    conn.reads[0]?.(null, reset)
    assert.equal(await reading, reset)
    assert.equal(await writing, reset)
    assert.isTrue((await iterator.next()).done)
    assert.equal(conn.closed, 1)
  })

  it('fails both directions when a write fails', async () => {
    const conn = new ScriptedConn()
    const transport = fromConn(conn)
    const broken = denoError('BrokenPipe', 'Broken pipe (os error 32)', 'EPIPE')
    conn.writing = async () => { throw broken }
    assert.equal(await settled(transport.sink(of(pattern(1, 1)))), broken)
    const iterator = transport.source[Symbol.asyncIterator]()
    assert.equal(await settled(iterator.next() as Promise<unknown>), broken)
    assert.isTrue((await iterator.next()).done)
  })

  it('fails when it cannot half-close', async () => {
    const conn = new ScriptedConn()
    const gone = denoError('NotConnected', 'not connected', 'ENOTCONN')
    conn.closingWrite = async () => { throw gone }
    assert.equal(await settled(fromConn(conn).sink(of())), gone)
    assert.equal(conn.closed, 1)
  })

  it('settles although neither read nor write ever answer', async () => {
    const conn = new ScriptedConn()
    conn.writing = async () => await new Promise(() => {})
    const transport = fromConn(conn)
    const waits = [settled(collect(transport.source)), settled(transport.sink(of(pattern(1, 1))))]
    await turn()
    const enough = new Error('enough')
    transport.abort(enough)
    assert.deepEqual(await Promise.all(waits), [enough, enough])
  })

  it('cuts a stuck write short on abort', async () => {
    const transport = fromConn(pair[0])
    const writing = settled(transport.sink((async function * () { while (true) yield pattern(1_000_000, 1) })()))
    await turn()
    transport.abort(new Error('no more'))
    assert.equal((await writing)?.message, 'no more')
    await untilEnd(pair[1])
  })

  it('fails at once over a connection that is closed', async () => {
    pair[0].close()
    const transport = fromConn(pair[0])
    assert.equal((await settled(collect(transport.source)))?.name, 'BadResource')
    assert.equal((await settled(transport.sink(of(pattern(1, 1)))))?.name, 'BadResource')
  })
})

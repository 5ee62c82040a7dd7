import { fromSocket, type StreamSocket } from '@muxado/websocket/workers'
import { assert } from 'chai'
import { Uint8ArrayList } from 'uint8arraylist'
import { collect, concat, deferred, equal, pattern, settled, transportContract, turn, until } from '../../../test/support/transport-contract.ts'

/** A direction that holds some chunks; what is read from it is a byte stream or one of chunks. */
function direction (kind: 'bytes' | 'chunks'): { readable: ReadableStream<Uint8Array>, writable: WritableStream<Uint8Array>, cut: (error: Error) => void } {
  let out: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>
  let room: () => void = () => {}
  let into: WritableStreamDefaultController
  const source = { pull: () => { room() }, cancel: (reason: unknown) => { into.error(reason) } }
  const readable = kind === 'bytes'
    ? new ReadableStream({ ...source, type: 'bytes', start: (controller) => { out = controller } }, { highWaterMark: 65_536 })
    : new ReadableStream<Uint8Array>({ ...source, start: (controller) => { out = controller } }, { highWaterMark: 4 })
  const writable = new WritableStream<Uint8Array>({
    start: (controller) => { into = controller },
    write: async (chunk) => {
      // An empty chunk is an error to a byte stream
      if (chunk.byteLength > 0) out.enqueue(chunk.slice())
      if ((out.desiredSize ?? 0) <= 0) await new Promise<void>((resolve) => { room = resolve })
    },
    close: () => {
      out.close()
      if ('byobRequest' in out) out.byobRequest?.respond(0)
    },
    abort: (reason) => { out.error(reason) }
  })
  const cut = (error: Error): void => {
    try {
      out.error(error)
    } catch {} // it has ended
    into.error(error)
    room()
  }
  return { readable, writable, cut }
}

function sockets (kind: 'bytes' | 'chunks'): [StreamSocket, StreamSocket] {
  const [up, down] = [direction(kind), direction(kind)]
  return [{ readable: down.readable, writable: up.writable }, { readable: up.readable, writable: down.writable }]
}

for (const kind of ['bytes', 'chunks'] as const) {
  transportContract(`a pair of WHATWG streams of ${kind}`, async () => {
    const [a, b] = sockets(kind)
    return { a: fromSocket(a), b: fromSocket(b) }
  })
}

transportContract('a socket that is closed as a whole', async () => {
  const [up, down] = [direction('bytes'), direction('bytes')]
  // As in Workers: closing ends both directions, and what reads is told
  const close = async (): Promise<void> => {
    up.cut(new TypeError('This socket has been closed.'))
    down.cut(new TypeError('This socket has been closed.'))
  }
  return {
    a: fromSocket({ readable: down.readable, writable: up.writable, close }),
    b: fromSocket({ readable: up.readable, writable: down.writable, close })
  }
})

describe('fromSocket of Workers', () => {
  it('joins the parts of a flush and cuts what is large, up to 64 KiB', async () => {
    const written: Uint8Array[] = []
    const parts = [pattern(8, 1), pattern(1000, 2), pattern(100_000, 3)]
    const { sink } = fromSocket({ readable: new ReadableStream(), writable: new WritableStream({ write: (chunk) => { written.push(chunk) } }) })
    await sink((async function * () {
      yield new Uint8ArrayList(...parts)
      yield pattern(10, 4)
    })())
    assert.isTrue(written.every((chunk) => chunk.byteLength <= 65_536))
    assert.isAtMost(written.length, 3)
    assert.isTrue(equal(concat(written), concat([...parts, pattern(10, 4)])))
  })

  it('uses a buffer again when little came, and hands it over when much came', async () => {
    const buffers: ArrayBufferLike[] = []
    const counts = [3, 20_000, 5]
    const readable = new ReadableStream({
      type: 'bytes',
      pull (controller) {
        const { byobRequest } = controller
        const count = counts.shift()
        if (byobRequest?.view === null || byobRequest?.view === undefined) return
        buffers.push(byobRequest.view.buffer)
        if (count === undefined) controller.close()
        byobRequest.respond(count ?? 0)
      }
    })
    const chunks: number[] = []
    for await (const chunk of fromSocket({ readable, writable: new WritableStream() }).source) chunks.push((chunk as Uint8Array).buffer.byteLength)
    assert.deepEqual(chunks, [3, 65_536, 5])
  })

  it('reads again after a chunk of nothing', async () => {
    const readable = new ReadableStream<Uint8Array>({
      start (controller) {
        controller.enqueue(new Uint8Array(0))
        controller.enqueue(Uint8Array.of(7))
        controller.close()
      }
    })
    assert.deepEqual(await collect(fromSocket({ readable, writable: new WritableStream() }).source), Uint8Array.of(7))
  })

  it('closes the socket once both directions have ended, and not before', async () => {
    let closed = 0
    const [a, b] = sockets('bytes')
    const transport = fromSocket({ ...a, close: () => { closed++ } })
    const other = fromSocket(b)
    await Promise.all([transport.sink(none()), collect(other.source)])
    assert.equal(closed, 0)
    await Promise.all([other.sink(none()), collect(transport.source)])
    assert.equal(closed, 1)
  })

  it('reads to nowhere when its source was left and all is written', async () => {
    let closed = 0
    const [a, b] = sockets('bytes')
    const transport = fromSocket({ ...a, close: () => { closed++ } })
    await transport.source[Symbol.asyncIterator]().return?.()
    await Promise.all([transport.sink(none()), fromSocket(b).sink((async function * () { yield pattern(500_000, 1) })())])
    await until(() => closed === 1)
  })

  it('reads to nowhere when its source was left while a read waited', async () => {
    let closed = 0
    const [a, b] = sockets('bytes')
    const transport = fromSocket({ ...a, close: () => { closed++ } })
    const writer = b.writable.getWriter()
    const source = transport.source[Symbol.asyncIterator]()
    const first = source.next()
    await writer.write(pattern(10, 1))
    await first
    const second = source.next()
    await source.return?.()
    assert.isTrue((await second).done)
    await writer.write(pattern(10, 2))
    await transport.sink(none())
    // The second of these finds the buffer of the read before
    await writer.write(pattern(10, 3))
    await writer.write(pattern(10, 4))
    await writer.close()
    await until(() => closed === 1)
  })

  it('has the addresses that the socket says once it is open, or those it is told', async () => {
    const opened = deferred<{ remoteAddress: string, localAddress: null }>()
    const [a, b] = sockets('bytes')
    const transport = fromSocket({ ...a, opened: opened.promise })
    assert.isUndefined(transport.remoteAddress)
    opened.resolve({ remoteAddress: '192.0.2.1:5', localAddress: null })
    await turn()
    assert.equal(transport.remoteAddress, '192.0.2.1:5')
    assert.isUndefined(transport.localAddress)
    const told = fromSocket({ ...b, opened: opened.promise }, { remoteAddress: 'there', localAddress: 'here' })
    await turn()
    assert.deepEqual([told.remoteAddress, told.localAddress], ['there', 'here'])
  })

  it('fails both directions with what a socket that never opened failed with, and leaves no rejection behind', async () => {
    const refused = new Error('proxy request failed, cannot connect to the specified address')
    const readable = new ReadableStream<Uint8Array>({ start: (controller) => { controller.error(refused) } })
    const writable = new WritableStream<Uint8Array>({ start: (controller) => { controller.error(refused) } })
    const transport = fromSocket({ readable, writable, opened: Promise.reject(refused), closed: Promise.reject(refused), close: async () => { throw refused } })
    assert.equal(await settled(collect(transport.source)), refused)
    assert.equal(await settled(transport.sink(none())), refused)
    await turn()
  })
})

async function * none (): AsyncGenerator<Uint8Array> {}

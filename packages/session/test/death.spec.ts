// Nothing is left waiting when a session dies, wherever it dies. Each point of death is driven with every kind of wait under way at once.
import { assert } from 'chai'
import type { Bytes, Stream, Transport } from '@muxado/session'
import { MuxadoSession } from '../src/session.ts'
import { FakeClock } from './clock.ts'
import { bytes, failure, Link, still, text, thrown } from './pair.ts'

const WINDOW = 1_000
const EXTENSION = 0xffffff10

/** A client with every kind of wait under way, its server, and what is between them. */
class World {
  readonly clock: FakeClock = new FakeClock()
  readonly link: Link
  readonly client: MuxadoSession
  readonly server: MuxadoSession
  /** What each wait came to. */
  readonly waits: Map<string, 'pending' | 'settled'> = new Map()
  readonly streams: Map<string, Stream> = new Map()

  constructor (options: { link?: Link, client?: Partial<Transport> } = {}) {
    const common = { window: WINDOW, maxWindow: WINDOW }
    this.link = options.link ?? new Link()
    const extension = { type: EXTENSION, start: (_: unknown, accept: () => Promise<Stream>) => { this.wait('extension accept', accept()) } }
    this.client = new MuxadoSession({ ...this.link.client, ...options.client }, { role: 'client', extensions: [extension], ...common }, this.clock)
    this.server = new MuxadoSession(this.link.server, { role: 'server', ...common }, this.clock)
  }

  wait (name: string, promise: Promise<unknown>): void {
    this.waits.set(name, 'pending')
    const settled = (): void => { this.waits.set(name, 'settled') }
    promise.then(settled, settled)
  }

  open (name: string): Stream {
    const stream = this.client.open()
    this.streams.set(name, stream)
    this.wait(`closed of ${name}`, stream.closed)
    return stream
  }

  /** One of everything that can wait. */
  fill (): this {
    const { client } = this
    const control = new AbortController()
    const forever: AsyncIterable<Bytes> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
    this.wait('accept', client.accept())
    this.wait('accept with a signal', client.accept({ signal: control.signal }))
    this.wait('session iterator', client[Symbol.asyncIterator]().next())
    this.wait('session closed', client.closed)
    this.wait('read', this.open('read').read())
    this.wait('read with a signal', this.open('read with a signal').read({ signal: control.signal }))
    this.wait('source', this.open('source').source.next())
    this.wait('sink whose source waits', this.open('sink').sink(forever))
    this.wait('sink that waits for room', this.open('full sink').sink([bytes(3 * WINDOW)]))
    const writing = this.open('write')
    this.wait('write', writing.write(bytes(3 * WINDOW)))
    this.wait('write behind it', writing.write(bytes(10), { signal: control.signal }))
    this.wait('closeWrite', this.open('closeWrite').closeWrite(bytes(3 * WINDOW)))
    this.wait('close', (() => { const stream = this.open('close'); stream.push(bytes(3 * WINDOW)); return stream.close() })())
    this.wait('consumer', new Promise<void>((resolve) => {
      this.open('consumer').consume({ data: () => 0, end: resolve, error: () => { resolve() } })
    }))
    const reader = this.open('readable').readable.getReader()
    this.wait('readable: read', reader.read())
    this.wait('readable: closed', reader.closed)
    this.wait('idle readable: closed', this.open('idle readable').readable.getReader().closed)
    const writer = this.open('writable').writable.getWriter()
    this.wait('writable: write', writer.write(bytes(3 * WINDOW)))
    this.wait('writable: ready', writer.ready)
    this.wait('writable: closed', writer.closed)
    const pair = new TransformStream()
    this.wait('pipeTo', this.open('pipeTo').readable.pipeTo(pair.writable))
    return this
  }

  /** The server's end of a stream that the client has opened by this name. */
  async far (name: string): Promise<Stream> {
    const id = this.streams.get(name)?.id
    for (;;) {
      const stream = await this.server.accept()
      if (stream.id === id) return stream
    }
  }

  get pending (): string[] {
    return Array.from(this.waits).flatMap(([name, state]) => state === 'pending' ? [name] : [])
  }
}

/** A chunk from nowhere, as if the server had sent it. */
async function inject (world: World, chunk: Uint8Array): Promise<void> {
  await Promise.race([world.link.toClient.sink((async function * () { yield chunk; await new Promise(() => {}) })()), still()])
}

const cable = (): Error => new Error('cable')

/** Where and how sessions die. */
const points: Record<string, () => Promise<World>> = {
  'the transport fails before anything was sent': async () => {
    const world = new World().fill()
    world.link.fail(cable())
    return world
  },
  'the transport\'s source throws at once': async () => {
    const source = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(cable()) }) }
    return new World({ client: { source } }).fill()
  },
  'the transport\'s source cannot be iterated': async () => new World({ client: { source: { [Symbol.asyncIterator]: () => { throw cable() } } } }).fill(),
  'the transport\'s sink rejects at once': async () => new World({ client: { sink: () => Promise.reject(cable()) } }).fill(),
  'the transport\'s sink throws': async () => new World({ client: { sink: () => { throw cable() } } }).fill(),
  'the transport\'s sink resolves too early': async () => new World({ client: { sink: async () => {} } }).fill(),
  'the transport\'s sink fails after the first flush': async () => new World({
    client: {
      async sink (source) {
        for await (const chunk of source) {
          assert.isAbove(chunk.byteLength, 0)
          break
        }
        throw cable()
      }
    }
  }).fill(),
  'the peer hangs up with streams open': async () => {
    const world = new World().fill()
    await still(world.link)
    world.link.toClient.end()
    return world
  },
  'the connection ends in a frame\'s header': async () => {
    const world = new World().fill()
    await still(world.link)
    await inject(world, Uint8Array.of(0, 4, 0))
    world.link.toClient.end()
    return world
  },
  'the connection ends in a frame\'s payload': async () => {
    const world = new World().fill()
    await still(world.link)
    await inject(world, Uint8Array.of(0, 9, 0, 2, 0, 0, 0, 5, 1, 2))
    world.link.toClient.end()
    return world
  },
  'the connection breaks while it takes nothing': async () => {
    const world = new World({ link: new Link({ room: 1 }) })
    world.link.toServer.hold()
    world.fill()
    await still(world.link)
    world.link.fail(cable())
    return world
  },
  'the peer breaks the protocol': async () => {
    const world = new World().fill()
    await still(world.link)
    await inject(world, new Uint8Array(64).fill(0xff))
    return world
  },
  'the peer breaks the protocol while the connection takes nothing': async () => {
    const world = new World({ link: new Link({ room: 1 }) })
    world.link.toServer.hold()
    world.fill()
    await still(world.link)
    await inject(world, new Uint8Array(64).fill(0xff))
    return world
  },
  'the peer says goodbye and hangs up': async () => {
    const world = new World().fill()
    await still(world.link)
    void world.server.close()
    return world
  },
  'the peer aborts': async () => {
    const world = new World().fill()
    await still(world.link)
    world.server.abort(cable())
    return world
  },
  'the connection breaks after the peer\'s GOAWAY': async () => {
    const world = new World().fill()
    await still(world.link)
    world.server.goAway('internal', 'soon')
    await still(world.link)
    world.link.fail(cable())
    return world
  },
  'the connection breaks after our GOAWAY': async () => {
    const world = new World().fill()
    world.client.goAway()
    await still(world.link)
    world.link.fail(cable())
    return world
  },
  'the connection breaks while a draining close waits': async () => {
    const world = new World().fill()
    world.wait('draining close', world.client.close({ drain: true }))
    await still(world.link)
    world.link.fail(cable())
    return world
  },
  'the connection breaks while close flushes': async () => {
    const world = new World({ link: new Link({ room: 1 }) })
    world.link.toServer.hold()
    world.fill()
    await still(world.link)
    world.wait('close', world.client.close())
    await still(world.link)
    world.link.fail(cable())
    return world
  },
  'the connection breaks while close lingers': async () => {
    const world = new World().fill()
    world.link.toClient.hold()
    world.wait('close', world.client.close())
    await still(world.link)
    world.link.fail(cable())
    return world
  },
  'close, and the peer never hangs up': async () => {
    const world = new World().fill()
    world.link.toClient.hold()
    world.wait('close', world.client.close())
    return world
  },
  'close, and the connection takes nothing more': async () => {
    const world = new World({ link: new Link({ room: 1 }) })
    world.link.toServer.hold()
    world.fill()
    await still(world.link)
    world.wait('close', world.client.close())
    return world
  },
  'abort before anything was sent': async () => {
    const world = new World().fill()
    world.client.abort(cable())
    return world
  },
  'abort, and the transport does not react to it': async () => {
    const world = new World({ client: { abort () {} } }).fill()
    world.link.toClient.hold()
    await still(world.link)
    world.client.abort()
    return world
  },
  'abort from a consumer, in the middle of a chunk': async () => {
    const world = new World().fill()
    const stream = world.open('aborter')
    stream.consume({ data: () => { world.client.abort(cable()); return 0 }, end () {}, error () {} })
    const [far, other] = [await world.far('aborter'), world.server.open()]
    far.push(bytes(10))
    other.push(bytes(10))
    return world
  },
  'abort from a consumer\'s error callback': async () => {
    const world = new World().fill()
    world.open('aborter').consume({ data: () => 0, end () {}, error: () => { world.client.abort(cable()) } })
    const far = await world.far('aborter')
    far.reset()
    return world
  },
  'the heartbeat finds the peer dead': async () => {
    const world = new World().fill()
    await still(world.link)
    world.link.toClient.hold()
    world.link.toServer.hold()
    await world.clock.pass(13_000)
    return world
  },
  'an answer, a FIN and the end come in one turn': async () => {
    const world = new World().fill()
    const far = await world.far('read')
    await far.closeWrite(text('answer'))
    await still(world.link)
    world.link.fail(cable())
    return world
  },
  'the peer resets every stream and hangs up': async () => {
    const world = new World().fill()
    await still(world.link)
    for (let i = 0; i < world.streams.size; i++) (await world.server.accept()).reset()
    await still(world.link)
    void world.server.close()
    return world
  },
  'streams that are done, half done and reset die with the rest': async () => {
    const world = new World().fill()
    world.streams.get('read')?.reset()
    await world.streams.get('consumer')?.close()
    world.streams.get('sink')?.closeRead()
    await (await world.far('source')).close()
    await still(world.link)
    world.link.fail(cable())
    return world
  }
}

describe('death of a session', () => {
  it('is tried at 20 points at least', () => {
    assert.isAtLeast(Object.keys(points).length, 20)
  })

  for (const [name, reach] of Object.entries(points)) {
    it(`leaves nothing waiting: ${name}`, async () => {
      const world = await reach()
      const { client, clock, waits, streams } = world
      assert.isAtLeast(waits.size, 20)
      await still(world.link)
      await clock.pass(5_000)
      assert.deepEqual(world.pending, [])
      assert.equal(client.state, 'closed')
      assert.equal(client.stats().streams, 0)
      // What is asked afterwards is answered at once as well
      assert.equal(thrown(() => client.open()).code, 'SESSION_CLOSED')
      assert.isDefined((await failure(client.accept())).code)
      await client.close()
      for (const stream of streams.values()) {
        assert.notEqual(stream.state, 'open')
        await stream.read().catch(() => {})
        await stream.write(bytes(1)).catch(() => {})
        await stream.closeWrite().catch(() => {})
        await stream.sink([bytes(1)]).catch(() => {})
        await stream.close().catch(() => {})
        await stream.closed
        stream.reset()
      }
      world.server.abort()
      await clock.pass(5_000)
      assert.equal(clock.timers.size, 0)
    })
  }
})

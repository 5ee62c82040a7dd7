/**
 * What a session does over any transport in any runtime, as tests. Uses no runtime's API but timers, so that every runtime can run it.
 *
 * @module
 */
import type { Session, SessionOptions, Stream } from '@muxado/session'
import { assert } from 'chai'
import { sum } from './stream-kinds.ts'
import { collect, deferred, equal, pattern, settled, until } from './transport-contract.ts'

/** Two ends of one session, and what is left to tidy up after a test. */
export interface SessionEnds {
  readonly client: Session
  readonly server: Session
  /** Releases whatever they stand on; both have been aborted by then. */
  close? (): Promise<void> | void
}

/** How both ends are to be: what every way of connecting takes. */
export type EndOptions = Pick<SessionOptions, 'heartbeat'> & { readonly wire: 1 | 2 }

/** How many streams there are at once, and how long they are: none, one byte, around a window and around what fits a frame. */
export const SIZES: readonly number[] = Array.from({ length: 10 }, () => [0, 1, 100, 1_000, 16_383, 16_384, 65_535, 65_536, 65_537, 300_000]).flat()

/** Run the suite against what `connect` makes, in both dialects. */
export function sessionContract (name: string, connect: (options: EndOptions) => Promise<SessionEnds>): void {
  for (const wire of [1, 2] as const) {
    describe(`${name} as a session, wire ${wire}`, function () {
      this.timeout(20_000)
      let client: Session
      let server: Session
      let tidy: (() => Promise<void> | void) | undefined

      async function open (options: Pick<SessionOptions, 'heartbeat'> = {}): Promise<void> {
        const ends = await connect({ wire, ...options })
        client = ends.client
        server = ends.server
        tidy = () => ends.close?.()
      }
      afterEach(async () => {
        // Without a tidy there was no connection
        if (tidy === undefined) return
        client.abort()
        server.abort()
        await Promise.all([client.closed, server.closed])
        await tidy()
        tidy = undefined
      })

      it('carries a hundred streams at once, byte for byte, each with a half-close', async () => {
        await open()
        void serve(server, async (stream) => {
          const got = await collect(stream)
          await stream.closeWrite(new TextEncoder().encode(`${got.byteLength} ${sum(got)}`))
        })
        await Promise.all(SIZES.map(async (size, index) => {
          const stream = client.open({ type: index })
          const bytes = pattern(size, index)
          const expected = `${size} ${sum(bytes)}`
          await Promise.all([stream.closeWrite(bytes), (async () => { assert.equal(new TextDecoder().decode(await collect(stream)), expected) })()])
          assert.equal(stream.state, 'closed')
        }))
      })

      it('carries megabytes both ways over one stream', async () => {
        await open()
        const there = pattern(4_000_000, 1)
        const back = pattern(3_000_000, 2)
        const stream = client.open()
        const peer = deferred<Stream>()
        void serve(server, async (stream) => { peer.resolve(stream) })
        await stream.write(there.slice(0, 1))
        const other = await peer.promise
        const [gotThere, gotBack] = await Promise.all([
          collect(other), collect(stream), stream.sink(pieces(there.subarray(1), 100_000)), other.sink(pieces(back, 77_777))
        ])
        assert.isTrue(equal(gotThere, there), 'there')
        assert.isTrue(equal(gotBack, back), 'back')
      })

      it('opens streams from either end', async () => {
        await open()
        void serve(client, async (stream) => { await stream.sink(stream.source) })
        const stream = server.open({ type: 9 })
        const [back] = await Promise.all([collect(stream), stream.closeWrite(pattern(100, 1))])
        assert.isTrue(equal(back, pattern(100, 1)))
      })

      it('tells the peer of a reset, and leaves other streams alone', async () => {
        await open()
        const good = client.open({ type: 1 })
        const bad = client.open({ type: 2 })
        await Promise.all([good.write(pattern(10, 1)), bad.write(pattern(10, 2))])
        const peers = [await server.accept(), await server.accept()]
        const [one, two] = peers.sort((a, b) => a.type - b.type)
        bad.reset('internal')
        const read = async (): Promise<void> => { while (await two?.read() !== undefined); }
        const error = await settled(read())
        assert.deepInclude(error as object, { code: 'STREAM_RESET', reason: 'internal' })
        one?.closeWrite(pattern(5, 3)).catch(() => {})
        assert.equal((await collect(good)).byteLength, 5)
      })

      it('stops who writes to a stream that nobody reads, and nobody else', async () => {
        await open()
        const stuck = client.open({ type: 1 })
        let written = 0
        void settled((async () => {
          for (; written < 1_000; written++) await stuck.write(pattern(65_536, 1))
        })())
        const unread = await server.accept()
        const lively = client.open({ type: 2 })
        const [back] = await Promise.all([
          collect(lively), lively.closeWrite(pattern(100_000, 2)), server.accept().then(async (stream) => { await stream.sink(stream.source) })
        ])
        assert.equal(back.byteLength, 100_000)
        assert.isBelow(written, 1_000)
        assert.isAbove((await unread.read())?.byteLength ?? 0, 0)
      })

      it('has WHATWG streams', async () => {
        await open()
        void serve(server, async (stream) => { await stream.readable.pipeTo(stream.writable) })
        const stream = client.open()
        const writer = stream.writable.getWriter()
        const reading = (async () => {
          const parts: Uint8Array[] = []
          const reader = stream.readable.getReader()
          for (let read = await reader.read(); read.done !== true; read = await reader.read()) parts.push(read.value)
          return parts.reduce((length, part) => length + part.byteLength, 0)
        })()
        for (let i = 0; i < 10; i++) await writer.write(pattern(50_000, i))
        await writer.close()
        assert.equal(await reading, 500_000)
      })

      it('measures the round trip', async () => {
        await open({ heartbeat: { intervalMs: 5, toleranceMs: 10_000 } })
        await until(() => client.rtt !== undefined && server.rtt !== undefined)
      })

      it('drains: what runs comes to its end, what is new is refused, and both ends close without an error', async () => {
        await open()
        const stream = client.open()
        await stream.write(pattern(10, 1))
        const peer = await server.accept()
        const closing = server.close({ drain: true })
        await until(() => client.state === 'draining')
        assert.throws(() => client.open(), /./)
        const [got] = await Promise.all([collect(peer), stream.closeWrite(pattern(200_000, 2))])
        await peer.closeWrite(pattern(3, 3))
        assert.equal((await collect(stream)).byteLength, 3)
        assert.equal(got.byteLength, 200_010)
        await closing
        const ends = await Promise.all([client.closed, server.closed])
        assert.deepEqual(ends.map(({ error, local }) => [error, local]), [[undefined, false], [undefined, true]])
      })

      it('settles every wait at both ends when one is aborted', async () => {
        await open()
        const stream = client.open()
        await stream.write(pattern(1, 1))
        const peer = await server.accept()
        await peer.read()
        const waits = [
          stream.read(), peer.read(), client.accept(), server.accept(), stream.write(pattern(10_000_000, 1)), peer.write(pattern(10_000_000, 2))
        ].map(settled)
        client.abort(new Error('enough'))
        for (const error of await Promise.all(waits)) assert.instanceOf(error, Error)
        assert.isDefined((await server.closed).error)
      })

      it('gives up a wait by its signal, and goes on', async () => {
        await open()
        const reason = new Error('enough')
        const control = new AbortController()
        const stream = client.open()
        const { signal } = control
        const waits = [server.accept({ signal }), client.accept({ signal }), stream.read({ signal })].map(settled)
        // The first of these is answered: the opening frame is on its way
        const [first] = await Promise.all([waits[0], until(() => server.stats().accepted === 1).then(() => { control.abort(reason) })])
        assert.isUndefined(first)
        assert.deepEqual(await Promise.all(waits.slice(1)), [reason, reason])
        await stream.closeWrite(pattern(10, 1))
      })

      it('is closed by being disposed of', async () => {
        await open()
        await client[Symbol.asyncDispose]()
        assert.isUndefined((await server.closed).error)
        assert.equal(client.state, 'closed')
      })
    })
  }
}

/** Be the peer of each stream of `session`. What a reset means, the test sees at its own end. */
async function serve (session: Session, stream: (stream: Stream) => Promise<void>): Promise<void> {
  try {
    for await (const each of session) stream(each).catch(() => {})
  } catch {} // the session was aborted by its test
}

function * pieces (bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size)
}

/**
 * What every adapter's `Transport` promises, as tests. Uses no runtime's API but timers, so that any adapter can run it.
 *
 * @module
 */
import type { Bytes, Transport } from '@muxado/session'
import { assert } from 'chai'
import { Uint8ArrayList } from 'uint8arraylist'

/** Two ends of one connection, and what is left to tidy up after a test. */
export interface TransportPair {
  readonly a: Transport
  readonly b: Transport
  /** Releases whatever the pair stands on; both transports have been aborted by then. */
  close? (): Promise<void> | void
}

/** What an adapter cannot do. */
export interface ContractOptions {
  /** The end of one direction leaves the other open. WebSockets cannot. Default true. */
  readonly halfClose?: boolean
  /** The sink notices that the peer does not read. Default true. */
  readonly backpressure?: boolean
}

/** Run the contract against the transports that `connect` makes. */
export function transportContract (name: string, connect: () => Promise<TransportPair>, options: ContractOptions = {}): void {
  describe(`${name} as a Transport`, function () {
    this.timeout(20_000)
    let pair: TransportPair
    let a: Transport
    let b: Transport

    beforeEach(async () => {
      pair = await connect()
      a = pair.a
      b = pair.b
    })
    afterEach(async () => {
      a.abort()
      b.abort()
      await pair.close?.()
    })

    it('carries tiny and big chunks both ways, byte for byte', async () => {
      const sizes = [1, 0, 2, 3, 65_536, 1, 200_000, 7, 1_048_576, 16_383, 1]
      const there = sizes.map((size, index) => pattern(size, index))
      const back = [...sizes].reverse().map((size, index) => pattern(size, 100 + index))
      const [gotThere, gotBack] = await Promise.all([
        collect(b.source), collect(a.source), a.sink(yielding(there)), b.sink(yielding(back))
      ])
      assert.isTrue(equal(gotThere, concat(there)), 'there')
      assert.isTrue(equal(gotBack, concat(back)), 'back')
    })

    it('writes the parts of a list in order', async () => {
      const parts = [pattern(8, 1), pattern(70_000, 2), pattern(8, 3), pattern(2, 4), pattern(300_000, 5)]
      const [got] = await Promise.all([collect(b.source), a.sink(yielding([new Uint8ArrayList(...parts), new Uint8ArrayList(), new Uint8ArrayList(...parts)]))])
      assert.isTrue(equal(got, concat([...parts, ...parts])))
    })

    it('carries ten thousand single bytes', async () => {
      const bytes = Array.from({ length: 10_000 }, (_, index) => Uint8Array.of(index))
      const [got] = await Promise.all([collect(b.source), a.sink(yielding(bytes))])
      assert.isTrue(equal(got, concat(bytes)))
    })

    it('ends the source of the peer when a sink has written everything', async () => {
      const [got] = await Promise.all([collect(b.source), a.sink(yielding([]))])
      assert.equal(got.byteLength, 0)
    })

    if (options.halfClose !== false) {
      it('keeps one direction open after the other has ended', async () => {
        const [question] = await Promise.all([collect(b.source), a.sink(yielding([pattern(10, 1)]))])
        assert.equal(question.byteLength, 10)
        const [answer] = await Promise.all([collect(a.source), b.sink(yielding([pattern(100_000, 2)]))])
        assert.isTrue(equal(answer, pattern(100_000, 2)))
      })
    }

    it('only stops reading when the source is left early, and the last bytes still flow', async () => {
      const more = deferred<void>()
      const sunk = a.sink((async function * () {
        yield pattern(5, 1)
        await more.promise
        yield pattern(500_000, 2)
      })())
      const back = b.sink((async function * () { yield pattern(3, 3) })())
      for await (const chunk of a.source) {
        assert.isAbove(chunk.byteLength, 0)
        break
      }
      more.resolve()
      const [got] = await Promise.all([collect(b.source), sunk, back])
      assert.isTrue(equal(got, concat([pattern(5, 1), pattern(500_000, 2)])))
    })

    it('ends for good when its source is left while nothing comes', async () => {
      const iterator = a.source[Symbol.asyncIterator]()
      const parked = iterator.next()
      await Promise.resolve()
      a.abort()
      await settled(parked)
      await iterator.return?.()
      const again = await iterator.next()
      assert.isTrue(again.done)
    })

    it('settles a parked source and a parked sink on abort', async () => {
      const error = new Error('enough')
      const [reading, writing] = [collect(a.source), a.sink(silent())]
      await turn()
      a.abort(error)
      assert.equal(await settled(reading), error)
      assert.equal(await settled(writing), error)
    })

    it('tells a parked source that nobody wants more of it', async () => {
      const returned = deferred<void>()
      const writing = a.sink({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: () => {
            returned.resolve()
            return Promise.resolve({ done: true as const, value: undefined })
          }
        })
      })
      await turn()
      a.abort()
      await returned.promise
      assert.instanceOf(await settled(writing), Error)
    })

    it('rejects a sink and ends a source that are asked for after abort', async () => {
      a.abort(new Error('before'))
      assert.instanceOf(await settled(a.sink(yielding([pattern(10, 1)]))), Error)
      await settled(collect(a.source))
    })

    it('may be aborted twice, the first error counts', async () => {
      const writing = a.sink(silent())
      a.abort(new Error('first'))
      a.abort(new Error('second'))
      assert.equal((await settled(writing))?.message, 'first')
    })

    it('settles the other end when one end aborts', async () => {
      const [reading, writing] = [collect(b.source), b.sink(endless())]
      const mine = a.sink(silent())
      await turn()
      a.abort()
      await Promise.all([settled(reading), settled(writing), settled(mine)])
    })

    it('rejects with the error of the sink\'s own source, and the peer sees no good end', async () => {
      const reading = collect(b.source)
      const broken = new Error('source broke')
      const writing = a.sink((async function * () {
        yield pattern(10, 1)
        throw broken
      })())
      assert.equal(await settled(writing), broken)
      await settled(reading)
      assert.instanceOf(await settled(a.sink(yielding([]))), Error)
    })

    if (options.backpressure !== false) {
      it('stops pulling while the peer does not read, and goes on when it does', async () => {
        const chunk = pattern(65_536, 1)
        let pulled = 0
        let enough = false
        const writing = a.sink((async function * () {
          while (!enough && pulled < 1024) {
            pulled++
            yield chunk
          }
        })())
        await still(() => pulled)
        assert.isBelow(pulled, 1024, 'chunks of 64 KiB pulled without a reader')
        const stopped = pulled
        let received = 0
        for await (const bytes of b.source) {
          received += bytes.byteLength
          if (pulled > stopped + 10) enough = true
        }
        await writing
        assert.isAbove(pulled, stopped)
        assert.equal(received, pulled * chunk.byteLength)
      })

      it('settles a sink that waits for room on abort', async () => {
        let pulled = 0
        const writing = a.sink((async function * () {
          while (true) {
            pulled++
            yield pattern(65_536, 1)
          }
        })())
        await still(() => pulled)
        a.abort(new Error('no more'))
        assert.equal((await settled(writing))?.message, 'no more')
      })
    }

    it('flushes once what is scheduled, after the microtasks that wait', async () => {
      const { schedule } = a
      if (schedule === undefined) return
      const order: string[] = []
      const flush = (): void => { order.push('flush') }
      // From a task of the event loop, and from a microtask.
      for (const start of [(run: () => void) => { setTimeout(run) }, (run: () => void) => { queueMicrotask(run) }]) {
        order.length = 0
        start(() => {
          Promise.resolve().then(() => { order.push('first') }).then(() => { order.push('second') }).catch(() => {})
          schedule.call(a, flush)
          order.push('now')
        })
        await until(() => order.includes('flush'))
        assert.deepEqual(order, ['now', 'first', 'second', 'flush'])
      }
    })
  })
}

/** A run of bytes that differs by `seed`. */
export function pattern (size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let state = (seed + 1) * 0x9e3779b1 >>> 0
  for (let index = 0; index < size; index++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

/** Everything of `source`, joined. */
export async function collect (source: AsyncIterable<Bytes>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  for await (const chunk of source) {
    if (chunk instanceof Uint8Array) parts.push(chunk)
    else parts.push(...chunk)
  }
  return concat(parts)
}

/** The parts in one piece. */
export function concat (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all
}

/** Whether the bytes are the same; far faster than a deep comparison of megabytes. */
export function equal (a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index])
}

/** A promise and its ends. */
export function deferred<T> (): { promise: Promise<T>, resolve: (value: T) => void, reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((_resolve, _reject) => {
    resolve = _resolve
    reject = _reject
  })
  return { promise, resolve, reject }
}

/** The error that `promise` rejects with; undefined when it resolves. */
export async function settled (promise: Promise<unknown>): Promise<Error | undefined> {
  try {
    await promise
    return undefined
  } catch (error) {
    return error as Error
  }
}

/** Let the event loop go round. */
export async function turn (): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 1))
}

/** Wait until `condition` holds. The test's own timeout bounds it. */
export async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

/** Wait until `value` has moved and then stays the same for a while. */
export async function still (value: () => number): Promise<void> {
  let last = -1
  let same = 0
  while (same < 10) {
    await new Promise(resolve => setTimeout(resolve, 10))
    same = value() === last && last > 0 ? same + 1 : 0
    last = value()
  }
}

async function * yielding (chunks: readonly Bytes[]): AsyncGenerator<Bytes> {
  yield * chunks
}

async function * endless (): AsyncGenerator<Bytes> {
  while (true) {
    await turn()
    yield pattern(1000, 1)
  }
}

async function * silent (): AsyncGenerator<Bytes> {
  await new Promise(() => {})
  yield Uint8Array.of(0)
}

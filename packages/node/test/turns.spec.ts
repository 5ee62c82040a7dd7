import { fromSocket } from '@muxado/node'
import { assert } from 'chai'
import { Duplex } from 'node:stream'
import { collect, pattern } from './transport-contract.ts'

/** A connection whose input a test pushes. */
class Line extends Duplex {
  reads = 0
  readonly #more: (line: Line) => void

  constructor (more: (line: Line) => void = () => {}) {
    super()
    this.#more = more
  }

  override _read (): void {
    this.reads++
    this.#more(this)
  }

  override _write (_chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    done()
  }
}

/** What the clock shows that turns are measured with: only work lets it go on, so that nothing depends on what else the machine does. */
let now = 0

/** Work for so many milliseconds. */
function burn (ms: number): void {
  now += ms
}

/** A connection that has more whenever it is read, as from a socket's buffer: in a callback of its own. */
const bulky = (): Line => new Line((line) => { setImmediate(() => { if (!line.destroyed) line.push(new Uint8Array(65_536)) }) })

const turn = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve) }) }

describe('turns', () => {
  const { now: real } = performance
  before(() => { performance.now = () => now })
  after(() => { performance.now = real })

  it('let other connections in while one causes much work', async () => {
    const [costly, cheap] = [new Line(), new Line()]
    const order: string[] = []
    const work = async (): Promise<void> => {
      let bytes = 0
      for await (const piece of fromSocket(costly).source) {
        // As much as frames of one byte cause
        burn(piece.length / 65_536 * 20)
        order.push('costly')
        if ((bytes += piece.length) === 65_536) return
      }
    }
    const look = async (): Promise<void> => { for await (const _ of fromSocket(cheap).source) order.push('cheap') }
    const looking = look()
    const working = work()
    costly.push(pattern(65_536, 1))
    for (let times = 0; times < 1_000 && !costly.destroyed; times++) {
      cheap.push(pattern(10, 1))
      await turn()
    }
    await working
    cheap.push(null)
    await looking
    const during = order.slice(0, order.lastIndexOf('costly')).filter((who) => who === 'cheap').length
    assert.isAbove(during, 20, 'turns of the other one in 20 ms of work')
  })

  it('share the time evenly, however little of it a read of one takes', async () => {
    const spent = { costly: 0, bulk: 0 }
    const lines: Line[] = []
    const work = async (who: keyof typeof spent, msPerRead: number): Promise<void> => {
      const line = bulky()
      lines.push(line)
      try {
        for await (const piece of fromSocket(line).source) {
          const ms = piece.length / 65_536 * msPerRead
          burn(ms)
          spent[who] += ms
        }
      } catch {} // it is cut below
    }
    const working = [work('costly', 10), work('bulk', 0.08)]
    while (spent.costly + spent.bulk < 200) await turn()
    for (const line of lines) line.destroy()
    await Promise.all(working)
    assert.isAbove(spent.bulk / (spent.costly + spent.bulk), 0.4)
  })

  it('do not begin anew with a new connection', async () => {
    const spent = { newcomers: 0, bulk: 0 }
    let state: 'running' | 'over' = 'running'
    const work = async (who: keyof typeof spent, msPerRead: number, most: number): Promise<void> => {
      let bytes = 0
      const line = bulky()
      const transport = fromSocket(line)
      try {
        for await (const piece of transport.source) {
          const ms = piece.length / 65_536 * msPerRead
          burn(ms)
          spent[who] += ms
          if ((bytes += piece.length) >= most || state === 'over') break
        }
      } finally {
        transport.abort()
      }
    }
    const bulk = work('bulk', 0.08, Infinity)
    // Each is gone after its first piece, which is worth eight turns
    const come = async (): Promise<void> => {
      while (state === 'running') {
        await turn()
        await work('newcomers', 512, 1)
      }
    }
    const coming = come()
    while (spent.newcomers + spent.bulk < 200) await turn()
    state = 'over'
    await Promise.all([bulk, coming])
    assert.isAbove(spent.bulk / (spent.newcomers + spent.bulk), 0.15)
  })

  it('make nobody wait who is alone with those that have little', async () => {
    const [bulk, light] = [bulky(), new Line()]
    const read = async (line: Line, each: () => void): Promise<void> => { try { for await (const _ of fromSocket(line).source) each() } catch {} }
    let pieces = 0
    const reading = [read(bulk, () => { burn(0.08); pieces++ }), read(light, () => { burn(0.001) })]
    for (let rounds = 0; rounds < 500; rounds++) {
      light.push(new Uint8Array(10))
      await turn()
    }
    bulk.destroy()
    light.destroy()
    await Promise.all(reading)
    assert.isAbove(pieces, 400)
  })

  it('make nobody wait for one that is read to no purpose, as one that was thrown out', async () => {
    const [bulk, idle] = [bulky(), bulky()]
    let [pieces, rounds] = [0, 0]
    const read = async (line: Line, each: () => void): Promise<void> => { try { for await (const _ of fromSocket(line).source) each() } catch {} }
    // What the kernel and the event loop take for it is not in its turns
    const reading = [read(bulk, () => { burn(0.08); pieces++ }), read(idle, () => { burn(0.005) })]
    for (; rounds < 500; rounds++) {
      burn(0.03)
      await turn()
    }
    bulk.destroy()
    idle.destroy()
    await Promise.all(reading)
    assert.isAbove(pieces, 200)
  })

  it('give all that was read at once where it causes little work', async () => {
    const line = new Line((line) => { if (line.reads < 100) line.push(pattern(65_536, 1)); else line.push(null) })
    const sizes: number[] = []
    for await (const piece of fromSocket(line).source) sizes.push(piece.length)
    assert.equal(sizes.reduce((sum, size) => sum + size, 0), 99 * 65_536)
    assert.include(sizes, 65_536)
    assert.isBelow(sizes.length, 200)
  })

  it('give several chunks that wait at once, as far as the piece goes, and nothing twice', async () => {
    const line = new Line()
    const reader = fromSocket(line).source[Symbol.asyncIterator]()
    const sent = pattern(700, 5)
    const cuts = [0, 10, 20, 60, 110, 160, 400, 700]
    const first = reader.next()
    for (const [at, cut] of cuts.slice(1).entries()) line.push(sent.subarray(cuts[at], cut))
    // The first turn has yet to come; 256 bytes go in it, and twice that in the next
    const pieces = [await first, await reader.next()].map(({ value }) => value?.subarray() ?? new Uint8Array(0))
    assert.deepEqual(pieces.map(({ length }) => length), [256, 444])
    assert.deepEqual(pieces.flatMap((piece) => [...piece]), [...sent])
    line.destroy()
  })

  it('lose nothing when the end comes in the middle', async () => {
    const line = new Line()
    const source = (async function * () {
      for await (const piece of fromSocket(line).source) {
        burn(piece.length / 65_536 * 20)
        yield piece
      }
    })()
    const all = collect(source)
    await turn()
    line.push(pattern(65_536, 1))
    line.push(null)
    assert.deepEqual(await all, pattern(65_536, 1))
  })

  it('hand out what came before a failure, and then the failure', async () => {
    const line = new Line()
    const { source } = fromSocket(line)
    let bytes = 0
    line.push(pattern(65_536, 1))
    let failure: unknown
    try {
      for await (const piece of source) {
        if (bytes === 0) line.destroy(new Error('cut'))
        bytes += piece.length
        burn(1)
      }
    } catch (error) {
      failure = error
    }
    assert.equal((failure as Error).message, 'cut')
    assert.equal(bytes, 65_536)
  })

  it('read to nowhere one read at a time', async () => {
    const line = new Line((line) => { if (line.reads < 10_000) line.push(pattern(65_536, 1)) })
    const { source, sink } = fromSocket(line)
    await sink((async function * () {})())
    for await (const _ of source) break
    const { reads } = line
    for (let times = 0; times < 10; times++) await turn()
    assert.isBelow(line.reads - reads, 30)
    line.destroy()
  })
})

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

/** Work for so many milliseconds. */
function burn (ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const turn = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve) }) }

describe('turns', () => {
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

  it('give all that was read at once where it causes little work', async () => {
    const line = new Line((line) => { if (line.reads < 100) line.push(pattern(65_536, 1)); else line.push(null) })
    const sizes: number[] = []
    for await (const piece of fromSocket(line).source) sizes.push(piece.length)
    assert.equal(sizes.reduce((sum, size) => sum + size, 0), 99 * 65_536)
    assert.include(sizes, 65_536)
    assert.isBelow(sizes.length, 200)
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

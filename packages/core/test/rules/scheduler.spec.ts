import { assert } from 'chai'
import { ascii, concat, pattern } from '../../../../test/support/bytes.ts'
import { bench, WIRES, type Bench } from '../../../../test/support/bench.ts'
import { frameText, readFrames } from '../../../../test/support/frames.ts'

const LARGE = { window: 1_000_000, maxFrame: 1000 }

/** A client with streams 3, 5, ... of these priorities, each with `length` bytes waiting. */
function waiting (wire: 1 | 2, priorities: readonly number[], length: number, options = {}): Bench {
  const client = bench('client', wire, { ...LARGE, ...options })
  for (const priority of priorities) client.machine.open({ priority })
  client.out()
  priorities.forEach((_, at) => client.machine.send(3 + 2 * at, pattern(length)))
  return client
}

/** Frames as `id:bytes`. */
function turns (client: Bench, limit?: number): string[] {
  return readFrames(client.wire, concat(client.machine.transmit(limit))).map(({ id, length }) => `${id}:${length}`)
}

for (const wire of WIRES) {
  describe(`transmit, wire ${wire}`, () => {
    it('sends control frames before data', () => {
      const client = waiting(wire, [0], 10)
      client.in(client.frames.syn(2), client.frames.syn(4), client.frames.data(2, pattern(600_000 % 16_000)))
      client.machine.open()
      client.machine.reset(4, 'internal')
      client.machine.goAway()
      const frames = client.out()
      assert.deepEqual(frames.at(-1), 'data 3 <00010203040506070809>')
      assert.includeMembers(frames.slice(0, -1), ['syn 5', 'rst 4 2'])
      assert.isTrue(frames.some((text) => text.startsWith('goaway')))
    })

    it('sends credit before data', () => {
      const client = waiting(wire, [0], 10, { window: 100 })
      client.in(client.frames.syn(2), client.frames.data(2, pattern(60)))
      client.machine.consume(2, 60)
      assert.deepEqual(client.out(), ['credit 2 60', 'data 3 <00010203040506070809>'])
    })

    it('takes streams of one priority in turn', () => {
      const client = waiting(wire, [0, 0, 0], 2500)
      assert.deepEqual(turns(client, 100_000), ['3:1000', '5:1000', '7:1000', '3:1000', '5:1000', '7:1000', '3:500', '5:500', '7:500'])
    })

    it('lets a stream that comes later wait for its turn', () => {
      const client = waiting(wire, [0, 0], 3000)
      assert.deepEqual(turns(client, 1000), ['3:992'])
      client.machine.open()
      client.machine.send(7, pattern(10))
      assert.deepEqual(client.out().slice(0, 2).map((text) => text.slice(0, 6)), ['syn 7', 'data 5'])
    })

    it('takes the larger priority first', () => {
      const client = waiting(wire, [1, 3, 2], 2000)
      assert.deepEqual(turns(client, 100_000), ['5:1000', '5:1000', '7:1000', '7:1000', '3:1000', '3:1000'])
    })

    it('gives the less urgent one turn in sixteen, of at most 4 KiB', () => {
      const client = waiting(wire, [0, 9], 300_000, { maxFrame: 16_000 })
      const [low, high]: [number[], number[]] = [[], []]
      turns(client, 900_000).forEach((turn, at) => {
        const [id, length] = turn.split(':').map(Number)
        if (at < 18) (id === 3 ? low : high).push(id === 3 ? at : length ?? 0)
      })
      assert.isNotEmpty(low)
      assert.isAtMost(low[0] ?? Infinity, 15)
      const small = waiting(wire, [0, 9], 300_000, { maxFrame: 16_000 })
      const first = turns(small, 900_000).find((turn) => turn.startsWith('3:'))
      assert.equal(first, '3:4096')
      assert.isTrue(high.every((length) => length === 16_000))
    })

    it('starves no level, however many there are', () => {
      const client = waiting(wire, [5, 4, 3, 2, 1, 0], 200_000)
      const seen = turns(client, 250_000).map((turn) => turn.split(':')[0])
      for (const id of ['3', '5', '7', '9', '11', '13']) assert.include(seen.slice(0, 16 * 5), id)
      for (let from = 0; from + 32 < 150; from++) assert.isTrue(seen.slice(from, from + 32).some((id) => id !== '3'), `from ${from}`)
    })

    it('sends whole frames again when nothing more urgent waits', () => {
      const client = waiting(wire, [0, 9], 10_000, { maxFrame: 16_000 })
      assert.deepEqual(turns(client, 100_000), ['5:10000', '3:10000'])
    })

    it('follows a change of priority, where a stream waits and where it does not', () => {
      const client = waiting(wire, [5, 1], 2000)
      client.machine.setPriority(5, 9)
      assert.deepEqual(turns(client, 100_000), ['5:1000', '5:1000', '3:1000', '3:1000'])
      client.machine.setPriority(3, 10)
      client.machine.send(5, pattern(10))
      client.machine.send(3, pattern(10))
      assert.deepEqual(turns(client, 100_000), ['3:10', '5:10'])
    })

    it('keeps the place of a stream whose priority is set to what it is', () => {
      const client = waiting(wire, [4, 4, 4], 1000)
      client.machine.setPriority(3, 4)
      assert.deepEqual(turns(client, 100_000), ['3:1000', '5:1000', '7:1000'])
    })

    it('takes a stream that is reset out of its turn', () => {
      const client = waiting(wire, [0, 0, 0], 1000)
      client.machine.reset(5)
      assert.deepEqual(client.out().filter((text) => text.startsWith('data')), ['data 3 [1000]', 'data 7 [1000]'])
    })

    it('stops near its limit, with at least one frame', () => {
      const client = waiting(wire, [0], 10_000)
      assert.deepEqual(turns(client, 1), ['3:16'])
      assert.deepEqual(turns(client, 0), ['3:16'])
      assert.deepEqual(turns(client, 500), ['3:492'])
      assert.deepEqual(turns(client, 3000), ['3:1000', '3:1000'], 'no third frame of a size not worth its header')
      client.machine.open()
      client.machine.open()
      assert.deepEqual(readFrames(wire, concat(client.machine.transmit(1))).map(frameText), ['syn 5'])
      assert.deepEqual(readFrames(wire, concat(client.machine.transmit(0))).map(frameText), ['syn 7'])
    })

    it('sends some 256 KiB at once unless told otherwise', () => {
      const client = waiting(wire, [0], 500_000, { maxFrame: 16_000 })
      const bytes = concat(client.machine.transmit()).length
      assert.isAtLeast(bytes, 250_000)
      assert.isAtMost(bytes, 280_000)
    })

    it('puts small writes of one stream into one frame, and small frames into one block', () => {
      const client = bench('client', wire, { window: 100_000 })
      const [a, b] = [client.machine.open(), client.machine.open()]
      for (const letter of 'hello') client.machine.send(a, ascii(letter))
      client.machine.send(b, ascii('you'))
      const segments = client.machine.transmit()
      assert.lengthOf(segments, 1)
      assert.deepEqual(readFrames(wire, concat(segments)).map(frameText), ['syn 3', 'syn 5', 'data 3 "hello"', 'data 5 "you"'])
    })

    it('passes large payloads by reference, between the blocks', () => {
      const client = bench('client', wire, { window: 100_000 })
      const id = client.machine.open()
      client.out()
      const large = pattern(10_000)
      client.machine.send(id, ascii('small'))
      client.machine.send(id, large)
      client.machine.send(id, ascii('end'))
      const segments = client.machine.transmit()
      assert.isTrue(segments.some((segment) => segment.buffer === large.buffer && segment.length === 10_000))
      assert.deepEqual(readFrames(wire, concat(segments)).map(({ body }) => body), [concat([ascii('small'), large, ascii('end')])])
    })

    it('never writes again where it has written', () => {
      const client = bench('client', wire, { window: 100_000 })
      const id = client.machine.open()
      const first = client.machine.transmit()
      const before = concat(first)
      for (let round = 0; round < 200; round++) {
        client.machine.send(id, pattern(round % 50))
        client.machine.transmit()
      }
      assert.deepEqual(concat(first), before)
    })

    it('keeps order through thousands of small writes that trickle out', () => {
      const client = bench('client', wire, { window: 100_000, maxFrame: 7 })
      const id = client.machine.open()
      client.out()
      for (let at = 0; at < 3000; at++) client.machine.send(id, pattern(3, 3 * at))
      assert.equal(client.stream(id)?.queued, 9000)
      const parts: Uint8Array[] = []
      while (client.machine.wantsTransmit) parts.push(...readFrames(wire, concat(client.machine.transmit(100))).map(({ body }) => body))
      assert.deepEqual(concat(parts), pattern(9000))
    })

    it('takes hundreds of streams in turn', () => {
      const client = waiting(wire, Array.from({ length: 300 }, () => 0), 2000)
      const seen = turns(client, 10_000_000)
      assert.deepEqual(seen.slice(0, 300), seen.slice(300))
      assert.lengthOf(seen, 600)
    })
  })
}

import { assert } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { ascii, pattern } from '../../../../test/support/bytes.ts'
import { bench, code, WIRES } from '../../../../test/support/bench.ts'
import { typeBytes } from '../../../../test/support/frames.ts'

for (const wire of WIRES) {
  describe(`living with deployed peers, wire ${wire}`, () => {
    it('bounds what it owes a peer that sends without reading (B10, Q10)', () => {
      const server = bench('server', wire, { maxReplies: 3 })
      server.in(server.frames.syn(999))
      let rounds = 0
      while (server.machine.state !== 'closed') server.in(server.frames.data(3 + 2 * rounds++, ascii('x')))
      assert.equal(rounds, 4)
      assert.deepEqual(server.out().map((text) => text.split(' ').slice(0, 1).join()), ['goaway'])
    })

    it('sends nothing that a peer must answer: a session at rest stays at rest (B10)', () => {
      const [client, server] = [bench('client', wire), bench('server', wire)]
      const id = client.machine.open()
      client.machine.send(id, ascii('hi'))
      client.machine.finish(id)
      for (const segment of client.machine.transmit()) server.in(segment)
      server.machine.finish(id)
      for (const segment of server.machine.transmit()) client.in(segment)
      assert.isEmpty(client.out())
      assert.isEmpty(server.out())
    })

    it('keeps the error of a stream it has reset, whatever FIN comes later (B13)', () => {
      const { frames, in: receive } = bench('server', wire)
      assert.deepEqual(receive(frames.syn(3), frames.fin(3), frames.data(3, ascii('x')), frames.fin(3)), [
        'accept 3', 'finish 3', 'abort 3 PEER_STREAM_CLOSED streamClosed'
      ])
    })

    it('makes the SYN the first frame of its stream, and an empty write no frame at all (Q4, Q5)', () => {
      const { machine, out } = bench('client', wire)
      const [a, b] = [machine.open(), machine.open({ priority: 9 })]
      assert.equal(machine.send(b, new Uint8Array(0)), 0)
      machine.send(b, ascii('first'))
      machine.send(a, ascii('second'))
      assert.deepEqual(out().map((text) => text.split(' priority')[0]), ['syn 3', 'syn 5', 'data 5 "first"', 'data 3 "second"'])
    })

    it('loses nothing that comes while nobody reads (B11)', () => {
      const { machine, frames, in: receive, stream } = bench('server', wire, { window: 100, maxWindow: 100 })
      assert.deepEqual(receive(frames.syn(3), frames.data(3, ascii('lost!')), frames.data(3, ascii('second'))), ['accept 3', 'deliver 3 "lost!second"'])
      machine.consume(3, 11)
      assert.equal((stream(3)?.available ?? 0) + (stream(3)?.consumed ?? 0), 100)
    })

    it('counts a peer’s credit for what it read after our FIN as no offence, however much it was (B6)', () => {
      const client = bench('client', wire, { maxUseless: 10, window: 10_000 })
      const id = client.machine.open()
      client.machine.send(id, pattern(10_000))
      client.machine.finish(id)
      client.out()
      client.in(client.frames.fin(id))
      for (let read = 0; read < 900; read++) client.in(client.frames.credit(id, 10))
      for (let read = 0; read < 1000; read++) client.in(client.frames.credit(id, 1))
      assert.equal(client.machine.state, 'open')
    })

    it('takes a stream the peer opens and gives up at once as one story', () => {
      const { frames, in: receive, out } = bench('server', wire)
      assert.deepEqual(receive(frames.syn(3), frames.rst(3, 200)), ['accept 3', 'abort 3 STREAM_RESET 200'])
      assert.deepEqual(out(), [])
    })

    it('lets the peer’s refusal overtake what was sent behind the SYN', () => {
      const client = bench('client', wire)
      const id = client.machine.open()
      client.machine.send(id, pattern(100))
      client.machine.transmit(20)
      assert.deepEqual(client.in(client.frames.rst(id, code(client, 'refused'))), [`abort ${id} STREAM_REFUSED refused retryable`])
      assert.equal(client.machine.queued, 0)
      assert.deepEqual(client.out(), [])
    })
  })
}

describe('living with deployed peers, wire 2 alone', () => {
  it('accepts a type that comes alone in the SYN, as Go sends it', () => {
    const { frames, in: receive } = bench('server', 2, { typed: true })
    assert.deepEqual(receive(frames.syn(3, { data: typeBytes(0xcafebabe) }), frames.data(3, ascii('payload'))), [
      'accept 3 type 3405691582', 'deliver 3 "payload"'
    ])
  })

  it('makes Go take turns: credit comes in batches of 128 KiB, and a frame is as large as its credit', () => {
    const { machine, frames, in: receive, out } = bench('server', 2)
    receive(frames.syn(3, { data: pattern(262_144) }))
    machine.consume(3, 131_072)
    assert.match(out().join(), /^credit 3 \d+$/)
  })
})

describe('quirks of deployed peers', () => {
  it('are each named by a test', () => {
    const folder = new URL('./', import.meta.url)
    const specs = readdirSync(folder).filter((name) => name.endsWith('.spec.ts')).map((name) => readFileSync(new URL(name, folder), 'utf8'))
    const titles = specs.flatMap((text) => text.match(/^\s*(it|describe)\(.*$|^ {4}\['.*$/gm) ?? []).join('\n')
    const quirks = [...Array.from({ length: 15 }, (_, at) => `B${at + 1}`), ...Array.from({ length: 11 }, (_, at) => `Q${at + 1}`)]
    assert.deepEqual(quirks.filter((quirk) => !new RegExp(`\\b${quirk}\\b`).test(titles)), [])
  })
})

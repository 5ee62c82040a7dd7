import { assert } from 'chai'
import { ascii, pattern } from '../../../../test/support/bytes.ts'
import { bench, code, thrown, WIRES, type Bench } from '../../../../test/support/bench.ts'

/** A server with an accepted stream 3. */
function accepted (wire: 1 | 2, options = {}): Bench {
  const server = bench('server', wire, options)
  server.in(server.frames.syn(3))
  return server
}

for (const wire of WIRES) {
  describe(`closing, wire ${wire}`, () => {
    it('puts the FIN on the last data frame that waits', () => {
      const { machine, out } = accepted(wire, { maxFrame: 10 })
      machine.send(3, pattern(15))
      machine.finish(3)
      assert.deepEqual(out(), ['data 3 <00010203040506070809>', 'data 3 <0a0b0c0d0e> fin'])
    })

    it('sends an empty FIN when nothing waits', () => {
      const { machine, out } = accepted(wire)
      machine.send(3, ascii('x'))
      out()
      machine.finish(3)
      assert.deepEqual(out(), ['data 3 fin'])
    })

    it('needs no window for a FIN', () => {
      const { machine, out, stream } = accepted(wire, { window: 5 })
      machine.send(3, pattern(5))
      out()
      assert.equal(stream(3)?.credit, 0)
      machine.finish(3)
      assert.deepEqual(out(), ['data 3 fin'])
    })

    it('finishes once, however often it is asked for, and ignores FINs that repeat (B7, Q7)', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      machine.finish(3)
      machine.finish(3)
      assert.deepEqual(out(), ['data 3 fin'])
      machine.finish(3)
      assert.deepEqual(out(), [])
      assert.deepEqual(receive(frames.fin(3)), ['finish 3'])
      assert.deepEqual(receive(frames.fin(3), frames.fin(3)), [])
      assert.deepEqual(out(), [])
    })

    it('answers nothing to a FIN on a stream that is done or was reset (B8)', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      receive(frames.fin(3), frames.syn(5))
      machine.finish(3)
      machine.reset(5)
      out()
      assert.deepEqual(receive(frames.fin(3), frames.fin(5)), [])
      assert.deepEqual(out(), [])
    })

    it('takes an RST for a stream that is done as nothing (B8)', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      machine.finish(3)
      out()
      receive(frames.fin(3))
      assert.deepEqual(receive(frames.rst(3, 4)), [])
      assert.deepEqual(out(), [])
    })

    it('ignores credit for a half that is finished and for a stream that is done or reset (B6, Q7)', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      machine.finish(3)
      out()
      assert.deepEqual(receive(frames.credit(3, 5)), [])
      receive(frames.fin(3))
      assert.deepEqual(receive(frames.credit(3, 5), frames.credit(3, 5)), [])
      receive(frames.syn(5))
      machine.reset(5)
      out()
      assert.deepEqual(receive(frames.credit(5, 5)), [])
      assert.deepEqual(out(), [])
    })

    it('answers data on a finished half with RST, and the stream is dead in both directions', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      machine.send(3, ascii('waiting'))
      receive(frames.fin(3))
      assert.deepEqual(receive(frames.data(3, ascii('late')), frames.data(3, ascii('later'))), ['abort 3 PEER_STREAM_CLOSED streamClosed'])
      assert.deepEqual(out(), ['rst 3 4'], 'what was queued is dropped, and one RST is enough')
      assert.equal(machine.queued, 0)
    })

    it('answers data on a stream that is done by one RST, not by one a frame', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      receive(frames.fin(3))
      machine.finish(3)
      out()
      assert.deepEqual(receive(frames.data(3, ascii('x')), frames.data(3, ascii('y')), frames.data(3, ascii(''))), [])
      assert.deepEqual(out(), ['rst 3 4'])
      assert.deepEqual(receive(frames.data(3, ascii('z'), true)), [])
      assert.deepEqual(out(), [])
    })

    it('answers empty data on a stream that is done like any other, an empty FIN not', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      receive(frames.fin(3))
      machine.finish(3)
      out()
      receive(frames.fin(3))
      assert.deepEqual(out(), [])
      receive(frames.data(3, ascii('')))
      assert.deepEqual(out(), ['rst 3 4'])
    })

    it('resets with a reason: what is queued is dropped, the peer is told, nothing follows', () => {
      const { machine, out, stream } = accepted(wire)
      machine.send(3, pattern(100))
      machine.reset(3, 'internal')
      assert.isUndefined(stream(3))
      assert.equal(machine.queued, 0)
      assert.deepEqual(out(), ['rst 3 2'])
      assert.deepEqual(machine.poll(), [])
    })

    it('resets with cancel unless told otherwise, with any number as it is, and never twice', () => {
      const server = accepted(wire)
      server.in(server.frames.syn(5), server.frames.syn(7))
      server.machine.reset(3)
      server.machine.reset(5, 0xffffffff)
      server.machine.reset(7, 0)
      server.machine.reset(3, 'internal')
      assert.deepEqual(server.out(), [`rst 3 ${code(server, 'cancel')}`, 'rst 5 4294967295', 'rst 7 0'])
    })

    it('refuses a reason that is no wire code and no name', () => {
      const { machine } = accepted(wire)
      for (const reason of [-1, 2 ** 32, 1.5, NaN, 'boredom' as never, 'toString' as never]) { // as a caller without types might
        assert.equal(thrown(() => machine.reset(3, reason)), 'API_ARGUMENT')
        assert.equal(thrown(() => machine.goAway(reason)), 'API_ARGUMENT')
        assert.equal(thrown(() => machine.close(reason)), 'API_ARGUMENT')
      }
      assert.equal(machine.state, 'open')
    })

    it('swallows what comes late for a stream it has reset, without a reply storm', () => {
      const { machine, frames, in: receive, out, snapshot } = accepted(wire)
      machine.reset(3)
      out()
      const late = Array.from({ length: 50 }, () => frames.data(3, pattern(50)))
      assert.deepEqual(receive(...late, frames.credit(3, 9), frames.rst(3, 1), frames.fin(3)), [])
      assert.deepEqual(out(), [])
      assert.equal(snapshot().budgets.resets, 1000)
    })

    it('swallows the rest of a body whose stream is reset in the middle', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      const bytes = frames.data(3, ascii('0123456789'), true)
      assert.deepEqual(receive(bytes.subarray(0, 12)), ['deliver 3 "0123"'])
      machine.reset(3)
      assert.deepEqual(receive(bytes.subarray(12), frames.syn(5)), ['accept 5'])
      assert.deepEqual(out(), [`rst 3 ${wire === 1 ? 7 : 6}`])
    })

    it('remembers the last 4,096 ids that it has reset', () => {
      const { machine, frames, in: receive, out, snapshot } = accepted(wire)
      machine.reset(3)
      for (let id = 5; id <= 3 + 2 * 4096; id += 2) {
        receive(frames.syn(id))
        machine.reset(id)
      }
      out()
      const { forgotten } = snapshot()
      assert.lengthOf(forgotten, 4096)
      assert.equal(forgotten[0], 5)
      assert.deepEqual(receive(frames.data(5, ascii('x'))), [])
      assert.deepEqual(out(), [])
      assert.deepEqual(receive(frames.data(3, ascii('x'))), [])
      assert.deepEqual(out(), ['rst 3 4'], 'the oldest is an ordinary stream that is done')
    })

    it('hands on the reason of an RST, by name where it has one', () => {
      const client = bench('client', wire)
      const codes = [code(client, 'internal'), code(client, 'cancel'), 0, 200, 0xffffffff]
      const expected = ['internal', 'cancel', 'none', '200', '4294967295']
      codes.forEach((number, at) => {
        const id = client.machine.open()
        client.out()
        assert.deepEqual(client.in(client.frames.rst(id, number)), [`abort ${id} STREAM_RESET ${expected[at]}`])
      })
    })

    it('tells a refused stream from a reset one: it may be tried again elsewhere', () => {
      const client = bench('client', wire)
      const id = client.machine.open()
      client.out()
      assert.deepEqual(client.in(client.frames.rst(id, code(client, 'refused'))), [`abort ${id} STREAM_REFUSED refused retryable`])
      const server = accepted(wire)
      assert.deepEqual(server.in(server.frames.rst(3, code(server, 'refused'))), ['abort 3 STREAM_RESET refused'], 'the opener cannot refuse')
    })

    it('fails the writer of a stream that is reset after its reader was done', () => {
      const { machine, frames, in: receive } = accepted(wire)
      assert.deepEqual(receive(frames.data(3, ascii('all'), true)), ['deliver 3 "all"', 'finish 3'])
      assert.deepEqual(receive(frames.rst(3, 2)), ['abort 3 STREAM_RESET internal'])
      assert.equal(machine.send(3, ascii('x')), 0)
    })

    it('goes on reading what came before a reset by the peer, and returns no credit for it (Q7)', () => {
      const { machine, frames, in: receive, out } = accepted(wire, { window: 10 })
      assert.deepEqual(receive(frames.data(3, pattern(10)), frames.rst(3, 2)), ['deliver 3 <00010203040506070809>', 'abort 3 STREAM_RESET internal'])
      machine.consume(3, 10)
      assert.deepEqual(out(), [])
    })
  })
}

describe('closing, wire 2 alone', () => {
  it('knows the accept queue of the Go peer: full means refused (Q11)', () => {
    const client = bench('client', 2)
    const id = client.machine.open()
    client.out()
    assert.deepEqual(client.in(client.frames.rst(id, 9)), [`abort ${id} STREAM_REFUSED acceptQueueFull retryable`])
    assert.deepEqual(client.in(client.frames.data(id, ascii('zombie')), client.frames.credit(id, 4)), [])
    assert.deepEqual(client.out(), [])
  })
})

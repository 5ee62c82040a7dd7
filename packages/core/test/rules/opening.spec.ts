import { assert } from 'chai'
import { ascii } from '../../../../test/support/bytes.ts'
import { bench, code, thrown, WIRES } from '../../../../test/support/bench.ts'

const LAST = 0x7fffffff
const RESERVED = 0xfffffeff

for (const wire of WIRES) {
  describe(`opening, wire ${wire}`, () => {
    it('takes odd ids from 3 for the client and even ids from 2 for the server', () => {
      const [client, server] = [bench('client', wire), bench('server', wire)]
      assert.deepEqual([client.machine.open(), client.machine.open(), client.machine.open()], [3, 5, 7])
      assert.deepEqual([server.machine.open(), server.machine.open()], [2, 4])
      assert.deepEqual(client.out(), ['syn 3', 'syn 5', 'syn 7'])
      assert.deepEqual(server.out(), ['syn 2', 'syn 4'])
    })

    it('announces a stream before anything else of it, and apart from its data', () => {
      const { machine, out } = bench('client', wire)
      const id = machine.open()
      machine.send(id, ascii('hi'))
      assert.deepEqual(out(), ['syn 3', 'data 3 "hi"'])
    })

    it('opens with finish as a SYN and then an empty FIN, never in one frame (B4, Q3)', () => {
      const { machine, out, stream } = bench('client', wire)
      const id = machine.open({ finish: true })
      assert.equal(thrown(() => machine.send(id, ascii('x'))), 'API_SEND_AFTER_FINISH')
      assert.deepEqual(out(), ['syn 3', 'data 3 fin'])
      assert.equal(stream(id)?.send, 'finished')
    })

    it('accepts what the peer opens, at either end', () => {
      const [client, server] = [bench('client', wire), bench('server', wire)]
      assert.deepEqual(client.in(client.frames.syn(2)), ['accept 2'])
      assert.deepEqual(server.in(server.frames.syn(3)), ['accept 3'])
      assert.deepEqual([client.out(), server.out()], [[], []])
    })

    it('accepts a SYN with FIN and answers on it (Q3)', () => {
      const { machine, frames, in: receive, out } = bench('server', wire)
      assert.deepEqual(receive(frames.syn(3, { fin: true })), ['accept 3', 'finish 3'])
      machine.send(3, ascii('ok'))
      machine.finish(3)
      assert.deepEqual(out(), ['data 3 "ok" fin'])
      assert.isEmpty(machine.snapshot().streams)
    })

    it('leaves gaps in ids alone', () => {
      const { frames, in: receive } = bench('server', wire)
      assert.deepEqual(receive(frames.syn(3), frames.syn(9), frames.syn(101)), ['accept 3', 'accept 9', 'accept 101'])
    })

    it('has ids until 2^31-1 and lives on without', () => {
      const { machine, frames, in: receive, out, snapshot } = bench('client', wire, { firstId: LAST - 2 })
      assert.equal(machine.open(), LAST - 2)
      assert.equal(machine.open(), LAST)
      assert.equal(thrown(() => machine.open()), 'SESSION_IDS_EXHAUSTED')
      assert.deepEqual(out(), [`syn ${LAST - 2}`, `syn ${LAST}`])
      assert.equal(machine.state, 'open')
      assert.isAbove(snapshot().nextId, LAST)
      assert.deepEqual(receive(frames.syn(2)), ['accept 2'])
    })

    it('has even ids until 2^31-2', () => {
      const { machine } = bench('server', wire, { firstId: LAST - 1 })
      assert.equal(machine.open(), LAST - 1)
      assert.equal(thrown(() => machine.open()), 'SESSION_IDS_EXHAUSTED')
    })

    it('says that a stream which cannot be opened may be opened elsewhere', () => {
      const exhausted = bench('client', wire, { firstId: LAST })
      exhausted.machine.open()
      const gone = bench('client', wire)
      gone.in(gone.frames.goaway(0, 0))
      const closed = bench('client', wire)
      closed.machine.close()
      for (const { machine } of [exhausted, gone, closed]) {
        try {
          machine.open()
          assert.fail('opened')
        } catch (error) {
          assert.isTrue((error as { retryable?: boolean }).retryable)
        }
      }
    })

    it('sends nothing at all for a stream that was reset before its SYN went out', () => {
      const { machine, frames, in: receive, out, snapshot } = bench('client', wire)
      const id = machine.open()
      machine.send(id, ascii('hi'))
      machine.reset(id)
      assert.equal(machine.queued, 0)
      assert.isFalse(machine.wantsTransmit)
      assert.deepEqual(out(), [])
      assert.deepEqual(snapshot().forgotten, [])
      assert.equal(machine.open(), 5)
      assert.deepEqual(out(), ['syn 5'])
      assert.deepEqual(receive(frames.credit(3, 1)), [], 'the id counts as used')
    })

    it('refuses arguments that cannot be, and the session lives (B12)', () => {
      const { machine, out } = bench('client', wire, { typed: true })
      for (const priority of [-1, 1.5, NaN, 2 ** 31]) {
        assert.equal(thrown(() => machine.open({ priority })), 'API_ARGUMENT', `priority ${priority} (B12)`)
        assert.equal(thrown(() => machine.setPriority(3, priority)), 'API_ARGUMENT')
      }
      for (const type of [-1, 0.5, 2 ** 32, RESERVED]) assert.equal(thrown(() => machine.open({ type })), 'API_ARGUMENT', `type ${type}`)
      assert.deepEqual(out(), [])
      assert.equal(machine.open(), 3)
    })

    it('resets a stream of a reserved type that no extension handles, like the reference', () => {
      const typed = wire === 2
      const bytes = Uint8Array.of(0xff, 0xff, 0xfe, 0xff)
      const { frames, in: receive, out, snapshot } = bench('server', wire, { typed })
      assert.deepEqual(receive(typed ? frames.syn(3, { data: bytes }) : frames.syn(3, { type: RESERVED })), [])
      assert.deepEqual(out(), ['rst 3 4'])
      assert.deepEqual(receive(frames.data(3, ascii('x')), frames.fin(3)), [], 'what follows is swallowed')
      assert.isEmpty(snapshot().streams)
    })

    it('hands streams of an extension that is handled to the host', () => {
      const typed = wire === 2
      const bytes = Uint8Array.of(0xff, 0xff, 0xfe, 0xff)
      const { machine, frames, in: receive } = bench('server', wire, { typed, extensions: [RESERVED] })
      assert.deepEqual(receive(typed ? frames.syn(3, { data: bytes }) : frames.syn(3, { type: RESERVED })), [`accept 3 type ${RESERVED}`])
      assert.equal(machine.open({ type: RESERVED }), 2)
    })

    it('hands streams of the type just below the reserved range to the application', () => {
      const typed = wire === 2
      const { frames, in: receive } = bench('server', wire, { typed })
      const data = Uint8Array.of(0xff, 0xff, 0xfe, 0xfe)
      assert.deepEqual(receive(typed ? frames.syn(3, { data }) : frames.syn(3, { type: RESERVED - 1 })), [`accept 3 type ${RESERVED - 1}`])
    })

    it('does nothing on a stream that is gone or never was', () => {
      const { machine, out } = bench('client', wire)
      for (const id of [0, 1, 2, 3, 99]) {
        assert.equal(machine.send(id, ascii('x')), 0)
        machine.finish(id)
        machine.reset(id, 'cancel')
        machine.consume(id, 5)
        machine.setPriority(id, 1)
      }
      assert.deepEqual(out(), [])
    })

    it('refuses a SYN of its own parity with the end of the session', () => {
      const server = bench('server', wire)
      assert.deepEqual(server.in(server.frames.syn(4)), ['close PEER_PROTOCOL'])
      assert.match(server.out().join(), new RegExp(`^goaway ${wire === 1 ? 1 : 0} ${code(server, 'protocol')} `))
      const client = bench('client', wire)
      assert.deepEqual(client.in(client.frames.syn(3)), ['close PEER_PROTOCOL'])
      assert.match(client.out().join(), /^goaway 0 1 /)
    })
  })
}

describe('opening, wire 1 alone', () => {
  it('carries priority and type in the SYN where they are not 0', () => {
    const { machine, out } = bench('client', 1)
    machine.open({ priority: 5 })
    machine.open({ type: 7 })
    machine.open({ priority: 0x7fffffff, type: 0xfffffefe })
    machine.open({ priority: 0, type: 0 })
    machine.open({ priority: 1, type: 1 })
    assert.deepEqual(out(), [
      'syn 3 priority 5', 'syn 5 type 7', 'syn 7 priority 2147483647 type 4294967038', 'syn 9', 'syn 11 priority 1 type 1'
    ])
  })

  it('reads them, explicit zeros included, and masks the top bit of a priority', () => {
    const { frames, in: receive } = bench('server', 1)
    assert.deepEqual(receive(frames.syn(3, { priority: 5, type: 7 })), ['accept 3 type 7 priority 5'])
    assert.deepEqual(receive(frames.syn(5, { priority: 0, type: 0 })), ['accept 5'])
    assert.deepEqual(receive(frames.syn(7, { priority: 0xffffffff })), ['accept 7 priority 2147483647'])
  })

  it('says the priority that the stream has when its SYN goes out', () => {
    const { machine, out } = bench('client', 1)
    machine.setPriority(machine.open(), 9)
    assert.deepEqual(out(), ['syn 3 priority 9'])
  })

  it('ends the session when SYNs do not increase', () => {
    for (const ids of [[3, 3], [9, 5], [1], [0]]) {
      const { frames, in: receive } = bench('server', 1)
      assert.equal(receive(...ids.map((id) => frames.syn(id))).at(-1), 'close PEER_PROTOCOL', ids.join())
    }
  })

  it('refuses id 0 at a client too', () => {
    const { frames, in: receive } = bench('client', 1)
    assert.deepEqual(receive(frames.syn(0)), ['close PEER_PROTOCOL'])
  })
})

describe('opening, wire 2 alone', () => {
  it('accepts SYNs in any order, id 1 too, and reports the highest as the last (Q6)', () => {
    const { machine, frames, in: receive, out } = bench('server', 2)
    assert.deepEqual(receive(frames.syn(9), frames.syn(5), frames.syn(1)), ['accept 9', 'accept 5', 'accept 1'])
    machine.goAway()
    assert.equal(out()[0], 'goaway 9 0')
  })

  it('ends the session on a SYN for a live stream, instead of orphaning it', () => {
    const { frames, in: receive } = bench('server', 2)
    receive(frames.syn(3))
    assert.deepEqual(receive(frames.syn(3)), ['abort 3 PEER_PROTOCOL protocol', 'close PEER_PROTOCOL'])
  })

  it('opens an id again that is done', () => {
    const { machine, frames, in: receive, out } = bench('server', 2)
    receive(frames.syn(3, { fin: true }))
    machine.finish(3)
    out()
    assert.deepEqual(receive(frames.syn(3)), ['accept 3'])
  })

  it('swallows a SYN for an id that it has reset', () => {
    const { machine, frames, in: receive, out } = bench('server', 2)
    receive(frames.syn(3))
    machine.reset(3)
    out()
    assert.deepEqual(receive(frames.syn(3, { data: ascii('again') }), frames.syn(5)), ['accept 5'])
    assert.deepEqual(out(), [])
  })

  it('takes payload with the SYN', () => {
    const { frames, in: receive } = bench('server', 2)
    assert.deepEqual(receive(frames.syn(3, { data: ascii('hi'), fin: true })), ['accept 3', 'deliver 3 "hi"', 'finish 3'])
  })

  it('ends the session on a SYN with id 0', () => {
    const { frames, in: receive } = bench('client', 2)
    assert.deepEqual(receive(frames.syn(0)), ['close PEER_PROTOCOL'])
  })

  it('has no types where streams are untyped', () => {
    const { machine } = bench('client', 2)
    assert.equal(thrown(() => machine.open({ type: 1 })), 'API_ARGUMENT')
    assert.equal(machine.open({ type: 0 }), 3)
  })
})

import { assert } from 'chai'
import { ascii, concat, pattern } from '../../../../test/support/bytes.ts'
import { bench, type Bench } from '../../../../test/support/bench.ts'
import { typeBytes } from '../../../../test/support/frames.ts'

const typed = (role: 'client' | 'server', options = {}): Bench => bench(role, 2, { typed: true, ...options })

describe('types in band, wire 2', () => {
  it('lead the first payload, behind an empty SYN', () => {
    const { machine, out } = typed('client')
    machine.open({ type: 0xcafebabe })
    assert.deepEqual(out(), ['syn 3', 'data 3 <cafebabe>'])
    const id = machine.open({ type: 1 })
    machine.send(id, ascii('hi'))
    machine.finish(id)
    assert.deepEqual(out(), ['syn 5', 'data 5 <000000016869> fin'])
  })

  it('are there even if they are 0', () => {
    const { machine, out } = typed('client')
    machine.open({ finish: true })
    assert.deepEqual(out(), ['syn 3', 'data 3 <00000000> fin'])
  })

  it('are the default', () => {
    const { machine, out } = bench('client', 2, { typed: true })
    machine.open()
    assert.deepEqual(out(), ['syn 3', 'data 3 <00000000>'])
  })

  it('are never split by a limit', () => {
    const { machine, frames, out } = typed('client')
    machine.open({ type: 7 })
    assert.deepEqual(out(1), ['syn 3', 'data 3 <00000007>'])
    assert.equal(frames.wire, 2)
  })

  it('are read in any way they come', () => {
    for (const cut of [0, 1, 2, 3, 4]) {
      const { frames, in: receive } = typed('server')
      const bytes = typeBytes(0xcafebabe)
      const rest = concat([bytes.subarray(cut), ascii('hi')])
      assert.deepEqual(
        receive(frames.syn(3, { data: bytes.subarray(0, cut) }), frames.data(3, rest)), ['accept 3 type 3405691582', 'deliver 3 "hi"'], `cut at ${cut}`
      )
    }
  })

  it('do not hold up other streams', () => {
    const { frames, in: receive } = typed('server')
    assert.deepEqual(receive(frames.syn(3), frames.syn(5, { data: typeBytes(1) })), ['accept 5 type 1'])
    assert.deepEqual(receive(frames.data(3, typeBytes(2))), ['accept 3 type 2'])
  })

  it('cost credit that nobody but the machine gives back', () => {
    const { machine, frames, in: receive, out, stream } = typed('server', { window: 8 })
    receive(frames.syn(3, { data: typeBytes(1) }))
    assert.equal(stream(3)?.unread, 0)
    assert.deepEqual(out(), ['credit 3 4'])
    assert.equal(stream(3)?.available, 8)
    machine.reset(3)
  })

  it('fit a window that is smaller than they are', () => {
    const client = typed('client', { window: 1 })
    const server = typed('server', { window: 1, maxWindow: 1 })
    const id = client.machine.open({ type: 0x01020304 })
    assert.equal(client.machine.send(id, ascii('x')), 0)
    const actions: string[] = []
    for (let round = 0; round < 5; round++) {
      for (const bytes of client.machine.transmit()) actions.push(...server.in(bytes))
      for (const bytes of server.machine.transmit()) client.in(bytes)
    }
    assert.deepEqual(actions, ['accept 3 type 16909060'])
    assert.equal(client.stream(3)?.credit, 1)
  })

  it('reset a stream that ends before it said its own', () => {
    for (const sent of [0, 3]) {
      const { frames, in: receive, out } = typed('server')
      assert.deepEqual(receive(frames.syn(3, { data: typeBytes(7).subarray(0, sent), fin: true })), [])
      assert.deepEqual(out(), ['rst 3 1'])
    }
  })

  it('leave no trace when the peer resets first', () => {
    const { frames, in: receive, out, snapshot } = typed('server')
    assert.deepEqual(receive(frames.syn(3), frames.rst(3, 6)), [])
    assert.deepEqual(out(), [])
    assert.isEmpty(snapshot().streams)
    assert.deepEqual(receive(frames.data(3, typeBytes(7))), [])
  })

  it('reset a stream that does not say its own in time, the others not', () => {
    const { machine, frames, in: receive, out, snapshot } = typed('server', { typeTimeoutMs: 100 })
    receive(frames.syn(3, { data: typeBytes(1).subarray(0, 3) }), frames.syn(5, { data: typeBytes(1) }))
    machine.elapse(60)
    receive(frames.syn(7), frames.syn(9, { data: typeBytes(1) }))
    machine.elapse(39)
    assert.deepEqual(out(), [])
    machine.elapse(1)
    assert.deepEqual(out(), ['rst 3 1'])
    assert.deepEqual(snapshot().streams.map(({ id }) => id), [5, 7, 9])
    machine.elapse(1000)
    assert.deepEqual(out(), ['rst 7 1'])
    assert.deepEqual(machine.poll(), [])
  })

  it('wait 10 seconds unless told otherwise, and no time passes but by elapse', () => {
    const { machine, frames, in: receive, out } = typed('server')
    receive(frames.syn(3))
    machine.elapse(9_999)
    for (const ms of [0, -5, NaN]) machine.elapse(ms)
    assert.deepEqual(out(), [])
    machine.elapse(1)
    assert.deepEqual(out(), ['rst 3 1'])
  })

  it('report the end of the session when a time-out spends the last allowance', () => {
    const { machine, frames, in: receive } = typed('server', { resetBurst: 0 })
    receive(frames.syn(3), frames.syn(5, { data: typeBytes(1) }))
    machine.elapse(10_000)
    assert.equal(machine.state, 'closed')
    assert.deepEqual(machine.poll().map(({ type }) => type), ['abort', 'close'])
  })

  it('count as streams of the application until they turn out to be an extension', () => {
    const { frames, in: receive, end } = typed('server', { extensions: [0xffffffff] })
    assert.deepEqual(receive(frames.syn(3, { data: typeBytes(0xffffffff) })), ['accept 3 type 4294967295'])
    assert.deepEqual(end(), ['abort 3 SESSION_CLOSED none', 'close'])
    const early = typed('server')
    early.in(early.frames.syn(3))
    assert.deepEqual(early.end(), ['close PEER_EOF'])
  })

  it('let window and data go on behind them', () => {
    const { machine, frames, in: receive } = typed('server', { window: 100 })
    assert.deepEqual(receive(frames.syn(3, { data: concat([typeBytes(9), pattern(96)]) })), ['accept 3 type 9', 'deliver 3 [96]'])
    machine.consume(3, 96)
    assert.equal(machine.snapshot().streams[0]?.unread, 0)
  })
})

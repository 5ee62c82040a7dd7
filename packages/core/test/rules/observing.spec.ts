import type { Machine, Snapshot, TraceFrame } from '@muxado/core'
import { assert } from 'chai'
import { ascii, pattern } from '../../../../test/support/bytes.ts'
import { bench, WIRES } from '../../../../test/support/bench.ts'

/** The fields of a traced frame that say something. */
function told (frames: readonly TraceFrame[]): string[] {
  return frames.map(({ direction, type, streamId, length, fin, syn, priority, streamType, reason, increment, lastStreamId }) => [
    direction, type, streamId, length, fin ? 'fin' : '', syn ? 'syn' : '', priority ? `priority ${priority}` : '', streamType ? `type ${streamType}` : '',
    reason ?? '', increment ?? '', lastStreamId === undefined ? '' : `last ${lastStreamId}`
  ].filter((word) => word !== '').join(' '))
}

describe('trace', () => {
  it('sees every frame of wire 1, in and out', () => {
    const seen: TraceFrame[] = []
    const { machine, frames, in: receive, out } = bench('client', 1, { window: 10, maxWindow: 10, trace: (frame) => seen.push(frame) })
    const id = machine.open({ priority: 5, type: 7 })
    machine.send(id, ascii('hi'))
    machine.finish(id)
    out()
    receive(frames.syn(2, { type: 9 }), frames.syn(4), frames.data(2, ascii('hello'), true), frames.data(id, pattern(5)), frames.credit(4, 3), frames.rst(4, 7))
    machine.consume(id, 5)
    machine.reset(id, 200)
    machine.goAway('internal', ascii('bye'))
    out()
    receive(frames.goaway(3, 0, ascii('so long')), frames.raw(9, 0, 77, ascii('what')))
    assert.deepEqual(told(seen), [
      'out syn 3 8 syn priority 5 type 7', 'out data 3 2 fin', 'in syn 2 4 syn type 9', 'in syn 4 0 syn', 'in data 2 5 fin', 'in data 3 5', 'in wndinc 4 4 3',
      'in rst 4 4 cancel', 'out rst 3 4 200', 'out goaway 0 11 internal last 4', 'in goaway 0 15 none last 3'
    ])
  })

  it('sees every frame of wire 2, in and out', () => {
    const seen: TraceFrame[] = []
    const { machine, frames, in: receive, out } = bench('client', 2, { window: 10, maxWindow: 10, trace: (frame) => seen.push(frame) })
    const id = machine.open({ priority: 5 })
    machine.send(id, ascii('hi'))
    machine.finish(id)
    out()
    receive(frames.syn(2, { data: ascii('hello'), fin: true }), frames.data(id, pattern(5)), frames.raw(9, 0, 77, ascii('what')))
    machine.consume(id, 5)
    out()
    machine.reset(id, 'cancel')
    out()
    machine.close('internal')
    out()
    assert.deepEqual(told(seen), [
      'out syn 3 0 syn', 'out data 3 2 fin', 'in data 2 5 fin syn', 'in data 3 5', 'in unknown 77 4', 'out wndinc 3 4 5', 'out rst 3 4 cancel',
      'out goaway 0 8 internal last 2'
    ])
  })

  it('sees a GOAWAY once, though its text comes later', () => {
    const seen: TraceFrame[] = []
    const { frames, in: receive } = bench('client', 1, { trace: (frame) => seen.push(frame) })
    const bytes = frames.goaway(0, 0, ascii('a text that is longer'))
    for (const byte of bytes) receive(Uint8Array.of(byte))
    assert.lengthOf(seen.filter(({ type }) => type === 'goaway'), 1)
  })

  it('changes nothing', () => {
    const play = (options: object): Snapshot => {
      const { machine, frames, in: receive, out } = bench('server', 1, options)
      receive(frames.syn(3), frames.data(3, pattern(100)), frames.goaway(0, 0))
      machine.send(3, pattern(50))
      out(20)
      return machine.snapshot()
    }
    assert.deepEqual(play({}), play({ trace: () => {} }))
  })
})

for (const wire of WIRES) {
  describe(`snapshot, wire ${wire}`, () => {
    it('starts empty', () => {
      const { control, forgotten, goneAway, lastPeerId, nextId, role, state, streams } = bench('client', wire).snapshot()
      assert.deepEqual({ control, forgotten, goneAway, lastPeerId, nextId, role, state, streams }, {
        control: [], forgotten: [], goneAway: 'none', lastPeerId: 0, nextId: 3, role: 'client', state: 'open', streams: []
      })
      assert.equal(bench('server', wire).snapshot().nextId, 2)
    })

    it('shows a stream as it is', () => {
      const { machine, frames, in: receive, stream } = bench('client', wire, { window: 100, maxWindow: 100 })
      const id = machine.open({ priority: 4 })
      assert.deepInclude(stream(id), { id, priority: 4, send: 'open', receive: 'open', opening: true, queued: 0, credit: 100, short: false, window: 100 })
      machine.send(id, pattern(120))
      machine.transmit(40)
      receive(frames.data(id, pattern(30)), frames.fin(id))
      machine.consume(id, 10)
      machine.finish(id)
      const shown = stream(id)
      assert.deepInclude(shown, { send: 'finishing', receive: 'finished', opening: false, credit: 0, unread: 20, available: 70, consumed: 10 })
    })

    it('is a copy that nothing changes later', () => {
      const { machine, frames, in: receive, out } = bench('client', wire)
      const id = machine.open()
      const before = machine.snapshot()
      const text = JSON.stringify(before)
      machine.send(id, pattern(10))
      receive(frames.syn(2), frames.data(2, pattern(20)).subarray(0, 12))
      machine.goAway()
      machine.reset(id)
      out()
      assert.equal(JSON.stringify(before), text)
    })

    it('shows control frames that wait, and none once they are sent', () => {
      const { machine, frames, in: receive, out, snapshot } = bench('client', wire)
      receive(frames.syn(2))
      machine.open()
      machine.reset(2)
      machine.goAway()
      assert.lengthOf(snapshot().control, 3)
      out()
      assert.isEmpty(snapshot().control)
    })

    it('shows what the parser holds: at most one control frame', () => {
      const { frames, in: receive, snapshot } = bench('client', wire)
      const bytes = frames.goaway(0, 0)
      receive(bytes.subarray(0, 5))
      assert.lengthOf(snapshot().partial.held, 5)
      receive(bytes.subarray(5, 15))
      assert.lengthOf(snapshot().partial.held, 7)
      receive(bytes.subarray(15))
      assert.lengthOf(snapshot().partial.held, 0)
    })

    it('is equal for machines that behave alike', () => {
      const play = (): Machine => {
        const { machine, frames, in: receive } = bench('server', wire)
        receive(frames.syn(3), frames.data(3, pattern(50)))
        machine.consume(3, 20)
        return machine
      }
      assert.deepEqual(play().snapshot(), play().snapshot())
    })
  })
}

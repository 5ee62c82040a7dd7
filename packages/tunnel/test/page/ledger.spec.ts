import { assert } from 'chai'
import type { TraceFrame } from '@muxado/session'
import { Ledger, remembered } from '../../src/page/ledger.ts'

function frame (direction: 'in' | 'out', type: TraceFrame['type'], streamId: number, more: Partial<TraceFrame> = {}): TraceFrame {
  return { direction, type, streamId, length: 0, fin: false, syn: type === 'syn', ...more }
}

describe('Ledger', () => {
  it('follows credit and bytes of a stream, both ways', () => {
    const ledger = new Ledger(1000)
    ledger.record(frame('out', 'syn', 1, { priority: 7, streamType: 3 }))
    ledger.record(frame('out', 'data', 1, { length: 10 }))
    ledger.record(frame('in', 'data', 1, { length: 600 }))
    ledger.record(frame('out', 'wndinc', 1, { length: 4, increment: 1600 }))
    ledger.record(frame('in', 'wndinc', 1, { length: 4, increment: 5 }))
    assert.deepInclude(ledger.entries.get(1), {
      local: true, priority: 7, type: 3, sent: 10, received: 600, sendCredit: 995, receiveCredit: 2000, receiveWindow: 2000, sendWindow: 1000
    })
  })

  it('follows both halves to their ends', () => {
    const ends: Array<[TraceFrame[], string]> = [
      [[frame('out', 'data', 1, { fin: true })], 'localClosed'],
      [[frame('in', 'data', 1, { fin: true })], 'remoteClosed'],
      [[frame('in', 'data', 1, { fin: true }), frame('out', 'data', 1, { fin: true })], 'closed'],
      [[frame('out', 'data', 1, { fin: true }), frame('out', 'data', 1, { fin: true })], 'localClosed'],
      [[frame('in', 'rst', 1)], 'reset'],
      [[frame('in', 'data', 1, { fin: true }), frame('out', 'data', 1, { fin: true }), frame('in', 'rst', 1)], 'closed']
    ]
    for (const [frames, state] of ends) {
      const ledger = new Ledger(1000)
      ledger.record(frame('in', 'syn', 1))
      for (const each of frames) ledger.record(each)
      assert.equal(ledger.entries.get(1)?.state, state)
    }
  })

  it('counts by the second, for each stream and in all', () => {
    const ledger = new Ledger(1000)
    ledger.tick(0)
    ledger.record(frame('in', 'syn', 2))
    ledger.record(frame('in', 'data', 2, { length: 100 }))
    ledger.record(frame('out', 'data', 2, { length: 20 }))
    ledger.tick(500)
    ledger.tick(1000)
    assert.deepEqual(ledger.entries.get(2)?.rates, [240, 0])
    assert.deepEqual(ledger.totals, { received: [0, 200, 0], sent: [0, 40, 0] })
    for (let i = 0; i < 2 * remembered; i++) ledger.tick(2000 + i)
    assert.lengthOf(ledger.totals.sent, remembered)
  })

  it('forgets streams that have ended, soon when there are many', () => {
    const ledger = new Ledger(1000)
    const open = (id: number): void => {
      ledger.record(frame('out', 'syn', id))
    }
    open(1)
    for (let id = 3; id < 20_003; id += 2) {
      open(id)
      ledger.record(frame('out', 'rst', id))
    }
    assert.isBelow(ledger.entries.size, 110)
    ledger.tick(0)
    assert.equal(ledger.entries.size, 51)
    ledger.tick(10_001)
    assert.deepEqual([...ledger.entries.keys()], [1])
    ledger.record(frame('in', 'data', 9, { length: 5 }))
    assert.equal(ledger.entries.size, 1)
  })
})

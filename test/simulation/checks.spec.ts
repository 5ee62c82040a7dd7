import { assert } from 'chai'
import { createMachine, type StreamSnapshot } from '@muxado/core'
import { Tally } from './checks.ts'

/** How far the worst of all streams is overdue. */
function worst (tally: Tally, streams: readonly StreamSnapshot[]): number {
  return Math.max(...streams.map((stream) => tally.overdue(stream, streams)))
}

/** Streams of these priorities with `length` bytes each, and frames of one byte. */
function waiting (priorities: readonly number[], length: number): { tally: Tally, look: () => number, machine: ReturnType<typeof createMachine> } {
  const tally = new Tally()
  const machine = createMachine({ role: 'client', maxFrame: 1, trace: (frame) => { tally.count(frame) } })
  for (const priority of priorities) machine.open({ priority })
  machine.transmit()
  for (const at of priorities.keys()) machine.send(3 + 2 * at, new Uint8Array(length))
  const look = (): number => worst(tally, machine.snapshot().streams)
  look()
  return { tally, look, machine }
}

describe('the count of turns', () => {
  it('finds nothing wrong with the turns of a machine, however many frames leave at once', () => {
    for (const priorities of [[0, 0, 0], [0, 9], [3, 2, 1, 0, 0, 0]]) {
      for (const length of [1, 20, 3000]) {
        const { tally, look, machine } = waiting(priorities, length)
        while (machine.wantsTransmit) {
          machine.transmit(2000)
          assert.isAtMost(look(), 0, `${priorities.join()}, ${length} bytes`)
          assert.isUndefined(tally.wrong)
        }
      }
    }
  })

  it('does not count what goes while a stream has nothing to send', () => {
    const { tally, look, machine } = waiting([0, 0], 100)
    machine.open()
    machine.transmit()
    machine.send(7, new Uint8Array(1))
    look()
    machine.send(3, new Uint8Array(500))
    machine.transmit()
    // All of stream 7 has gone, and some hundred frames behind it
    machine.send(7, new Uint8Array(1))
    machine.send(3, new Uint8Array(1))
    assert.isAtMost(look(), 0)
    assert.isUndefined(tally.wrong)
  })

  const frame = { direction: 'out', type: 'data', length: 1, fin: false, syn: false } as const

  it('sees that one of equals does not get its turn, within one transmission and over several', () => {
    for (const looks of [false, true]) {
      const { tally, look, machine } = waiting([0, 0], 100)
      // In place of the machine, which does it right
      tally.count({ ...frame, streamId: 5 })
      for (let count = 0; count < 3; count++) {
        tally.count({ ...frame, streamId: 3 })
        if (looks) look()
      }
      assert.isUndefined(tally.wrong)
      assert.equal(look(), 1)
      assert.lengthOf(machine.snapshot().streams, 2)
    }
  })

  it('sees that a low priority never gets a turn', () => {
    const { tally, look } = waiting([0, 9], 1000)
    for (let count = 0; count < 16 + 1; count++) tally.count({ ...frame, streamId: 5 })
    assert.equal(look(), 0)
    tally.count({ ...frame, streamId: 5 })
    assert.equal(look(), 1)
    assert.isUndefined(tally.wrong)
    tally.count({ ...frame, streamId: 3 })
    assert.equal(tally.wrong, '1 DATA frames of others too many before that of stream 3')
  })
})

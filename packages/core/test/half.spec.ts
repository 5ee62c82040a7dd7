import { createMachine, RECEIVE, SEND, type Machine, type ReceiveInput, type ReceiveState, type SendInput, type SendState } from '@muxado/core'
import { assert } from 'chai'
import { ascii } from '../../../test/support/bytes.ts'
import { wire1, wire2, type FrameBuilder } from '../../../test/support/frames.ts'
import { actionTexts, sent } from '../../../test/support/text.ts'

/** A missing cell is `-`. Written out once more on purpose: a change of the tables is a change of the protocol. */
const sending: Record<SendState, Record<SendInput, SendState | '-'>> = {
  open: { send: 'open', finish: 'finishing', flushed: '-', reset: 'reset' },
  finishing: { send: '-', finish: 'finishing', flushed: 'finished', reset: 'reset' },
  finished: { send: '-', finish: 'finished', flushed: '-', reset: 'reset' },
  reset: { send: '-', finish: 'reset', flushed: '-', reset: 'reset' }
}
const receiving: Record<ReceiveState, Record<ReceiveInput, ReceiveState | '-'>> = {
  open: { data: 'open', fin: 'finished', reset: 'reset' },
  finished: { data: '-', fin: 'finished', reset: 'reset' },
  reset: { data: '-', fin: '-', reset: 'reset' }
}

function walk<State extends string, Input extends string> (
  table: Record<State, Partial<Record<Input, State>>>, expected: Record<State, Record<Input, State | '-'>>
): void {
  assert.sameMembers(Object.keys(table), Object.keys(expected))
  for (const state of Object.keys(expected) as State[]) { // the keys are its states
    for (const input of Object.keys(expected[state]) as Input[]) { // and these its inputs
      it(`${state} + ${input}: ${expected[state][input]}`, () => {
        assert.equal(table[state][input] ?? '-', expected[state][input])
      })
    }
    it(`${state} knows no other input`, () => assert.includeMembers(Object.keys(expected[state]), Object.keys(table[state])))
  }
}

describe('SEND', () => walk(SEND, sending))
describe('RECEIVE', () => walk(RECEIVE, receiving))

interface Scene { machine: Machine, frames: FrameBuilder, id: number }

/** A server with one accepted stream, both halves open. */
function scene (wire: 1 | 2): Scene {
  const frames = wire === 1 ? wire1 : wire2
  const machine = createMachine({ role: 'server', wire, typed: false })
  assert.deepEqual(actionTexts(machine.receive(frames.syn(3))), ['accept 3'])
  return { machine, frames, id: 3 }
}

function halves (machine: Machine): string {
  const [stream] = machine.snapshot().streams
  return stream === undefined ? 'gone' : `${stream.send} ${stream.receive}`
}

for (const wire of [1, 2] as const) {
  describe(`a sending half, wire ${wire}`, () => {
    it('open: sends, and flushing what it sent does not finish it', () => {
      const { machine, id } = scene(wire)
      assert.equal(machine.send(id, ascii('abc')), 3)
      assert.deepEqual(sent(machine), ['data 3 "abc"'])
      assert.equal(halves(machine), 'open open')
    })

    it('finishing: takes nothing more, finishes once, and is finished when the FIN has gone out', () => {
      const { machine, id } = scene(wire)
      machine.send(id, ascii('abc'))
      machine.finish(id)
      assert.equal(halves(machine), 'finishing open')
      assert.throws(() => machine.send(id, ascii('d')), /half-closed/)
      machine.finish(id)
      assert.deepEqual(sent(machine), ['data 3 "abc" fin'])
      assert.equal(halves(machine), 'finished open')
    })

    it('finished: takes nothing, and its FIN goes out once', () => {
      const { machine, id } = scene(wire)
      machine.finish(id)
      assert.deepEqual(sent(machine), ['data 3 fin'])
      machine.finish(id)
      assert.throws(() => machine.send(id, ascii('d')), /half-closed/)
      assert.deepEqual(sent(machine), [])
      assert.equal(halves(machine), 'finished open')
    })

    it('reset: nothing is taken, flushed or finished', () => {
      const { machine, id } = scene(wire)
      machine.send(id, ascii('abc'))
      machine.finish(id)
      machine.reset(id)
      assert.equal(halves(machine), 'gone')
      assert.equal(machine.send(id, ascii('d')), 0)
      machine.finish(id)
      machine.reset(id)
      assert.deepEqual(sent(machine), [wire === 1 ? 'rst 3 7' : 'rst 3 6'])
    })

    it('finishing and finished: reset by either end', () => {
      for (const flush of [false, true]) {
        for (const byPeer of [false, true]) {
          const { machine, frames, id } = scene(wire)
          machine.finish(id)
          if (flush) sent(machine)
          if (byPeer) assert.deepEqual(actionTexts(machine.receive(frames.rst(id, 2))), ['abort 3 STREAM_RESET internal'])
          else machine.reset(id, 'internal')
          assert.equal(halves(machine), 'gone')
          assert.deepEqual(sent(machine), byPeer ? [] : ['rst 3 2'])
        }
      }
    })
  })

  describe(`a receiving half, wire ${wire}`, () => {
    it('open: takes data, then a FIN', () => {
      const { machine, frames, id } = scene(wire)
      assert.deepEqual(actionTexts(machine.receive(frames.data(id, ascii('abc')))), ['deliver 3 "abc"'])
      assert.equal(halves(machine), 'open open')
      assert.deepEqual(actionTexts(machine.receive(frames.data(id, ascii('d'), true))), ['deliver 3 "d"', 'finish 3'])
      assert.equal(halves(machine), 'open finished')
    })

    it('finished: data is the peer’s error and resets the stream', () => {
      const { machine, frames, id } = scene(wire)
      machine.receive(frames.fin(id))
      assert.deepEqual(actionTexts(machine.receive(frames.data(id, ascii('late')))), ['abort 3 PEER_STREAM_CLOSED streamClosed'])
      assert.deepEqual(sent(machine), ['rst 3 4'])
      assert.equal(halves(machine), 'gone')
    })

    it('finished: a FIN again, or nothing at all, is ignored', () => {
      const { machine, frames, id } = scene(wire)
      machine.receive(frames.fin(id))
      assert.deepEqual(machine.receive(frames.fin(id)), [])
      assert.deepEqual(machine.receive(frames.data(id, ascii(''))), [])
      assert.deepEqual(sent(machine), [])
      assert.equal(halves(machine), 'open finished')
    })

    it('finished: reset by either end', () => {
      for (const byPeer of [false, true]) {
        const { machine, frames, id } = scene(wire)
        machine.receive(frames.fin(id))
        if (byPeer) assert.deepEqual(actionTexts(machine.receive(frames.rst(id, 2))), ['abort 3 STREAM_RESET internal'])
        else machine.reset(id, 'internal')
        assert.equal(halves(machine), 'gone')
      }
    })

    it('reset: data, a FIN and a reset are swallowed without an answer', () => {
      const { machine, frames, id } = scene(wire)
      machine.reset(id)
      sent(machine)
      for (const late of [frames.data(id, ascii('late')), frames.fin(id), frames.rst(id, 1), frames.credit(id, 9), frames.data(id, ascii('x'), true)]) {
        assert.deepEqual(machine.receive(late), [])
      }
      assert.deepEqual(sent(machine), [])
      assert.deepEqual(machine.snapshot().forgotten, [3])
    })
  })

  describe(`pairs of halves, wire ${wire}`, () => {
    it('are forgotten when both are finished, whichever is first', () => {
      for (const peerFirst of [false, true]) {
        const { machine, frames, id } = scene(wire)
        if (peerFirst) machine.receive(frames.fin(id))
        machine.finish(id)
        assert.equal(halves(machine), peerFirst ? 'finishing finished' : 'finishing open')
        sent(machine)
        if (!peerFirst) machine.receive(frames.fin(id))
        assert.equal(halves(machine), 'gone')
        assert.deepEqual(machine.snapshot().forgotten, [])
      }
    })

    it('are kept while a FIN of ours still waits', () => {
      const { machine, frames, id } = scene(wire)
      machine.send(id, ascii('abc'))
      machine.finish(id)
      machine.receive(frames.fin(id))
      assert.equal(halves(machine), 'finishing finished')
      assert.deepEqual(sent(machine), ['data 3 "abc" fin'])
      assert.equal(halves(machine), 'gone')
    })
  })
}

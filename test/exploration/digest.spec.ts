import { assert } from 'chai'
import { concat, toHex } from '../support/bytes.ts'
import { wire1, wire2, type FrameBuilder } from '../support/frames.ts'
import { actionTexts } from '../support/text.ts'
import { mixMachine } from './digest.ts'
import { openCore, type OpenMachine } from './open-core.ts'
import { begin, hash } from './table.ts'

function digestOf (machine: OpenMachine): string {
  begin()
  mixMachine(machine, true)
  return `${hash.a}:${hash.b}`
}

/** What a snapshot says, without budgets and without what is private in the machine of the package. */
function shown (machine: OpenMachine): string {
  return JSON.stringify({ ...machine.snapshot(), budgets: undefined }, (name, value: unknown) => name.startsWith('$') ? undefined : value)
}

function sent (machine: OpenMachine): string {
  return toHex(concat(machine.transmit()))
}

/** Two histories of a server, told apart by `which`, and the question that shows the difference. */
interface Situation {
  readonly title: string
  readonly play: (machine: OpenMachine, frames: FrameBuilder, which: 0 | 1) => void
  readonly ask: (machine: OpenMachine) => string
}

const situations: readonly Situation[] = [
  {
    title: 'whether the frame whose payload is coming carries FIN',
    play: (machine, { syn, data }, which) => { machine.receive(concat([syn(3), data(3, Uint8Array.of(1, 2), which === 1).subarray(0, 9)])) },
    ask: (machine) => actionTexts(machine.receive(Uint8Array.of(2))).join()
  },
  {
    title: 'which frame the coming number belongs to',
    play: (machine, { syn, rst, credit }, which) => { machine.receive(concat([syn(3), (which === 0 ? rst(3, 7) : credit(3, 7)).subarray(0, 8)])) },
    ask: (machine) => actionTexts(machine.receive(Uint8Array.of(0, 0, 0, 7))).join()
  },
  {
    title: 'whose turn it is among equals',
    play: (machine, { syn }, which) => {
      machine.receive(concat([syn(3), syn(5)]))
      for (const id of which === 0 ? [3, 5] : [5, 3]) machine.send(id, Uint8Array.of(1))
    },
    ask: sent
  },
  {
    title: 'how long a low priority has waited',
    play: (machine, { syn }, which) => {
      machine.receive(concat([syn(3), syn(5), syn(7)]))
      machine.setPriority(5, 1)
      // The FIN goes with the payload, or in a turn of its own
      machine.send(7, Uint8Array.of(1))
      if (which === 0) machine.transmit()
      machine.finish(7)
      machine.transmit()
      for (const id of [3, 5]) machine.send(id, new Uint8Array(20))
    },
    ask: sent
  },
  {
    title: 'who is to go on first when there is room in the queues',
    play: (machine, { syn }, which) => {
      machine.receive(concat([syn(3), syn(5), syn(7)]))
      machine.send(7, new Uint8Array(42))
      for (const id of which === 0 ? [3, 5] : [5, 3]) machine.send(id, new Uint8Array(5))
    },
    ask: (machine) => {
      machine.transmit()
      return actionTexts(machine.poll()).join()
    }
  },
  {
    title: 'the last id that it has said it will serve',
    play: (machine, { syn }, which) => {
      if (which === 0) machine.goAway()
      machine.receive(syn(3))
      if (which === 1) machine.reset(3, 'refused')
      if (which === 1) machine.goAway()
      machine.transmit()
    },
    ask: (machine) => {
      machine.goAway()
      return sent(machine)
    }
  }
]

describe('the hash of a machine', () => {
  for (const { title, play, ask } of situations) {
    it(`tells apart what snapshots do not: ${title}`, async () => {
      const open = await openCore()
      let differ = 0
      for (const wire of [1, 2] as const) {
        const [one, other] = ([0, 1] as const).map((which) => {
          const machine = open({ role: 'server', wire, typed: false, window: 100, maxFrame: 1, maxQueued: 42 })
          play(machine, wire === 1 ? wire1 : wire2, which)
          return machine
        })
        if (!one || !other || shown(one) !== shown(other)) continue
        differ++
        assert.notEqual(digestOf(one), digestOf(other), `wire ${wire}`)
        assert.notEqual(ask(one), ask(other), `wire ${wire}`)
      }
      assert.isAbove(differ, 0, 'the snapshots differ')
    })
  }

  it('is the same however payload lies in memory, and for a history that makes no difference', async () => {
    const open = await openCore()
    const [one, other] = [open({ role: 'client' }), open({ role: 'client' })]
    for (const machine of [one, other]) {
      machine.open()
      machine.transmit()
    }
    one.send(3, Uint8Array.of(1, 2))
    other.send(3, Uint8Array.of(1))
    other.send(3, Uint8Array.of(2))
    one.receive(concat([wire1.syn(2), wire1.data(2, Uint8Array.of(1, 2))]))
    other.receive(concat([wire1.syn(2), wire1.data(2, Uint8Array.of(1)), wire1.data(2, Uint8Array.of(2))]))
    assert.equal(digestOf(one), digestOf(other))
  })
})

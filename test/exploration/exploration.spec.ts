import { assert } from 'chai'
import { createMachine, type Machine } from '@muxado/core'
import { configurations } from './configurations.ts'
import { clone } from './clone.ts'
import { explore } from './explore.ts'
import { openCore } from './open-core.ts'
import { Pair } from './pair.ts'
import { shorten, textOf } from './shorten.ts'
import type { Event } from './state.ts'
import { differences, documentedPairs } from './table-4-8.ts'
import { createRandom } from '../support/random.ts'
import { concat, toHex } from '../support/bytes.ts'

describe('the machine, explored', () => {
  const seen = new Set<string>()

  for (const configuration of configurations.filter(({ quick }) => quick)) {
    it(`goes wrong in no state of configuration ${configuration.name}`, async () => {
      const open = await openCore()
      const { complete, wrong, path, pairs } = explore(configuration, open)
      if (wrong !== undefined) {
        const { way } = shorten(configuration, open, path)
        assert.fail([...way.map(textOf), wrong].join('\n'))
      }
      assert.isTrue(complete)
      for (const pair of pairs.keys()) seen.add(pair)
    }).timeout(60_000)
  }

  it('has no configuration twice', () => {
    const said = configurations.map((configuration) => JSON.stringify({ ...configuration, name: '', about: '', quick: false }))
    assert.lengthOf(new Set(said), configurations.length)
    assert.lengthOf(new Set(configurations.map(({ name }) => name)), configurations.length)
  })

  it('comes to exactly the pairs of half states that PROTOCOL.md lists', () => {
    assert.lengthOf(documentedPairs(), 7)
    assert.deepEqual(differences(seen), [])
  })
})

describe('a copy of a machine', () => {
  it('goes on as the original and as the machine of the package, and leaves the original as it was', async () => {
    const open = await openCore()
    for (let seed = 1; seed <= 60; seed++) {
      const options = { wire: seed % 2 === 0 ? 1 : 2, window: 3, maxWindow: 9, maxFrame: 2 } as const
      const plain = [createMachine({ ...options, role: 'client' }), createMachine({ ...options, role: 'server' })] as const
      let opened = [open({ ...options, role: 'client' }), open({ ...options, role: 'server' })] as const
      const random = createRandom(seed)
      for (let step = 0; step < 60; step++) {
        const before = JSON.stringify(opened.map((machine) => machine.snapshot()))
        const copies = [clone(opened[0]), clone(opened[1])] as const
        const draw = random.below(1 << 30)
        const [one, other] = [play(plain, createRandom(draw)), play(copies, createRandom(draw))]
        assert.equal(one, other, `seed ${seed}, step ${step}`)
        assert.equal(JSON.stringify(opened.map((machine) => machine.snapshot())), before)
        opened = copies
      }
    }
  })
})

/** Something random happens to two machines; returns what they say and become. */
function play ([client, server]: readonly [Machine, Machine], random: ReturnType<typeof createRandom>): string {
  const [machine, peer] = random.oneIn(2) ? [client, server] : [server, client]
  const ids = machine.snapshot().streams.map(({ id }) => id)
  const said: unknown[] = []
  const draw = random.below(12)
  const id = ids.length > 0 ? random.pick(ids) : 0
  if (draw < 2 && machine.state === 'open') said.push(machine.open({ priority: random.below(2), type: machine.snapshot().wire === 1 ? 0 : 7 }))
  else if (draw < 4 && machine.snapshot().streams.some((stream) => stream.id === id && stream.send === 'open')) said.push(machine.send(id, Uint8Array.of(1, 2, 3, 4)))
  else if (draw === 4) machine.finish(id)
  else if (draw === 5 && random.oneIn(4)) machine.reset(id)
  else if (draw === 6) machine.consume(id, Math.min(1, machine.snapshot().streams.find((stream) => stream.id === id)?.unread ?? 0))
  else if (draw === 7 && random.oneIn(9)) machine.goAway()
  const bytes = concat(machine.transmit(random.oneIn(2) ? 1 : undefined))
  const split = random.below(bytes.length + 1)
  said.push(toHex(bytes), machine.poll(), peer.receive(bytes.subarray(0, split)), peer.receive(bytes.subarray(split)))
  // Without what is private in the machine of the package
  return JSON.stringify([said, machine.snapshot(), peer.snapshot()], (name, value: unknown) => name.startsWith('$') ? undefined : value)
}

describe('the way to a violation', () => {
  it('is made shorter and can be read', async () => {
    const open = await openCore()
    const [configuration] = configurations
    assert.exists(configuration)
    // A machine that says nothing of a FIN; of a class of its own, since a copy has the methods of its class
    const kind = Object.getPrototypeOf(open({ role: 'client' })) as Machine
    const deafened = Object.assign(Object.create(kind) as Machine, {
      receive (this: Machine, chunk: Uint8Array) { return kind.receive.call(this, chunk).filter(({ type }) => type !== 'finish') }
    })
    const deaf: typeof open = (options) => Object.setPrototypeOf(open(options), deafened) as ReturnType<typeof open>
    const { wrong, path } = explore(configuration, deaf)
    assert.match(wrong ?? '', /was finished, and nobody was told|keeps 0 streams/)
    const { way } = shorten(configuration, deaf, path)
    assert.isBelow(way.length, path.length)
    assert.includeMembers(way.map(textOf), ['client opens a stream', 'client finishes 3'])
    assert.isTrue(new Pair(configuration, deaf).events(new Pair(configuration, deaf).first).every((event: Event) => textOf(event) !== ''))
  })
})

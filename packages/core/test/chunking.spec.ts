import type { MachineOptions } from '@muxado/core'
import { assert } from 'chai'
import { concat, pattern } from '../../../test/support/bytes.ts'
import { busy, reference } from '../../../test/support/chunking.ts'
import { wire1, wire2, type FrameBuilder } from '../../../test/support/frames.ts'
import { chunks, createRandom, type Random } from '../../../test/support/random.ts'
import { actionText } from '../../../test/support/text.ts'
import { loadVectors } from '../../../test/support/vectors.ts'

/** Bytes that are nearly a session: real frames on ids that exist, with lengths and kinds that sometimes lie. */
function nearlySession (random: Random, frames: FrameBuilder): Uint8Array {
  const id = (): number => random.pick([0, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 12, 101, 0x80000003])
  const body = (): Uint8Array => pattern(random.pick([0, 0, 1, 2, 4, 5, 30, 100]), random.below(251))
  const parts = Array.from({ length: random.between(1, 14) }, () => {
    switch (random.below(9)) {
      case 0:
      case 1: return frames.syn(2 * random.between(1, 7), {
        ...(random.oneIn(3) ? { type: random.pick([0, 7, 0xfffffeff, 0xffffffff]) } : {}),
        ...(random.oneIn(3) ? { priority: 5 } : {}),
        fin: random.oneIn(4),
        data: body()
      })
      case 2:
      case 3: return frames.data(id(), body(), random.oneIn(4))
      case 4: return frames.rst(id(), random.below(20))
      case 5: return frames.credit(id(), random.pick([0, 1, 5, 1000, 0x7fffffff, 0xffffffff]))
      case 6: return frames.goaway(random.below(8), random.below(20), body())
      case 7: return frames.raw(random.below(16), random.below(16), random.pick([0, id()]), body(), random.oneIn(3) ? random.below(40) : undefined)
      // The GOAWAY of the first Go generation: the length counts eight bytes and a text that never come.
      default: return frames.raw(6, 0, 0, new Uint8Array(8), 16 + random.below(12))
    }
  })
  const bytes = concat(parts)
  for (let times = random.pick([0, 0, 1, 3]); times > 0 && bytes.length > 0; times--) bytes[random.below(bytes.length)] = random.below(256)
  return random.oneIn(4) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes
}

function dialects (): { title: string, options: MachineOptions, frames: FrameBuilder }[] {
  return [
    { title: 'wire 1', options: { role: 'client', wire: 1, window: 100, maxWindow: 100 }, frames: wire1 },
    { title: 'wire 2, typed', options: { role: 'client', wire: 2, window: 100, maxWindow: 100, extensions: [0xffffffff] }, frames: wire2 },
    { title: 'wire 2, untyped', options: { role: 'client', wire: 2, window: 100, typed: false, maxUseless: 3, resetBurst: 2 }, frames: wire2 }
  ]
}

describe('any chunking', () => {
  for (const wire of [1, 2] as const) {
    for (const typed of wire === 1 ? [false] : [false, true]) {
      it(`gives equal answers for every recorded session of wire ${wire}${typed ? ', typed' : ''}`, () => {
        const random = createRandom(wire)
        for (const [name, entries] of loadVectors(wire)) {
          for (const role of ['client', 'server'] as const) {
            const options: MachineOptions = { role, wire, typed, extensions: [wire === 1 ? 0xfffffeff : 0xffffffff] }
            const bytes = concat(entries.filter(({ from }) => from !== role).map((entry) => entry.bytes))
            const check = reference(options, bytes)
            // Byte by byte through long payloads proves nothing new and takes minutes.
            if (bytes.length <= 2048) check(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)), `${name}, byte by byte`)
            for (let times = 0; times < (bytes.length > 4096 ? 1 : 4); times++) check(chunks(random, bytes), `${name}, at random`)
            for (let at = 0; at <= Math.min(bytes.length, 100); at += bytes.length > 4096 ? 25 : 1) {
              check([bytes.subarray(0, at), bytes.subarray(at)], `${name}, cut at ${at}`)
            }
          }
        }
      }).timeout(60_000)
    }
  }

  for (const { title, options, frames } of dialects()) {
    it(`gives equal answers for sessions that are nearly right, ${title}`, () => {
      for (let seed = 1; seed <= 1_500; seed++) {
        const random = createRandom(seed)
        const bytes = nearlySession(random, frames)
        const check = reference(options, bytes)
        check(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)), `seed ${seed}, byte by byte`)
        check(chunks(random, bytes), `seed ${seed}, at random`)
        const cut = random.below(bytes.length + 1)
        check([bytes.subarray(0, cut), bytes.subarray(cut)], `seed ${seed}, cut at ${cut}`)
      }
    }).timeout(60_000)

    it(`gives equal answers for garbage, ${title}`, () => {
      for (let seed = 1; seed <= 300; seed++) {
        const random = createRandom(seed)
        const bytes = Uint8Array.from({ length: random.between(1, 200) }, () => random.oneIn(3) ? random.below(256) : random.below(5))
        const check = reference(options, bytes)
        check(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)), `seed ${seed}, byte by byte`)
        check(chunks(random, bytes), `seed ${seed}, at random`)
      }
    }).timeout(60_000)
  }

  it('puts close last, whatever comes', () => {
    for (const { options, frames } of dialects()) {
      for (let seed = 1; seed <= 1_000; seed++) {
        const machine = busy({ ...options, maxUseless: seed % 7, resetBurst: seed % 5 })
        const actions = [...machine.receive(nearlySession(createRandom(seed), frames)), ...machine.receiveEnd()]
        const closes = actions.filter(({ type }) => type === 'close')
        assert.lengthOf(closes, 1, `seed ${seed}`)
        assert.equal(actions.at(-1)?.type, 'close', `wire ${frames.wire}, seed ${seed}: ${actions.map(actionText).join(', ')}`)
        assert.deepEqual(machine.receive(frames.syn(100)), [], `seed ${seed}`)
      }
    }
  }).timeout(60_000)
})

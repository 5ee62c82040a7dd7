import { createMachine, type Action, type Machine, type MachineOptions } from '@muxado/core'
import { assert } from 'chai'
import { createHash } from 'node:crypto'
import { concat, pattern, toHex } from '../../../test/support/bytes.ts'
import { wire1, wire2, type FrameBuilder } from '../../../test/support/frames.ts'
import { chunks, createRandom, type Random } from '../../../test/support/random.ts'
import { actionText, drainBytes, normalise } from '../../../test/support/text.ts'
import { loadVectors } from '../../../test/support/vectors.ts'

interface Outcome {
  readonly actions: string[]
  readonly data: string
  readonly sent: string
  readonly snapshot: unknown
}

// Made once: tens of thousands of machines send it.
const payload = pattern(2_000)

/** A machine in the middle of a life: streams of its own in several states, so that every frame can find one. */
function busy (options: MachineOptions): Machine {
  const machine = createMachine(options)
  const [a, b, c] = [machine.open(), machine.open({ priority: 3 }), machine.open()]
  machine.send(a, payload.subarray(0, options.window))
  machine.send(b, payload.subarray(0, 100))
  machine.finish(b)
  machine.reset(c)
  drainBytes(machine)
  machine.send(a, payload.subarray(0, 10))
  machine.open()
  return machine
}

function run (options: MachineOptions, pieces: readonly Uint8Array[]): Outcome {
  const machine = busy(options)
  const actions: Action[] = []
  for (const piece of pieces) actions.push(...machine.receive(piece.slice()))
  const before = settled(machine)
  // A window that cannot grow gives the same credit back for the same bytes.
  if (options.maxWindow !== undefined) for (const { id, unread } of machine.snapshot().streams) machine.consume(id, unread)
  const credit = toHex(drainBytes(machine))
  actions.push(...machine.receiveEnd())
  const joined = normalise(actions)
  const data = createHash('sha1')
  for (const action of joined) if (action.type === 'deliver') data.update(action.data)
  return { actions: joined.map(actionText), data: data.digest('hex'), sent: credit + toHex(drainBytes(machine)), snapshot: [before, settled(machine)] }
}

// Whether a reader keeps up is judged between chunks, since only there it has a chance to read: of all the state this one mark knows chunks. It
// steers the growth of a window and nothing else.
function settled (machine: Machine): object {
  const snapshot = machine.snapshot()
  return { ...snapshot, streams: snapshot.streams.map((stream) => ({ ...stream, limited: undefined })) }
}

/** The whole input at once says what every other chunking must give. */
function reference (options: MachineOptions, bytes: Uint8Array): (pieces: readonly Uint8Array[], where: string) => void {
  const whole = run(options, [bytes])
  const text = JSON.stringify(whole)
  return (pieces, where) => {
    const outcome = run(options, pieces)
    // Compared as text first: deep equality of thousands of cases takes seconds.
    if (JSON.stringify(outcome) === text) return
    const cuts = pieces.map((piece) => piece.length).slice(0, 100)
    assert.deepEqual(outcome, whole, `${where}: ${JSON.stringify({ options, bytes: toHex(bytes).slice(0, 600), cuts })}`)
  }
}

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

/**
 * Cases of section 10: what a peer must survive, and what it must not take for an attack.
 *
 * @module
 */
import { type Case, type Lab, must, survive } from '../case.ts'
import { field } from '../reader.ts'
import { block, closed, windowOf } from '../steps.ts'
import { HELLO, type Talk } from '../talk.ts'
import { Unmet } from '../unmet.ts'
import { FIN, join, MAX_31, numberOf, pattern, SYN } from '../wire.ts'

const two = { wires: [2] } as const
/** Arbitrary: above every budget that we know of, and done in a fraction of a second. */
const many = 20_000
const batch = 500

/** Send many frames, some at a time, each batch when the last one has left; stops when the endpoint has hung up. */
async function flood (talk: Talk, count: number, frame: (i: number) => Uint8Array): Promise<void> {
  for (let i = 0; i < count && talk.state === 'open'; i += batch) {
    talk.put(...Array.from({ length: Math.min(batch, count - i) }, (_, k) => frame(i + k)))
    await talk.turn()
  }
}

/** Another session beside this one is served while `attack` runs. */
async function beside (lab: Lab, attack: () => Promise<void>): Promise<void> {
  const innocent = await lab.connect()
  await innocent.whole()
  const done = attack()
  for (let i = 0; i < 5; i++) await innocent.whole()
  await done
  await innocent.whole()
}

/** Numbers that repeat: a small generator, so that a failing run can be had again. */
function chance (seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state >>> 8
  }
}

/** A conversation that is no muxado, or is muxado with something wrong in it; the endpoint ends the transport after us, whatever it says. */
function nonsense (id: string, title: string, bytes: (talk: Talk) => Uint8Array): Case {
  return survive(id, title, async (talk) => {
    talk.part(bytes(talk))
    talk.end()
    await talk.over()
  }, { afterwards: 'ended', alone: false })
}

/** A correct session of some streams, as bytes. */
function session (talk: Talk): Uint8Array {
  const ids = Array.from({ length: 8 }, () => talk.id())
  const { w } = talk
  return join(...ids.map((id, i) => join(w.open(id), w.data(id, pattern(50 * i)), w.wndinc(id, 100), w.data(id, HELLO, FIN))), w.goaway(0))
}

/** The cases of section 10. */
export const attacks: readonly Case[] = [
  survive('10.2-open-and-reset', 'streams are opened and reset at once, twenty thousand of them', async (talk) => {
    await flood(talk, many, () => {
      const id = talk.id()
      return join(talk.w.open(id), talk.w.rst(id))
    })
  }),
  survive('10.2-open-say-and-reset', 'streams are opened, written to and reset, ten thousand of them', async (talk) => {
    await flood(talk, many / 2, () => {
      const id = talk.id()
      return join(talk.w.open(id), talk.w.data(id, HELLO), talk.w.rst(id))
    })
  }),
  survive('10.2-provoked-by-payload', 'resets are provoked by payload behind FIN, five thousand of them', async (talk) => {
    await flood(talk, many / 4, () => {
      const id = talk.id()
      return join(talk.w.open(id), talk.w.data(id, HELLO, FIN), talk.w.data(id, HELLO))
    })
  }),
  survive('10.2-provoked-by-credit', 'resets are provoked by too much credit, five thousand of them', async (talk) => {
    await flood(talk, many / 4, () => {
      const id = talk.id()
      return join(talk.w.open(id), talk.w.wndinc(id, MAX_31))
    })
  }),
  survive('10.2-provoked-by-openings', 'resets are provoked by openings with more than a window, fifty of them', async (talk) => {
    const body = pattern(talk.terms.window + 1)
    await flood(talk, 50, () => talk.w.data(talk.id(), body, SYN))
  }, two),
  survive('10.2-payload-on-unopened-ids', 'payload comes on twenty thousand ids that were never opened', async (talk) => {
    const first = talk.id()
    talk.used(first + many * 2)
    talk.open()
    await flood(talk, many, (i) => talk.w.data(first + i * 2, HELLO))
  }),
  survive('10.2-unread-answers', 'answers are provoked and not read, and another session is served meanwhile', async (talk, lab) => {
    const first = talk.id()
    talk.used(first + many * 2)
    talk.open()
    talk.read(false)
    await beside(lab, () => flood(talk, many, (i) => talk.w.data(first + i * 2, HELLO)))
    talk.read(true)
  }),
  survive('10.2-empty-frames', 'empty frames come, forty thousand of them', async (talk) => {
    const id = talk.open()
    await flood(talk, many * 2, () => talk.w.data(id))
  }),
  survive('10.2-credit-for-the-dead', 'credit comes for a stream that is over, forty thousand times', async (talk) => {
    const id = await closed(talk)
    await flood(talk, many * 2, () => talk.w.wndinc(id, 1))
  }),
  survive('10.2-resets-of-the-dead', 'a stream that is over is reset, forty thousand times', async (talk) => {
    const id = await closed(talk)
    await flood(talk, many * 2, () => talk.w.rst(id))
  }),
  survive('10.2-unknown-types', 'frames of unknown types come, forty thousand of them', async (talk) => {
    await flood(talk, many * 2, () => talk.w.unknown(12))
  }, two),
  survive('10.2-no-credit', 'increments of 0 come, forty thousand of them', async (talk) => {
    const id = talk.open()
    await flood(talk, many * 2, () => talk.w.wndinc(id, 0))
  }, { wires: [1] }),
  survive('10.2-many-goaways', 'GOAWAY comes twenty thousand times', async (talk) => {
    await flood(talk, many, () => talk.w.farewell(0))
  }),
  survive('10.2-many-streams', 'five thousand streams are opened at once: each is served, or refused so that it can be tried elsewhere', async (talk) => {
    const ids = Array.from({ length: many / 4 }, () => talk.id())
    await flood(talk, ids.length, (i) => join(talk.w.open(ids[i] ?? 0), talk.w.data(ids[i] ?? 0, HELLO)))
    const refusals = [numberOf(talk.wire, 'refused'), numberOf(talk.wire, 'acceptQueueFull')]
    try {
      await talk.until('an echo or RST(refused) for each stream', () => ids.every((id) => {
        const { bytes, resets: [reset] } = talk.on(id)
        if (reset !== undefined && !refusals.includes(reset)) throw new Unmet(`RST(refused) on stream ${id}`, `RST(${reset})`)
        return bytes >= HELLO.length || reset !== undefined
      }))
    } catch (error) {
      // To end the session with `calm` is an answer too; what says so is looked at behind the steps.
      if (talk.goodbye === undefined || field(talk.goodbye, 1) !== numberOf(talk.wire, 'calm')) throw error
      return
    }
    talk.put(...ids.map((id) => talk.w.rst(id)))
  }),
  survive('10.2-streams-without-type', 'a thousand streams are opened that do not say their type, and reset', async (talk) => {
    const ids = Array.from({ length: 1000 }, () => talk.id())
    await flood(talk, ids.length, (i) => talk.w.data(ids[i] ?? 0, undefined, SYN))
    talk.put(...ids.map((id) => talk.w.rst(id)))
  }, { ...two, typed: true }),
  survive('10.2-endless-debug', 'GOAWAY comes with sixteen megabytes of debug', async (talk) => {
    talk.part(talk.w.frame(3, 0, 0, Buffer.alloc(1 << 20, 'debug '), 0xffffff))
    await talk.over()
  }, { ...two, afterwards: 'ended' }),
  survive('10.2-endless-credit', 'the largest increment comes ten thousand times on one stream', async (talk) => {
    const id = talk.open()
    await flood(talk, many / 2, () => talk.w.wndinc(id, MAX_31))
  }),
  survive('10.2-no-reading', 'nothing is read of what it sends, and another session is served meanwhile', async (talk, lab) => {
    talk.read(false)
    await beside(lab, async () => {
      for (let i = 0; i < 16; i++) {
        const id = talk.open()
        talk.put(talk.w.wndinc(id, 10_000_000))
        talk.say(id, pattern(windowOf(talk)))
      }
    })
    talk.read(true)
  }),
  survive('10.2-unread-streams', 'the answers of twenty streams wait for credit, and another session is served meanwhile', async (talk, lab) => {
    await beside(lab, async () => {
      for (let i = 0; i < 20; i++) await block(talk, 1000)
    })
  }),
  survive('10.2-small-pieces', 'a large body comes in single bytes', async (talk) => {
    const id = talk.open()
    const payload = pattern(2000)
    talk.part(talk.w.head(id, payload.length))
    await talk.drip(payload, 1)
    await talk.back(id, payload)
  }, { afterwards: 'lives' }),
  survive('10.2-largest-body', 'the largest frame there is comes for a stream that was never opened', async (talk) => {
    talk.put(talk.w.data(talk.id() + 100, new Uint8Array(0xffffff)))
  }, two),
  survive('10.2-largest-body-promised', 'the largest frame there is is announced on two connections, and does not come', async (talk, lab) => {
    for (const other of [talk, await lab.connect()]) other.part(other.w.head(other.open(), 0xffffff), HELLO)
    await (await lab.connect()).whole()
  }, { ...two, afterwards: 'ended' }),
  survive('10.2-flood-beside-others', 'while one session is flooded, another is served', async (talk, lab) => {
    const id = talk.open()
    await beside(lab, () => flood(talk, many * 2, () => talk.w.data(id)))
  }),
  survive('10.2-hang-up-in-bulk', 'the transport fails in the middle of many answers', async (talk) => {
    for (let i = 0; i < 20; i++) talk.say(talk.open(), pattern(windowOf(talk)))
    await talk.until('some payload', () => talk.frames.length > 5)
    talk.abort()
  }, { afterwards: 'ended' }),
  survive('10.2-connect-and-hang-up', 'fifty connections are made and hung up on', async (talk, lab) => {
    for (let i = 0; i < 50; i++) {
      const other = await lab.connect()
      if (i % 2 === 0) other.abort()
      else other.destroy()
    }
    await talk.whole()
  }, { roles: ['client'], afterwards: 'lives' }),
  survive('10.2-many-connections', 'fifty sessions at once are all served', async (_, lab) => {
    const others: Talk[] = []
    for (let i = 0; i < 50; i++) others.push(await lab.connect())
    await Promise.all(others.map((other) => other.whole()))
  }, { roles: ['client'], afterwards: 'lives' }),

  nonsense('10.2-http', 'somebody speaks HTTP', () => Buffer.from('GET / HTTP/1.1\r\nHost: example\r\n\r\n')),
  nonsense('10.2-tls', 'somebody speaks TLS', () => Buffer.from('16030100c8010000c40303', 'hex')),
  nonsense('10.2-zeros', 'sixty-four thousand zeros', () => new Uint8Array(65_536)),
  nonsense('10.2-ones', 'sixty-four thousand bytes of 255', () => new Uint8Array(65_536).fill(255)),
  ...[1, 2, 3, 4, 5].map((seed) => nonsense(`10.2-random-${seed}`, `random bytes, seed ${seed}`, () => {
    const next = chance(seed)
    return Uint8Array.from({ length: 5000 }, () => next() & 255)
  })),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((seed) => nonsense(`10.2-mutated-${seed}`, `a correct session with bytes changed, seed ${seed}`, (talk) => {
    const next = chance(seed * 7919)
    const bytes = Uint8Array.from(session(talk))
    for (let i = 0; i < 1 + seed % 4; i++) bytes[next() % bytes.length] = next() & 255
    return bytes
  })),
  ...[1, 2, 3, 4].map((seed) => nonsense(`10.2-cut-${seed}`, `a correct session that breaks off, seed ${seed}`, (talk) => {
    const bytes = session(talk)
    return bytes.subarray(0, 1 + chance(seed * 104_729)() % bytes.length)
  })),

  must('10.3-late-credit-is-no-flood', 'a peer that credits each byte for itself, some of it late, is no attacker', async (talk) => {
    for (let i = 0; i < 100; i++) {
      const id = await talk.whole(pattern(100))
      talk.put(...Array.from({ length: 100 }, () => talk.w.wndinc(id, 1)))
    }
    await talk.settle()
  }),
  must('10.3-repeated-fin-is-no-flood', 'a peer that repeats each FIN is no attacker', async (talk) => {
    for (let i = 0; i < 100; i++) {
      const id = await talk.whole()
      talk.put(talk.w.data(id, undefined, FIN), talk.w.wndinc(id, HELLO.length))
    }
  }),
  must('10.3-small-frames-are-no-flood', 'a peer that sends single bytes is no attacker', async (talk) => {
    const id = talk.open()
    const count = Math.min(15_000, windowOf(talk))
    await flood(talk, count, (i) => talk.w.data(id, pattern(1, i)))
    await talk.back(id, pattern(count))
  }),
  must('10.3-some-resets-are-no-flood', 'a peer that gives up two hundred streams is no attacker', async (talk) => {
    for (let i = 0; i < 200; i++) {
      const id = talk.open()
      talk.say(id, HELLO)
      await talk.back(id, HELLO)
      talk.put(talk.w.rst(id))
    }
    await talk.settle()
  })
]

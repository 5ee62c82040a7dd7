import { assert } from 'chai'
import { ascii, concat, pattern } from '../../../../test/support/bytes.ts'
import { bench, code, WIRES, type Bench } from '../../../../test/support/bench.ts'
import { readFrames, typeBytes } from '../../../../test/support/frames.ts'
import { drainBytes } from '../../../../test/support/text.ts'

const EXCESS = 'close PEER_EXCESS'

/** Feed frames one by one until the session ends; how many it took, or Infinity. */
function survives (server: Bench, most: number, frame: (round: number) => Uint8Array[]): number {
  for (let round = 0; round < most; round++) {
    if (server.in(...frame(round)).at(-1) === EXCESS) return round
  }
  return Infinity
}

for (const wire of WIRES) {
  describe(`limits, wire ${wire}`, () => {
    it('maxInbound: streams beyond it are refused, and may come again when others are done', () => {
      const server = bench('server', wire, { maxInbound: 2 })
      const { machine, frames } = server
      assert.deepEqual(server.in(frames.syn(3), frames.syn(5), frames.syn(7)), ['accept 3', 'accept 5'])
      assert.deepEqual(server.out(), [`rst 7 ${code(server, 'refused')}`])
      assert.deepEqual(server.in(frames.data(7, ascii('x')), frames.fin(7)), [], 'what follows is swallowed')
      server.in(frames.fin(3))
      machine.finish(3)
      server.out()
      assert.deepEqual(server.in(frames.syn(9)), ['accept 9'])
    })

    it('maxInbound: streams of our own do not count', () => {
      const server = bench('server', wire, { maxInbound: 1 })
      server.machine.open()
      assert.deepEqual(server.in(server.frames.syn(3)), ['accept 3'])
    })

    it('maxInbound: streams of extensions do not count', () => {
      const typed = wire === 2
      const server = bench('server', wire, { maxInbound: 1, typed, extensions: [0xffffffff] })
      const open = (id: number, type: number): string[] =>
        server.in(typed ? server.frames.syn(id, { data: typeBytes(type) }) : server.frames.syn(id, { type }))
      assert.deepEqual(open(3, 0xffffffff), ['accept 3 type 4294967295'])
      assert.deepEqual(open(5, 1), ['accept 5 type 1'])
      assert.deepEqual(open(7, 1), [])
      server.in(server.frames.fin(3))
      server.machine.finish(3)
      server.out()
      assert.deepEqual(open(9, 1), [], 'nor when they end')
    })

    it('maxInbound is 1,024 by default, 0 refuses all, Infinity none', () => {
      const server = bench('server', wire)
      for (let id = 3; id < 3 + 2 * 1024; id += 2) assert.deepEqual(server.in(server.frames.syn(id)), [`accept ${id}`])
      assert.deepEqual(server.in(server.frames.syn(9999)), [])
      const none = bench('server', wire, { maxInbound: 0 })
      assert.deepEqual(none.in(none.frames.syn(3)), [])
      const all = bench('server', wire, { maxInbound: Infinity, memoryBudget: Infinity })
      for (let id = 3; id < 3 + 2 * 1025; id += 2) assert.deepEqual(all.in(all.frames.syn(id)), [`accept ${id}`])
    })

    it('memoryBudget: streams whose window would break it are refused', () => {
      const server = bench('server', wire, { window: 1000, memoryBudget: 2500 })
      server.machine.open()
      assert.deepEqual(server.in(server.frames.syn(3), server.frames.syn(5)), ['accept 3'])
      assert.deepEqual(server.out(), ['syn 2', `rst 5 ${code(server, 'refused')}`])
    })

    it('maxUnread: what would break it resets its stream, and no other', () => {
      const server = bench('server', wire, { window: 1000, maxUnread: 2500 })
      const { machine, frames } = server
      server.in(...[3, 5, 7].flatMap((id) => [frames.syn(id), frames.data(id, pattern(800))]))
      assert.deepEqual(server.in(frames.data(5, pattern(101)), frames.data(7, pattern(99))), ['abort 5 PEER_EXCESS calm', 'deliver 7 [99]'])
      assert.deepEqual(server.out(), [`rst 5 ${code(server, 'calm')}`])
      assert.deepEqual(server.in(frames.data(7, pattern(101)), frames.data(3, pattern(200))), ['deliver 7 [101]', 'deliver 3 [200]'], 'the dead one holds nothing')
      machine.reset(3)
      machine.consume(7, 900)
      server.out()
      assert.deepEqual(server.in(frames.syn(9), frames.data(9, pattern(1000))), ['accept 9', 'deliver 9 [1000]'], 'nor does what was consumed')
    })

    it('maxUnread is 64 MiB by default; Infinity switches it off', () => {
      const { frames } = bench('server', wire)
      const quarter = concat(Array.from({ length: 1_025 }, (_, at) => frames.data(3, new Uint8Array(at < 1_024 ? 16_383 : 1_024))))
      for (const [options, last] of [[{}, 'abort 3 PEER_EXCESS calm'], [{ maxUnread: Infinity }, 'deliver 3 "x"']] as const) {
        const server = bench('server', wire, { window: 2 ** 27, ...options })
        server.in(server.frames.syn(3))
        for (let times = 0; times < 4; times++) server.machine.receive(quarter)
        assert.equal(server.stream(3)?.unread, 2 ** 26)
        assert.deepEqual(server.in(server.frames.data(3, ascii('x'))), [last])
      }
    })

    it('resetBurst: streams that the peer opens and resets (CVE-2023-44487)', () => {
      const server = bench('server', wire, { resetBurst: 5 })
      assert.equal(survives(server, 100, (round) => [server.frames.syn(2 * round + 3), server.frames.rst(2 * round + 3, 6)]), 5)
      assert.match(server.out().at(-1) ?? '', new RegExp(`^goaway \\d+ ${code(server, 'calm')} "`))
    })

    it('resetBurst: streams that the peer makes us reset (CVE-2025-8671)', () => {
      const wrong: ((server: Bench, id: number) => Uint8Array[])[] = [
        ({ frames }, id) => [frames.syn(id), frames.data(id, pattern(101))],
        ({ frames }, id) => [frames.syn(id), frames.fin(id), frames.data(id, ascii('x'))],
        ({ frames }, id) => [frames.syn(id), frames.credit(id, 0x7fffffff)]
      ]
      for (const provoke of wrong) {
        const server = bench('server', wire, { resetBurst: 5, window: 100 })
        assert.equal(survives(server, 100, (round) => provoke(server, 2 * round + 3)), 5)
      }
    })

    it('resetBurst: data on streams that are not there (CVE-2019-9514)', () => {
      const server = bench('server', wire, { resetBurst: 5 })
      server.in(server.frames.syn(9999))
      assert.equal(survives(server, 100, (round) => [server.frames.data(2 * round + 3, ascii('x'))]), 5)
    })

    it('resetBurst is 1,000 by default; Infinity switches it off; our own resets are free', () => {
      const server = bench('server', wire)
      assert.equal(survives(server, 2000, (round) => [server.frames.syn(2 * round + 3), server.frames.rst(2 * round + 3, 6)]), 1000)
      const off = bench('server', wire, { resetBurst: Infinity })
      assert.equal(survives(off, 2000, (round) => [off.frames.syn(2 * round + 3), off.frames.rst(2 * round + 3, 6)]), Infinity)
      const own = bench('server', wire, { resetBurst: 0 })
      for (let id = 3; id < 303; id += 2) {
        own.in(own.frames.syn(id))
        own.machine.reset(id)
        own.out()
      }
      assert.equal(own.machine.state, 'open')
    })

    it('resetBurst: resets of streams that we opened are free', () => {
      const client = bench('client', wire, { resetBurst: 0 })
      for (let round = 0; round < 20; round++) {
        const id = client.machine.open()
        client.out()
        assert.lengthOf(client.in(client.frames.rst(id, 2)), 1)
      }
      assert.equal(client.machine.state, 'open')
    })

    it('resetsPerSecond: the burst refills with time, and only to its size', () => {
      const server = bench('server', wire, { resetBurst: 2, resetsPerSecond: 10 })
      let id = 1
      const waste = (): string | undefined => server.in(server.frames.syn(id += 2), server.frames.rst(id, 6)).at(-1)
      waste()
      waste()
      server.machine.elapse(100)
      assert.equal(waste(), `abort ${id} STREAM_RESET ${wire === 1 ? 'refused' : 'cancel'}`)
      server.machine.elapse(1_000_000)
      waste()
      waste()
      assert.equal(waste(), EXCESS)
    })

    it('resetsPerSecond is 33 by default', () => {
      const server = bench('server', wire, { resetBurst: 100 })
      survives(server, 100, (round) => [server.frames.syn(2 * round + 3), server.frames.rst(2 * round + 3, 6)])
      server.machine.elapse(1000)
      assert.equal(survives(server, 100, (round) => [server.frames.syn(2 * round + 1003), server.frames.rst(2 * round + 1003, 6)]), 33)
    })

    it('maxUseless: empty DATA (CVE-2019-9518)', () => {
      const server = bench('server', wire, { maxUseless: 10 })
      server.in(server.frames.syn(3))
      assert.equal(survives(server, 100, () => [server.frames.data(3, new Uint8Array(0))]), 10)
      assert.match(server.out().at(-1) ?? '', new RegExp(`^goaway 3 ${code(server, 'calm')} "`))
    })

    it('maxUseless: frames for streams that are done or were reset, FINs that repeat, SYNs that are refused, GOAWAYs that repeat', () => {
      const useless: ((server: Bench, round: number) => Uint8Array[])[] = [
        ({ frames }) => [frames.rst(7, 0)],
        ({ frames }) => [frames.data(7, new Uint8Array(0))],
        ({ frames }) => [frames.fin(7)],
        ({ frames }) => [frames.fin(9)],
        ({ frames }) => [frames.goaway(0, 0)],
        ({ frames }, round) => [frames.syn(2 * round + 11)]
      ]
      useless.forEach((frame, at) => {
        const server = bench('server', wire, { maxUseless: 10, maxInbound: 3, maxReplies: Infinity })
        server.in(server.frames.syn(3), server.frames.syn(7), server.frames.syn(9, { fin: true }))
        server.machine.reset(7)
        server.in(server.frames.syn(11))
        const before = server.snapshot().budgets.useless
        const rounds = survives(server, 100, (round) => frame(server, round + 1))
        assert.isAtLeast(rounds, 10 - before, `${at}`)
        assert.isAtMost(rounds, 20, `${at}`)
      })
    })

    it('maxUseless: nothing is sent behind the GOAWAY, not even the refusal that was too much', () => {
      const server = bench('server', wire, { maxUseless: 0, maxInbound: 0 })
      assert.deepEqual(server.in(server.frames.syn(3)), [EXCESS])
      assert.match(server.out().join(), new RegExp(`^goaway 3 ${code(server, 'calm')} "[^"]*"$`))
    })

    it('maxUseless: credit for streams that are done, beyond what was sent on them', () => {
      const server = bench('server', wire, { maxUseless: 10 })
      server.in(server.frames.syn(3, { fin: true }))
      server.machine.send(3, pattern(50))
      server.machine.finish(3)
      server.out()
      const rounds = survives(server, 200, () => [server.frames.credit(3, 1)])
      assert.isAtMost(rounds, 60)
      assert.isAtLeast(rounds, 10)
    })

    it('maxUseless: each frame that does something makes up for four that do not', () => {
      const server = bench('server', wire, { maxUseless: 10 })
      server.in(server.frames.syn(3))
      for (let round = 0; round < 50; round++) {
        for (let times = 0; times < 4; times++) server.in(server.frames.data(3, new Uint8Array(0)))
        server.in(server.frames.data(3, ascii('x')))
      }
      assert.equal(server.machine.state, 'open')
      assert.equal(server.snapshot().budgets.useless, 0)
    })

    it('maxUseless: a SYN, data, credit and a FIN do something', () => {
      const useful: ((server: Bench) => Uint8Array)[] = [
        ({ frames }) => frames.syn(5), ({ frames }) => frames.data(3, ascii('x')), ({ frames }) => frames.credit(3, 1), ({ frames }) => frames.fin(3)
      ]
      useful.forEach((frame, at) => {
        const server = bench('server', wire)
        server.in(server.frames.syn(3))
        for (let times = 0; times < 10; times++) server.in(server.frames.data(3, new Uint8Array(0)))
        assert.equal(server.snapshot().budgets.useless, 10)
        server.in(frame(server))
        assert.equal(server.snapshot().budgets.useless, 6, `${at}`)
      })
    })

    it('maxUseless: the credit of a peer that returns it read by read is welcome (B6)', () => {
      const client = bench('client', wire, { maxUseless: 10 })
      const id = client.machine.open()
      client.machine.send(id, pattern(1000))
      client.out()
      for (let round = 0; round < 1000; round++) client.in(client.frames.credit(id, 1))
      assert.equal(client.machine.state, 'open')
    })

    it('maxUseless is 10,000 by default; Infinity switches it off', () => {
      const server = bench('server', wire)
      server.in(server.frames.syn(3))
      const empty = concat(Array.from({ length: 10_000 }, () => server.frames.data(3, new Uint8Array(0))))
      assert.deepEqual(server.in(empty), [])
      assert.equal(server.in(server.frames.data(3, new Uint8Array(0))).at(-1), EXCESS)
      const off = bench('server', wire, { maxUseless: Infinity })
      off.in(off.frames.syn(3))
      assert.deepEqual(off.in(empty, empty), [])
    })

    it('maxReplies: RSTs in answer that the peer does not read (CVE-2024-32984)', () => {
      const server = bench('server', wire, { maxReplies: 5, maxInbound: 0 })
      assert.equal(survives(server, 100, (round) => [server.frames.syn(2 * round + 3)]), 5)
      const reading = bench('server', wire, { maxReplies: 5, maxInbound: 0 })
      assert.equal(survives(reading, 100, (round) => {
        reading.out()
        return [reading.frames.syn(2 * round + 3)]
      }), Infinity)
      const off = bench('server', wire, { maxReplies: Infinity, maxInbound: 0 })
      assert.equal(survives(off, 2000, (round) => [off.frames.syn(2 * round + 3)]), Infinity)
    })

    it('maxReplies: streams that the host turns away count, those that it resets for another reason do not', () => {
      for (const [reason, rounds] of [['refused', 5], ['acceptQueueFull', 5], ['cancel', Infinity]] as const) {
        const server = bench('server', wire, { maxReplies: 5 })
        assert.equal(survives(server, 100, (round) => {
          if (round > 0) server.machine.reset(2 * round + 1, reason)
          return [server.frames.syn(2 * round + 3)]
        }), rounds === Infinity ? rounds : rounds + 1, reason)
      }
    })

    it('maxReplies is 1,024 by default', () => {
      const server = bench('server', wire, { maxInbound: 0 })
      assert.equal(survives(server, 2000, (round) => [server.frames.syn(2 * round + 3)]), 1024)
    })

    it('maxDebug: so much of a GOAWAY’s text is kept, the rest is skipped', () => {
      const client = bench('client', wire, { maxDebug: 5 })
      const text = ascii('hello world, this is goodbye')
      assert.deepEqual(client.in(client.frames.goaway(0, 0, text), client.frames.syn(2)), ['drain SESSION_GONE_AWAY none retryable "hello"', 'accept 2'])
      const none = bench('client', wire, { maxDebug: 0 })
      assert.deepEqual(none.in(none.frames.goaway(0, 0, text), none.frames.syn(2)), ['drain SESSION_GONE_AWAY none retryable', 'accept 2'])
      const usual = bench('client', wire)
      assert.deepEqual(usual.in(usual.frames.goaway(0, 0, pattern(2000, 97))), ['drain SESSION_GONE_AWAY none retryable [1024]'])
    })

    it('maxQueued: beyond it each stream queues one frame at a time, and is resumed when there is room', () => {
      const client = bench('client', wire, { window: 100_000, maxQueued: 1000, maxFrame: 300 })
      const { machine } = client
      const [a, b] = [machine.open(), machine.open()]
      client.out()
      assert.equal(machine.send(a, pattern(5000)), 1000)
      assert.equal(machine.send(a, pattern(4000, 1000)), 0)
      assert.equal(machine.send(b, pattern(5000)), 300, 'one stream does not stop another')
      assert.equal(machine.queued, 1300)
      assert.deepEqual(machine.poll(), [])
      machine.transmit(900)
      machine.transmit(900)
      const due = machine.poll()
      assert.isNotEmpty(due)
      assert.isTrue(due.every((action) => action.type === 'resume' && action.credit > 0))
      let left = 5000 - 1000
      for (let round = 0; round < 100 && left > 0; round++) {
        left -= machine.send(a, pattern(left, 5000 - left))
        machine.transmit()
        machine.poll()
      }
      assert.equal(left, 0)
    })

    it('maxQueued: what waits keeps no more than one read beside itself, and small pieces none', () => {
      const { machine, frames, in: receive, out } = bench('server', wire)
      receive(frames.syn(3))
      // As bytes that are echoed lie in what was read
      const read = Array.from({ length: 3 }, () => new Uint8Array(65_536).fill(97))
      for (const chunk of read) machine.send(3, chunk.subarray(100, 101))
      machine.send(3, (read[2] ?? new Uint8Array(0)).subarray(0, 14_000))
      for (const chunk of read) chunk.fill(98)
      const [frame] = readFrames(wire, drainBytes(machine))
      assert.equal(frame?.length, 14_003)
      assert.deepEqual([...frame?.body.subarray(0, 4) ?? []], [97, 97, 97, 98], 'a copy holds what was sent, a view what was written since')
      assert.deepEqual(out(), [])
    })

    it('maxQueued: a stream that has nothing left to send is resumed, however much of the others waits', () => {
      const client = bench('client', wire, { window: 100_000, maxQueued: 1000, maxFrame: 300 })
      const { machine } = client
      const [slow, urgent] = [machine.open(), machine.open({ priority: 5 })]
      client.out()
      assert.equal(machine.send(slow, pattern(1000)), 1000)
      assert.equal(machine.send(urgent, pattern(900)), 300)
      machine.transmit(310)
      assert.equal(machine.queued, 1000)
      assert.deepEqual(machine.poll(), [{ type: 'resume', streamId: urgent, credit: 300 }])
    })

    it('maxQueued: credit that comes while there is no room resumes nobody until there is', () => {
      const client = bench('client', wire, { window: 50, maxQueued: 50, maxFrame: 50 })
      const id = client.machine.open()
      client.out()
      assert.equal(client.machine.send(id, pattern(100)), 50)
      assert.deepEqual(client.in(client.frames.credit(id, 30)), [])
      client.out()
      assert.deepEqual(client.machine.poll(), [{ type: 'resume', streamId: id, credit: 30 }])
    })

    it('maxQueued: receive hands out a resume that came due while nobody polled', () => {
      const client = bench('client', wire, { window: 10_000, maxQueued: 100, maxFrame: 50 })
      const id = client.machine.open()
      client.out()
      assert.equal(client.machine.send(id, pattern(500)), 100)
      client.out()
      const actions = client.in(client.frames.syn(2))
      assert.equal(actions.find((text) => text.startsWith('resume')), 'resume 3 100')
      assert.include(actions, 'accept 2')
    })

    it('maxQueued: whoever is reset or finished while it waits is not resumed', () => {
      for (const act of ['reset', 'finish'] as const) {
        const client = bench('client', wire, { window: 10_000, maxQueued: 100, maxFrame: 50 })
        const id = client.machine.open()
        client.machine.send(id, pattern(500))
        client.machine[act](id)
        client.out()
        assert.deepEqual(client.machine.poll(), [])
      }
    })
  })
}

describe('limits, wire 1 alone', () => {
  it('GOAWAY text cannot be longer than a frame', () => {
    const { frames, in: receive } = bench('client', 1)
    assert.deepEqual(receive(frames.goaway(0, 0, pattern(16375, 97))), ['drain SESSION_GONE_AWAY none retryable [1024]'])
  })
})

describe('limits, wire 2 alone', () => {
  it('unknown frames are useless', () => {
    const server = bench('server', 2, { maxUseless: 10 })
    assert.equal(survives(server, 100, () => [server.frames.raw(9, 0, 0)]), 10)
  })

  it('GOAWAY text of more than 64 KiB ends the session', () => {
    const most = bench('client', 2, { maxDebug: 65_536 })
    assert.deepEqual(most.in(most.frames.goaway(0, 0, new Uint8Array(65_536))), ['drain SESSION_GONE_AWAY none retryable [65536]'])
    const more = bench('client', 2, { maxDebug: 65_536 })
    assert.deepEqual(more.in(more.frames.goaway(0, 0, new Uint8Array(65_537))), ['close PEER_FRAME_SIZE'])
  })

  it('resetBurst: streams that end before they said their type, or come with payload beyond the window', () => {
    const early = bench('server', 2, { typed: true, resetBurst: 5 })
    assert.equal(survives(early, 100, (round) => [early.frames.syn(2 * round + 3, { fin: true })]), 5)
    const large = bench('server', 2, { window: 10, resetBurst: 5 })
    assert.equal(survives(large, 100, (round) => [large.frames.syn(2 * round + 3, { data: pattern(11) })]), 5)
    const reset = bench('server', 2, { typed: true, resetBurst: 5 })
    assert.equal(survives(reset, 100, (round) => [reset.frames.syn(2 * round + 3), reset.frames.rst(2 * round + 3, 6)]), 5)
  })

  it('maxUseless: streams of a reserved type that nobody handles, SYNs on ids that were reset', () => {
    const foreign = bench('server', 2, { typed: true, maxUseless: 10 })
    const rounds = survives(foreign, 100, (round) => [foreign.frames.syn(2 * round + 3, { data: typeBytes(0xffffffff) })])
    assert.notEqual(rounds, 0)
    const again = bench('server', 2, { maxUseless: 10 })
    again.in(again.frames.syn(3))
    again.machine.reset(3)
    assert.equal(survives(again, 100, () => [again.frames.syn(3)]), 10)
  })
})

import { assert } from 'chai'
import { ascii, concat, pattern } from '../../../../test/support/bytes.ts'
import { bench, code, thrown, WIRES, type Bench } from '../../../../test/support/bench.ts'
import { actionTexts, drainBytes } from '../../../../test/support/text.ts'

function accepted (wire: 1 | 2, options = {}): Bench {
  const server = bench('server', wire, { window: 100, maxWindow: 100, ...options })
  server.in(server.frames.syn(3))
  return server
}

for (const wire of WIRES) {
  describe(`sending within credit, wire ${wire}`, () => {
    it('takes what the window allows and says what it took', () => {
      const { machine, out } = accepted(wire)
      assert.equal(machine.send(3, pattern(60)), 60)
      assert.equal(machine.send(3, pattern(60)), 40)
      assert.equal(machine.send(3, pattern(60)), 0)
      assert.equal(machine.send(3, pattern(0)), 0)
      assert.equal(machine.queued, 100)
      assert.deepEqual(out(), ['data 3 [100]'])
      assert.equal(machine.queued, 0)
    })

    it('resumes a sender that came back short, once, with all the credit there is', () => {
      const { machine, frames, in: receive, out, stream } = accepted(wire)
      machine.send(3, pattern(150))
      out()
      assert.isTrue(stream(3)?.short)
      assert.deepEqual(receive(frames.credit(3, 30)), ['resume 3 30'])
      assert.isFalse(stream(3)?.short)
      assert.deepEqual(receive(frames.credit(3, 5)), [])
      assert.equal(machine.send(3, pattern(50)), 35)
      assert.deepEqual(out(), ['data 3 [35]'])
    })

    it('does not resume a sender that never came back short', () => {
      const { machine, frames, in: receive } = accepted(wire)
      machine.send(3, pattern(100))
      assert.deepEqual(receive(frames.credit(3, 30)), [])
    })

    it('resumes nobody who has finished', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      machine.send(3, pattern(150))
      machine.finish(3)
      out()
      assert.deepEqual(receive(frames.credit(3, 30)), [])
      assert.deepEqual(machine.poll(), [])
    })

    it('sends what small credit allows at once, and never more than a frame may hold', () => {
      const { machine, frames, in: receive, out } = accepted(wire, { maxFrame: 40, window: 70, maxWindow: 70 })
      machine.send(3, pattern(100))
      assert.deepEqual(out(), ['data 3 [40]', 'data 3 [30]'])
      receive(frames.credit(3, 1))
      machine.send(3, ascii('x'))
      assert.deepEqual(out(), ['data 3 "x"'])
    })

    it('puts the FIN on the frame that uses up the credit, for it needs none', () => {
      const { machine, out } = accepted(wire)
      machine.send(3, pattern(100))
      machine.finish(3)
      assert.deepEqual(out(), ['data 3 [100] fin'])
    })

    it('takes credit for a stream that has just come', () => {
      const { machine, frames, in: receive } = accepted(wire)
      receive(frames.credit(3, 0x7fffffff - 100))
      assert.equal(machine.send(3, pattern(1000)), 1000)
    })

    it('answers credit past 2^31-1 with a flow control error (CVE-2026-31814)', () => {
      const { frames, in: receive, out } = accepted(wire)
      assert.deepEqual(receive(frames.credit(3, 0x7fffffff - 100)), [])
      assert.deepEqual(receive(frames.credit(3, 1)), ['abort 3 PEER_FLOW_CONTROL flowControl'])
      assert.deepEqual(out(), ['rst 3 3'])
    })

    it('masks the top bit of an increment', () => {
      const { machine, frames, in: receive } = accepted(wire)
      machine.send(3, pattern(150))
      assert.deepEqual(receive(frames.credit(3, 0x80000005)), ['resume 3 5'])
    })
  })

  describe(`receiving within the window, wire ${wire}`, () => {
    it('takes exactly the window', () => {
      const { frames, in: receive, stream } = accepted(wire)
      assert.deepEqual(receive(frames.data(3, pattern(99)), frames.data(3, pattern(1))), ['deliver 3 [100]'])
      const { available, unread, window } = stream(3) ?? {}
      assert.deepEqual({ available, unread, window }, { available: 0, unread: 100, window: 100 })
    })

    it('sees a frame beyond the window in its header, before the body comes, and skips the body (B5)', () => {
      const { frames, in: receive, out, snapshot } = accepted(wire)
      const tooLong = frames.data(3, pattern(101))
      assert.deepEqual(receive(tooLong.subarray(0, 8)), ['abort 3 PEER_FLOW_CONTROL flowControl'])
      assert.deepEqual(out(), ['rst 3 3'])
      assert.deepEqual(receive(tooLong.subarray(8), frames.syn(5)), ['accept 5'], 'framing stays intact')
      assert.equal(snapshot().partial.remaining, 0)
    })

    it('counts what is unread, byte by byte', () => {
      const { machine, frames, in: receive } = accepted(wire)
      receive(frames.data(3, pattern(60)))
      machine.consume(3, 30)
      assert.deepEqual(receive(frames.data(3, pattern(41))), ['abort 3 PEER_FLOW_CONTROL flowControl'], '60 used, and the 30 not yet returned')
    })

    it('hands bodies on in pieces, as views of the chunk, holding none', () => {
      const { machine, frames, snapshot } = accepted(wire)
      const bytes = frames.data(3, pattern(100))
      const [a, b] = [bytes.slice(0, 50), bytes.slice(50)]
      const [first] = machine.receive(a)
      const [second] = machine.receive(b)
      assert.equal(first?.type, 'deliver')
      assert.equal(second?.type, 'deliver')
      if (first?.type !== 'deliver' || second?.type !== 'deliver') return
      assert.strictEqual(first.data.buffer, a.buffer)
      assert.strictEqual(second.data.buffer, b.buffer)
      assert.deepEqual(concat([first.data, second.data]), pattern(100))
      assert.equal(snapshot().partial.held.length, 0)
    })

    it('returns credit when half a window has been consumed, and not before', () => {
      const { machine, frames, in: receive, out, stream } = accepted(wire)
      receive(frames.data(3, pattern(90)))
      machine.consume(3, 49)
      assert.deepEqual(out(), [])
      machine.consume(3, 1)
      assert.deepEqual(out(), ['credit 3 50'])
      machine.consume(3, 40)
      assert.deepEqual(out(), [])
      assert.deepEqual([stream(3)?.available, stream(3)?.consumed, stream(3)?.unread], [60, 40, 0])
    })

    it('returns 128 KiB at once where half a window is more', () => {
      const { machine, frames, in: receive, out } = accepted(wire, { window: 524_288, maxWindow: 524_288 })
      for (let sent = 0; sent < 262_144; sent += 16_000) receive(frames.data(3, pattern(Math.min(16_000, 262_144 - sent))))
      machine.consume(3, 131_071)
      assert.deepEqual(out(), [])
      machine.consume(3, 1)
      assert.deepEqual(out(), ['credit 3 131072'])
    })

    it('returns a quarter of a window at once where that is more', () => {
      const { machine, frames, in: receive, out, stream } = accepted(wire, { window: 4_194_304, maxWindow: 4_194_304 })
      const piece = pattern(16_000)
      for (let sent = 0; sent < 2_100_000; sent += piece.length) receive(frames.data(3, piece))
      machine.consume(3, 1_048_575)
      assert.deepEqual(out(), [])
      machine.consume(3, 1)
      assert.deepEqual(out(), ['credit 3 1048576'])
      assert.isAtMost(stream(3)?.limits.length ?? 0, 8)
    })

    it('returns every byte of a window of one', () => {
      const { machine, frames, in: receive, out } = accepted(wire, { window: 1, maxWindow: 1 })
      for (const byte of pattern(3)) {
        receive(frames.data(3, Uint8Array.of(byte)))
        machine.consume(3, 1)
        assert.deepEqual(out(), ['credit 3 1'])
      }
    })

    it('joins credit that waits to be sent', () => {
      const { machine, frames, in: receive, out, stream } = accepted(wire)
      receive(frames.data(3, pattern(100)))
      machine.consume(3, 50)
      machine.consume(3, 50)
      assert.equal(stream(3)?.granting, 100)
      assert.deepEqual(out(), ['credit 3 100'])
      assert.equal(stream(3)?.granting, 0)
    })

    it('returns no credit after the FIN, not even what waited', () => {
      const { machine, frames, in: receive, out } = accepted(wire)
      receive(frames.data(3, pattern(100)))
      machine.consume(3, 50)
      receive(frames.fin(3))
      machine.consume(3, 50)
      assert.deepEqual(out(), [])
    })

    it('refuses to be told of more bytes than were delivered', () => {
      const { machine, frames, in: receive } = accepted(wire)
      receive(frames.data(3, pattern(20)).subarray(0, 18))
      for (const bytes of [11, -1, 1.5, NaN]) assert.equal(thrown(() => machine.consume(3, bytes)), 'API_ARGUMENT', `${bytes}`)
      machine.consume(3, 10)
      machine.consume(3, 0)
      assert.equal(thrown(() => machine.consume(3, 1)), 'API_ARGUMENT')
    })

    it('keeps 1,000 streams that nobody reads from stopping the 1,001st', () => {
      const server = bench('server', wire, { window: 100, maxWindow: 400 })
      const { machine, frames } = server
      for (let id = 3; id < 2003; id += 2) server.in(frames.syn(id), frames.data(id, pattern(100)))
      assert.deepEqual(server.in(frames.syn(2003), frames.data(2003, pattern(100))), ['accept 2003', 'deliver 2003 [100]'])
      machine.consume(2003, 100)
      const [credit] = server.out()
      assert.match(credit ?? '', /^credit 2003 /)
      assert.deepEqual(server.in(frames.data(2003, ascii('on'))), ['deliver 2003 "on"'])
      const unread = server.snapshot().streams.filter(({ id }) => id !== 2003).map((stream) => stream.unread)
      assert.isTrue(unread.every((bytes) => bytes === 100), 'each unread stream holds its window and no more')
    })
  })

  describe(`windows that grow, wire ${wire}`, () => {
    /** The peer spends all its credit in one chunk, and the reader takes it at once. */
    function spend ({ machine, frames, in: receive, stream, out }: Bench, id = 3): number {
      const { available = 0 } = stream(id) ?? {}
      receive(frames.data(id, pattern(available)))
      machine.consume(id, stream(id)?.unread ?? 0)
      const credit = out().find((text) => text.startsWith(`credit ${id} `))
      return Number(credit?.split(' ')[2])
    }

    it('grow fourfold when the peer has spent its credit and the reader keeps up, up to maxWindow', () => {
      const server = accepted(wire, { maxWindow: 2_000 })
      assert.equal(spend(server), 400, 'the hundred consumed, and three hundred more')
      assert.equal(server.stream(3)?.window, 400)
      assert.equal(spend(server), 1_600)
      assert.equal(spend(server), 2_000, '1,600 consumed, and the rest up to 2,000')
      assert.equal(server.stream(3)?.window, 2_000)
      assert.equal(spend(server), 2_000)
    })

    it('grow at once, before credit is due otherwise, and as soon as half of them is read', () => {
      const { machine, frames, out, stream } = accepted(wire, { window: 1_000_000, maxWindow: 9_000_000 })
      machine.receive(...Array.from({ length: 100 }, () => frames.data(3, pattern(10_000))))
      machine.consume(3, 250_000)
      assert.deepEqual(out(), ['credit 3 250000'], 'three quarters are unread')
      machine.consume(3, 249_999)
      assert.deepEqual(out(), [])
      machine.consume(3, 1)
      assert.deepEqual(out(), ['credit 3 3250000'])
      assert.equal(stream(3)?.window, 4_000_000)
    })

    it('grow at once where little of their credit was used before', () => {
      const { machine, frames, out } = accepted(wire, { maxWindow: 1_000 })
      machine.receive(frames.data(3, pattern(90)))
      machine.consume(3, 90)
      assert.deepEqual(out(), ['credit 3 90'])
      machine.receive(frames.data(3, pattern(10)))
      machine.consume(3, 1)
      assert.deepEqual(out(), ['credit 3 301'], 'the peer has stopped where its first credit ended')
    })

    it('grow once for each time that the peer runs out', () => {
      const server = accepted(wire, { maxWindow: 10_000 })
      spend(server)
      assert.equal(server.stream(3)?.window, 400)
      server.in(server.frames.data(3, pattern(300)))
      server.machine.consume(3, 300)
      assert.deepEqual(server.out(), ['credit 3 300'])
      assert.equal(server.stream(3)?.window, 400)
    })

    if (wire === 2) {
      it('do not stall a peer that never holds more credit than the initial window, as the Rust one does (R13)', () => {
        // That peer sends its SYN with the first payload
        const { machine, frames, in: receive, out } = bench('server', wire, { window: 100, maxWindow: 100_000 })
        receive(frames.syn(3, { data: pattern(10) }))
        machine.consume(3, 10)
        // It makes of an increment what fits, and has it when it has sent what it had
        let credit = 90
        for (let sent = 0; sent < 100_000;) {
          assert.isAbove(credit, 0, `stalled after ${sent} bytes`)
          const grants: string[] = []
          while (credit > 0) {
            const piece = Math.min(credit, 30)
            receive(frames.data(3, pattern(piece)))
            machine.consume(3, piece)
            grants.push(...out())
            sent += piece
            credit -= piece
          }
          for (const text of grants) credit = Math.min(100, credit + Number(text.split(' ')[2]))
        }
      })
    }

    for (const typed of wire === 1 ? [true] : [true, false]) {
      const title = typed ? 'a quarter of a large one' : 'the initial window, where an empty SYN does not show that the peer holds more (R13)'
      it(`bring credit back in batches of ${title}`, () => {
        const { machine, frames, in: receive, out, stream } = accepted(wire, { window: 100_000, maxWindow: 3_200_000, typed })
        if (wire === 2 && typed) receive(frames.data(3, new Uint8Array(4)))
        const send = (bytes: number): void => {
          const pieces = Array.from({ length: Math.ceil(bytes / 16_000) }, (_, i) => frames.data(3, pattern(Math.min(16_000, bytes - i * 16_000))))
          receive(concat(pieces))
          machine.consume(3, bytes)
        }
        for (let i = 0; i < 5; i++) {
          send(stream(3)?.available ?? 0)
          out()
        }
        assert.equal(stream(3)?.window, 3_200_000)
        const batch = typed ? 800_000 : 100_000
        send(batch - 1)
        assert.deepEqual(out(), [])
        send(1)
        assert.deepEqual(out(), [`credit 3 ${batch}`])
      })
    }

    it('stay as they are while the peer has credit left', () => {
      const { machine, frames, in: receive, out, stream } = accepted(wire, { maxWindow: 1000 })
      receive(frames.data(3, pattern(99)))
      machine.consume(3, 99)
      assert.deepEqual(out(), ['credit 3 99'])
      assert.equal(stream(3)?.window, 100)
    })

    it('stay as they are while the reader is slow', () => {
      const { machine, frames, in: receive, out, stream } = accepted(wire, { maxWindow: 1000 })
      receive(frames.data(3, pattern(50)))
      receive(frames.data(3, pattern(50)))
      machine.consume(3, 50)
      assert.deepEqual(out(), ['credit 3 50'])
      assert.equal(stream(3)?.window, 100)
    })

    it('take what comes in one call for one piece, in however many chunks: nobody can have read the first of them', () => {
      const { machine, frames, out, stream } = accepted(wire, { maxWindow: 1000 })
      const actions = machine.receive(frames.data(3, pattern(50)), frames.data(3, pattern(50)))
      assert.deepEqual(actions.map(({ type }) => type), ['deliver', 'deliver'])
      machine.consume(3, 50)
      assert.deepEqual(out(), ['credit 3 350'])
      assert.equal(stream(3)?.window, 400)
    })

    it('stay as they are by default of maxWindow below window', () => {
      const server = accepted(wire, { maxWindow: 10 })
      assert.equal(spend(server), 100)
    })

    it('grow within the memory budget only', () => {
      const server = accepted(wire, { maxWindow: 10_000, memoryBudget: 450 })
      assert.equal(spend(server), 400)
      assert.equal(server.stream(3)?.window, 400)
      assert.equal(spend(server), 450, '400 consumed, and the 50 that the budget has left')
      assert.equal(spend(server), 450)
    })

    it('share maxWindow among the streams that grow', () => {
      const server = accepted(wire, { maxWindow: 400 })
      server.in(server.frames.syn(5))
      for (let round = 0; round < 3; round++) spend(server)
      assert.equal(server.stream(3)?.window, 400)
      for (let round = 0; round < 3; round++) spend(server, 5)
      assert.equal(server.stream(5)?.window, 200)
      server.machine.reset(3)
      for (let round = 0; round < 3; round++) spend(server, 5)
      assert.equal(server.stream(5)?.window, 400, 'and inherit what one that ends leaves')
    })

    it('remember few limits, however much the peer leaves unused', () => {
      const server = accepted(wire, { window: 8_388_608, maxWindow: 8_388_608 })
      const piece = pattern(16_000)
      for (let sent = 0; sent < 8_000_000; sent += 16_000) server.in(server.frames.data(3, piece))
      for (let round = 0; round < 50; round++) server.machine.consume(3, 131_072)
      assert.isAtMost(server.stream(3)?.limits.length ?? Infinity, 9)
      assert.deepEqual(server.out(), ['credit 3 6291456'])
    })

    it('give the budget back when their stream ends', () => {
      const { machine, frames, in: receive, out } = accepted(wire, { memoryBudget: 200 })
      assert.deepEqual(receive(frames.syn(5)), ['accept 5'])
      assert.deepEqual(receive(frames.syn(7)), [])
      machine.reset(3)
      out()
      assert.deepEqual(receive(frames.syn(9)), ['accept 9'])
    })

    it('are told to a peer that sends past its first window', () => {
      const client = bench('client', wire, { window: 100 })
      const server = accepted(wire, { maxWindow: 1_000_000 })
      const id = client.machine.open()
      drainBytes(client.machine)
      let received = 0
      let rest = 5_000
      for (let round = 0; round < 40 && received < 5_000; round++) {
        rest -= client.machine.send(id, pattern(rest))
        for (const action of server.machine.receive(drainBytes(client.machine))) {
          if (action.type !== 'deliver') continue
          received += action.data.length
          server.machine.consume(id, action.data.length)
        }
        actionTexts(client.machine.receive(drainBytes(server.machine)))
      }
      assert.equal(received, 5_000)
      assert.isAtLeast(server.stream(id)?.window ?? 0, 1_600)
    })
  })
}

describe('credit of nothing', () => {
  it('is ignored in wire 1', () => {
    const { frames, in: receive, out } = accepted(1)
    assert.deepEqual(receive(frames.credit(3, 0), frames.credit(3, 0x80000000)), [])
    assert.deepEqual(out(), [])
  })

  it('ends the session in wire 2, masked too, on unknown streams too', () => {
    for (const [id, increment] of [[3, 0], [3, 0x80000000], [99, 0]] as const) {
      const server = accepted(2)
      assert.equal(server.in(server.frames.credit(id, increment)).at(-1), 'close PEER_PROTOCOL')
      assert.match(server.out().join(), new RegExp(`^goaway 3 ${code(server, 'protocol')} `))
    }
  })
})

describe('a SYN with payload beyond the window, wire 2', () => {
  it('is refused before anything is allocated (CVE-2026-32314)', () => {
    const { frames, in: receive, out, snapshot } = bench('server', 2, { window: 100 })
    const syn = frames.syn(3, { data: pattern(101) })
    assert.deepEqual(receive(syn.subarray(0, 8)), [])
    assert.deepEqual(out(), ['rst 3 3'])
    assert.isEmpty(snapshot().streams)
    assert.deepEqual(receive(syn.subarray(8), frames.syn(5)), ['accept 5'])
  })
})

describe('a body of 16 MiB, wire 2', () => {
  it('is refused from its header, and skipped without being held', () => {
    const { machine, frames, in: receive, out } = bench('server', 2)
    receive(frames.syn(3))
    assert.deepEqual(receive(frames.raw(1, 0, 3, new Uint8Array(0), 0xffffff)), ['abort 3 PEER_FLOW_CONTROL flowControl'])
    assert.deepEqual(out(), ['rst 3 3'])
    const block = new Uint8Array(0xffff)
    for (let skipped = 0; skipped + block.length <= 0xffffff; skipped += block.length) assert.deepEqual(machine.receive(block), [])
    assert.deepEqual(receive(new Uint8Array(0xffffff % 0xffff), frames.syn(5)), ['accept 5'])
  })
})

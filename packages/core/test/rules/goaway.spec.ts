import { createMachine } from '@muxado/core'
import { assert } from 'chai'
import { ascii, concat, hex, pattern, toHex } from '../../../../test/support/bytes.ts'
import { bench, code, thrown, WIRES } from '../../../../test/support/bench.ts'
import { actionTexts, drainBytes } from '../../../../test/support/text.ts'

const PAD = { 1: [], 2: ['data 1 fin'] }

for (const wire of WIRES) {
  describe(`going away, wire ${wire}`, () => {
    it('says the last id it served, its reason and its debug text', () => {
      const server = bench('server', wire)
      server.in(server.frames.syn(3), server.frames.syn(5))
      server.machine.goAway('internal', ascii('bye'))
      assert.equal(server.machine.state, 'draining')
      assert.deepEqual(server.out(), ['goaway 5 2 "bye"', ...PAD[wire]])
    })

    it('says none and no text unless told otherwise', () => {
      const { machine, out } = bench('client', wire)
      machine.goAway()
      assert.deepEqual(out(), ['goaway 0 0', ...PAD[wire]])
    })

    it('counts streams of extensions and refused ones in the last id (B14)', () => {
      const options = wire === 1 ? {} : { typed: true }
      const server = bench('server', wire, { ...options, extensions: [0xffffffff], maxInbound: 1 })
      server.in(wire === 1 ? server.frames.syn(3, { type: 0xffffffff }) : server.frames.syn(3, { data: hex('ffffffff') }))
      server.in(server.frames.syn(5), server.frames.syn(7))
      server.machine.goAway()
      assert.deepEqual(server.out(), [`rst 7 ${code(server, 'refused')}`, 'goaway 7 0', ...PAD[wire]])
    })

    it('does not count what came after the first GOAWAY', () => {
      const server = bench('server', wire)
      server.in(server.frames.syn(3))
      server.machine.goAway()
      server.out()
      server.in(server.frames.syn(5))
      server.machine.goAway('internal')
      assert.deepEqual(server.out(), [`rst 5 ${code(server, 'refused')}`, 'goaway 3 2', ...PAD[wire]])
      server.machine.close('internal')
      assert.deepEqual(server.out(), ['goaway 3 2'])
    })

    it('is said again with a later reason, and only the latest when the former has not left', () => {
      const { machine, out } = bench('client', wire)
      machine.goAway('none')
      machine.goAway('internal', ascii('really'))
      assert.deepEqual(out(), ['goaway 0 2 "really"', ...PAD[wire]])
    })

    it('refuses streams that the peer opens after it, and swallows what follows on them (B3)', () => {
      const server = bench('server', wire)
      server.machine.goAway()
      server.out()
      const { frames } = server
      assert.deepEqual(server.in(frames.syn(3), frames.data(3, ascii('x')), frames.credit(3, 1), frames.fin(3)), [])
      assert.deepEqual(server.out(), [`rst 3 ${code(server, 'refused')}`])
      assert.deepEqual(server.in(frames.syn(5), frames.rst(5, 2), frames.data(5, ascii('y'))), [])
      assert.deepEqual(server.out(), [`rst 5 ${code(server, 'refused')}`])
      assert.equal(server.machine.state, 'draining')
    })

    it('lets open streams run on, and this end open more', () => {
      const server = bench('server', wire)
      server.in(server.frames.syn(3))
      server.machine.goAway()
      assert.equal(server.machine.open(), 2)
      server.machine.send(3, ascii('hi'))
      assert.sameMembers(server.out(), ['goaway 0 0', ...PAD[wire], 'syn 2', 'data 3 "hi"'].map((text) => text.replace('goaway 0', 'goaway 3')))
      assert.deepEqual(server.in(server.frames.data(3, ascii('on')), server.frames.data(2, ascii('too'))), ['deliver 3 "on"', 'deliver 2 "too"'])
    })

    it('does nothing once the session is closed', () => {
      const { machine, out } = bench('client', wire)
      machine.close()
      out()
      machine.goAway('internal')
      assert.deepEqual(out(), [])
    })

    it('cuts its debug text to what a frame of either dialect holds (B2)', () => {
      const { machine, out } = bench('client', wire)
      machine.goAway('none', pattern(20_000))
      assert.deepEqual(out(), ['goaway 0 0 [16375]', ...PAD[wire]])
    })

    it('is heard: streams above the last id die and may be tried again, the others live, open throws', () => {
      const { machine, frames, in: receive, out } = bench('client', wire)
      Array.from({ length: 3 }, () => machine.open())
      out()
      const heard = receive(frames.goaway(5, code(bench('client', wire), 'internal'), ascii('bye')))
      assert.deepEqual(heard, ['abort 7 SESSION_GONE_AWAY internal retryable', 'drain SESSION_GONE_AWAY internal retryable "bye"'])
      assert.equal(machine.state, 'draining')
      assert.equal(thrown(() => machine.open()), 'SESSION_GONE_AWAY')
      assert.equal(machine.send(7, ascii('x')), 0)
      assert.deepEqual(receive(frames.data(3, ascii('on')), frames.data(7, ascii('late'))), ['deliver 3 "on"'])
      assert.equal(machine.send(5, ascii('x')), 1)
      assert.deepEqual(out(), ['data 5 "x"'], 'no RST for the stream that the peer does not know')
    })

    it('is heard: the peer may go on opening', () => {
      const { frames, in: receive } = bench('client', wire)
      receive(frames.goaway(0, 0))
      assert.deepEqual(receive(frames.syn(2)), ['accept 2'])
    })

    it('is heard: streams that the peer opened live, whatever the last id', () => {
      const { frames, in: receive } = bench('client', wire)
      receive(frames.syn(2), frames.syn(4))
      assert.deepEqual(receive(frames.goaway(0, 0)), ['drain SESSION_GONE_AWAY none retryable'])
    })

    it('is heard again: the last id may be lower then', () => {
      const { machine, frames, in: receive, out } = bench('client', wire)
      machine.open()
      machine.open()
      out()
      assert.deepEqual(receive(frames.goaway(5, 0)), ['drain SESSION_GONE_AWAY none retryable'])
      assert.deepEqual(receive(frames.goaway(3, 2)), ['abort 5 SESSION_GONE_AWAY internal retryable', 'drain SESSION_GONE_AWAY internal retryable'])
    })

    it('is heard from both ends at once', () => {
      const { machine, frames, in: receive, out, snapshot } = bench('client', wire)
      assert.equal(snapshot().goneAway, 'none')
      machine.goAway()
      assert.equal(snapshot().goneAway, 'local')
      receive(frames.goaway(0, 0))
      assert.equal(snapshot().goneAway, 'both')
      machine.goAway('internal')
      assert.equal(snapshot().goneAway, 'both')
      assert.deepEqual(out(), ['goaway 0 2', ...PAD[wire]])
      const other = bench('client', wire)
      other.in(frames.goaway(0, 0))
      assert.equal(other.snapshot().goneAway, 'peer')
      other.machine.goAway()
      assert.equal(other.snapshot().goneAway, 'both')
    })

    it('is acted on at its fixed bytes, and told again with the text that comes later', () => {
      const { machine, frames, in: receive } = bench('client', wire)
      const bytes = frames.goaway(0, 2, ascii('a text of some length'))
      assert.deepEqual(receive(bytes.subarray(0, 15)), [])
      assert.deepEqual(receive(bytes.subarray(15, 16)), ['drain SESSION_GONE_AWAY internal retryable'])
      assert.equal(thrown(() => machine.open()), 'SESSION_GONE_AWAY')
      assert.deepEqual(receive(bytes.subarray(16), frames.syn(2)), ['drain SESSION_GONE_AWAY internal retryable "a text of some length"', 'accept 2'])
    })

    it('hands numbers without a name through', () => {
      const { frames, in: receive } = bench('client', wire)
      assert.deepEqual(receive(frames.goaway(0, 200, ascii('?'))), ['drain SESSION_GONE_AWAY 200 retryable "?"'])
    })
  })

  describe(`the end of a session, wire ${wire}`, () => {
    it('by close: streams abort, what is queued is dropped, GOAWAY goes out and nothing else', () => {
      const server = bench('server', wire)
      const { machine } = server
      server.in(server.frames.syn(3), server.frames.syn(5))
      machine.send(3, pattern(100))
      machine.open()
      machine.reset(5)
      const actions = actionTexts(machine.close('none', ascii('done')))
      assert.deepEqual(actions, ['abort 3 SESSION_CLOSED none', 'abort 2 SESSION_CLOSED none', 'close'])
      assert.deepEqual(server.out(), ['goaway 5 0 "done"'])
      assert.equal(machine.state, 'closed')
      assert.equal(machine.queued, 0)
    })

    it('by close with a reason: the error says it', () => {
      const server = bench('server', wire)
      server.in(server.frames.syn(3))
      assert.deepEqual(actionTexts(server.machine.close('internal')), ['abort 3 SESSION_CLOSED internal', 'close SESSION_CLOSED'])
      assert.equal(server.out()[0], 'goaway 3 2')
      assert.deepEqual(actionTexts(bench('client', wire).machine.close(0)), ['close'], '0 is none')
    })

    it('comes once: later commands and bytes do nothing, open throws', () => {
      const { machine, frames, in: receive, out, end } = bench('client', wire)
      machine.open()
      out()
      machine.close()
      out()
      assert.deepEqual(receive(frames.syn(2), frames.data(3, ascii('x'))), [])
      assert.deepEqual(end(), [])
      assert.deepEqual(machine.close('internal'), [])
      assert.deepEqual(machine.poll(), [])
      assert.equal(machine.send(3, ascii('x')), 0)
      machine.consume(3, 1)
      machine.finish(3)
      machine.reset(3)
      assert.equal(thrown(() => machine.open()), 'SESSION_CLOSED')
      assert.deepEqual(out(), [])
    })

    it('keeps the first error: what follows a fatal frame is not even read', () => {
      const { machine, frames, in: receive, out, snapshot } = bench('server', wire)
      assert.deepEqual(receive(frames.syn(4), frames.syn(3), frames.raw(9, 9, 9, pattern(20)), frames.goaway(0, 7)), ['close PEER_PROTOCOL'])
      const { budgets, goneAway } = snapshot()
      assert.equal(budgets.useless, 0)
      assert.notInclude(['peer', 'both'], goneAway)
      assert.deepEqual(machine.close('internal'), [])
      assert.lengthOf(out(), 1)
    })

    it('by close after goAway: nothing to add', () => {
      const { machine, out } = bench('client', wire)
      machine.goAway('internal')
      assert.deepEqual(out(), ['goaway 0 2', ...PAD[wire]])
      assert.deepEqual(actionTexts(machine.close()), ['close'])
      assert.deepEqual(out(), [])
    })

    it('by close before a GOAWAY has left: that one is the last frame', () => {
      const { machine, out } = bench('client', wire)
      machine.open()
      machine.goAway('internal', ascii('bye'))
      machine.close()
      assert.deepEqual(out(), ['goaway 0 2 "bye"'])
    })

    it('by the transport, in good order: a GOAWAY, and no error (B9)', () => {
      const { machine, frames, in: receive, out, end } = bench('server', wire)
      receive(frames.syn(3, { fin: true }), frames.goaway(0, 0))
      machine.finish(3)
      out()
      assert.deepEqual(end(), ['close'])
      assert.deepEqual(out(), ['goaway 3 0'])
      assert.deepEqual(end(), [])
    })

    it('by the transport, after a GOAWAY of our own: nothing to add', () => {
      const { machine, out, end } = bench('server', wire)
      machine.goAway()
      out()
      assert.deepEqual(end(), ['close'])
      assert.deepEqual(out(), [])
    })

    it('by the transport, with streams open: an error for each, but the finished reader keeps what it has', () => {
      const server = bench('server', wire)
      assert.deepEqual(server.in(server.frames.syn(3), server.frames.data(3, ascii('all'), true)), ['accept 3', 'deliver 3 "all"', 'finish 3'])
      assert.deepEqual(server.end(), ['abort 3 PEER_EOF peerEof', 'close PEER_EOF'])
      assert.match(server.out().join(), new RegExp(`^goaway 3 ${code(server, 'peerEof')} "?`))
    })

    it('by the transport, inside a frame (B15, Q8): an error, and no FIN for a frame cut off', () => {
      const { frames } = bench('server', wire)
      const cuts: Uint8Array[] = [
        frames.syn(3).subarray(0, 3), frames.rst(3, 1).subarray(0, 10), frames.data(3, ascii('abcdef'), true).subarray(0, 8),
        frames.data(3, ascii('abcdef'), true).subarray(0, 12), frames.goaway(0, 0, ascii('bye')).subarray(0, 15),
        frames.data(99, ascii('abcdef')).subarray(0, 8)
      ]
      for (const cut of cuts) {
        const server = bench('server', wire)
        server.in(server.frames.syn(wire === 1 ? 99 : 3, { fin: true }))
        server.machine.finish(wire === 1 ? 99 : 3)
        server.out()
        server.in(cut)
        assert.deepEqual(server.end(), ['close PEER_EOF'], toHex(cut))
      }
      const server = bench('server', wire)
      assert.notInclude(server.in(server.frames.syn(3), frames.data(3, ascii('abcdef'), true).subarray(0, 12)), 'finish 3')
    })

    it('by the transport, inside a frame behind the peer\'s GOAWAY: no error, unless a stream of the application is open', () => {
      const { frames } = bench('server', wire)
      for (const cut of [frames.goaway(0, 0, ascii('bye')).subarray(0, 17), concat([frames.goaway(0, 0), frames.rst(3, 1).subarray(0, 10)])]) {
        const server = bench('server', wire)
        server.in(frames.syn(3), frames.rst(3, 1), cut)
        assert.deepEqual(server.end(), ['close'], toHex(cut))
        const busy = bench('server', wire)
        busy.in(frames.syn(3), cut)
        assert.deepEqual(busy.end(), ['abort 3 PEER_EOF peerEof', 'close PEER_EOF'], toHex(cut))
      }
    })

    it('by a frame that cannot be, behind the peer\'s GOAWAY: no error, unless a stream of the application is open', () => {
      const { frames } = bench('server', wire)
      const broken = concat([frames.goaway(0, 0), frames.raw(2, 0, 3, pattern(5)), frames.syn(5)])
      const server = bench('server', wire)
      assert.deepEqual(server.in(broken), ['drain SESSION_GONE_AWAY none retryable', 'close'])
      assert.lengthOf(server.out(), 1, 'a GOAWAY')
      const busy = bench('server', wire)
      assert.equal(busy.in(frames.syn(3), broken).at(-1), 'close PEER_FRAME_SIZE')
    })
  })
}

describe('GOAWAY that lies about its length, wire 1 (B1)', () => {
  // Sixteen and more bytes announced, eight sent: what Go writes.
  const lie = (last: number, text: number): Uint8Array => concat([hex('00'), Uint8Array.of(16 + text), hex('0006 00000000'), hex(last.toString(16).padStart(8, '0')), hex('00000000')])

  it('is acted on at once', () => {
    const { machine, in: receive, out } = bench('client', 1)
    machine.open()
    out()
    assert.deepEqual(receive(lie(1, 5)), ['abort 3 SESSION_GONE_AWAY none retryable', 'drain SESSION_GONE_AWAY none retryable'])
    assert.equal(machine.state, 'draining')
  })

  it('leaves every kind of frame behind it intact', () => {
    const { frames } = bench('client', 1)
    for (const text of [0, 3, 5, 15, 40, 200]) {
      const client = bench('client', 1)
      const id = client.machine.open()
      client.out()
      client.in(lie(3, text))
      assert.deepEqual(client.in(frames.data(id, ascii('after-goaway'))), ['deliver 3 "after-goaway"'], `text of ${text}`)
      assert.deepEqual(client.in(lie(3, text), frames.syn(2, { priority: 1, type: 2, fin: true })), [
        'drain SESSION_GONE_AWAY none retryable', 'accept 2 type 2 priority 1', 'finish 2'
      ])
      assert.deepEqual(client.in(lie(3, text), frames.credit(id, 5), lie(3, text), frames.fin(id)).at(-1), 'finish 3')
      assert.deepEqual(client.in(lie(3, text), frames.rst(id, 2)).at(-1), 'abort 3 STREAM_RESET internal')
    }
  })

  it('followed by nothing is a clean end', () => {
    const { in: receive, end, out } = bench('client', 1)
    receive(lie(0, 15))
    assert.deepEqual(end(), ['close'])
    assert.deepEqual(out(), ['goaway 0 0'])
  })

  it('followed by a part of a header is one as well, unless a stream is open', () => {
    const { in: receive, end } = bench('client', 1)
    receive(lie(0, 15), hex('0000'))
    assert.deepEqual(end(), ['close'])
    const busy = bench('client', 1)
    busy.machine.open()
    busy.in(lie(3, 15), hex('0000'))
    assert.deepEqual(busy.end(), ['abort 3 PEER_EOF peerEof', 'close PEER_EOF'])
  })

  it('tells the truth when text follows, and the drain comes again with it', () => {
    const { frames, in: receive } = bench('client', 1)
    const bytes = frames.goaway(0, 2, ascii('going down for maintenance'))
    assert.deepEqual(receive(bytes, frames.syn(2)), ['drain SESSION_GONE_AWAY internal retryable [26]', 'accept 2'])
    const late = bench('client', 1)
    assert.deepEqual(late.in(bytes.subarray(0, 16)), ['drain SESSION_GONE_AWAY internal retryable'])
    assert.deepEqual(late.in(bytes.subarray(16, 25)), [])
    assert.deepEqual(late.in(bytes.subarray(25), frames.syn(2)), ['drain SESSION_GONE_AWAY internal retryable [26]', 'accept 2'])
    assert.equal(late.snapshot().budgets.useless, 0, 'one GOAWAY, not two')
  })

  it('tells the truth with exactly eight bytes of text', () => {
    const { frames, in: receive } = bench('client', 1)
    assert.deepEqual(receive(frames.goaway(0, 0, ascii('8 bytes.')), frames.syn(2)), ['drain SESSION_GONE_AWAY none retryable "8 bytes."', 'accept 2'])
  })

  it('is trusted below sixteen bytes', () => {
    const { frames, in: receive } = bench('client', 1)
    const bytes = frames.goaway(0, 0, ascii('seven..'))
    assert.deepEqual(receive(bytes.subarray(0, 20)), ['drain SESSION_GONE_AWAY none retryable'])
    assert.deepEqual(receive(bytes.subarray(20), frames.syn(2)), ['drain SESSION_GONE_AWAY none retryable "seven.."', 'accept 2'])
  })

  it('of ours tells the truth', () => {
    const machine = createMachine({ role: 'client' })
    machine.goAway('cancel', ascii('debug'))
    assert.equal(toHex(drainBytes(machine)), '000d000600000000000000000000000764656275670000'.slice(0, 42))
  })
})

describe('GOAWAY of ours, wire 2 (Q1)', () => {
  it('is followed by eight bytes that the Go peer may swallow and everyone else ignores, unless it is the last frame', () => {
    const { machine, frames } = bench('client', 2)
    machine.goAway('reset', ascii('bye'))
    const bytes = drainBytes(machine)
    assert.equal(toHex(bytes), '00000b30000000000000000000000007627965' + '0000001100000001')
    const peer = bench('server', 2)
    assert.deepEqual(peer.in(bytes, frames.syn(3)), ['drain SESSION_GONE_AWAY reset retryable "bye"', 'accept 3'])
    assert.deepEqual(peer.out(), [])
  })
})

describe('GOAWAY whose length leaves out its eight fixed bytes, wire 2 (R6)', () => {
  // What the Rust crate writes: the length is that of the text, and the last eight bytes of the text stand where the next header should.
  const short = (last: number, code: number, text: string): Uint8Array =>
    concat([Uint8Array.of(0, 0, text.length, 0x30), hex('00000000'), hex(last.toString(16).padStart(8, '0')), hex(code.toString(16).padStart(8, '0')), ascii(text)])
  // The last eight bytes read as headers of an unknown type, twice, of a WNDINC and of a GOAWAY, which cannot be as long as they say
  const texts = ['no error', 'the session was closed', 'bye, all done', 'served 12 of 345678']

  it('is a goodbye with any text, when nothing is open or what is open it has not seen', () => {
    for (const text of texts) {
      const client = bench('client', 2)
      client.machine.open()
      client.out()
      const [first, second, ...last] = [...client.in(short(0, 10, text)), ...client.end()]
      assert.equal(first, 'abort 3 SESSION_GONE_AWAY calm retryable')
      assert.match(second ?? '', /^drain SESSION_GONE_AWAY calm retryable/)
      assert.deepEqual(last, ['close'], text)
    }
  })

  it('ends in an error when a stream is open', () => {
    for (const text of texts) {
      const client = bench('client', 2)
      client.machine.open()
      client.out()
      const actions = [...client.in(short(3, 0, text)), ...client.end()]
      assert.match(actions.slice(-2).join(), /^abort 3 (PEER_EOF peerEof|PEER_FRAME_SIZE frameSize),close PEER_(EOF|FRAME_SIZE)$/, text)
    }
  })
})

import { assert } from 'chai'
import { ascii, pattern } from '../../../../test/support/bytes.ts'
import { bench } from '../../../../test/support/bench.ts'
import { wire2 } from '../../../../test/support/frames.ts'

const { raw, syn, data, fin, rst, credit, goaway } = wire2
const NONE = new Uint8Array(0)

describe('bad input, wire 2 (spec 2.7)', () => {
  const fatal: [string, string, number, Uint8Array[]][] = [
    ['a SYN of the wrong parity', 'PEER_PROTOCOL', 1, [syn(4)]],
    ['a SYN on a live stream', 'PEER_PROTOCOL', 1, [syn(3), syn(3)]],
    ['DATA on id 0', 'PEER_PROTOCOL', 1, [data(0, ascii('x'))]],
    ['an empty FIN on id 0', 'PEER_PROTOCOL', 1, [fin(0)]],
    ['a SYN on id 0', 'PEER_PROTOCOL', 1, [syn(0)]],
    ['an RST on id 0', 'PEER_PROTOCOL', 1, [rst(0, 1)]],
    ['a WNDINC on id 0', 'PEER_PROTOCOL', 1, [credit(0, 1)]],
    ['a WNDINC of 0', 'PEER_PROTOCOL', 1, [syn(3), credit(3, 0)]],
    ['a WNDINC that masks to 0', 'PEER_PROTOCOL', 1, [syn(3), credit(3, 0x80000000)]],
    ['a WNDINC of 0 on an unknown stream', 'PEER_PROTOCOL', 1, [credit(99, 0)]],
    ['an RST of 3 bytes', 'PEER_FRAME_SIZE', 8, [syn(3), raw(0, 0, 3, pattern(3))]],
    ['an RST of 5 bytes', 'PEER_FRAME_SIZE', 8, [raw(0, 0, 3, pattern(5))]],
    ['a WNDINC of 5 bytes', 'PEER_FRAME_SIZE', 8, [syn(3), raw(2, 0, 3, pattern(5))]],
    ['a WNDINC of 0 bytes', 'PEER_FRAME_SIZE', 8, [raw(2, 0, 3)]],
    ['a GOAWAY of 7 bytes', 'PEER_FRAME_SIZE', 8, [raw(3, 0, 0, pattern(7))]],
    ['a GOAWAY of 0 bytes', 'PEER_FRAME_SIZE', 8, [raw(3, 0, 0)]],
    ['a GOAWAY of 7 bytes on a stream: the length is judged first (spec 2.6)', 'PEER_FRAME_SIZE', 8, [raw(3, 0, 1, pattern(7))]],
    ['a GOAWAY on a stream', 'PEER_PROTOCOL', 1, [raw(3, 0, 1, new Uint8Array(8))]],
    ['a wire 1 peer', 'PEER_FRAME_SIZE', 8, [Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 3)]]
  ]
  for (const [title, error, number, frames] of fatal) {
    it(`${title} ends the session: ${error}`, () => {
      const server = bench('server', 2)
      assert.equal(server.in(...frames).at(-1), `close ${error}`)
      assert.match(server.out().at(-1) ?? '', new RegExp(`^goaway \\d+ ${number} ["[]`), 'GOAWAY says why, in words too, and nothing follows')
    })
  }

  const harmless: [string, Uint8Array[], string[], string[]][] = [
    ['unknown types 4 to 15 with their bodies', Array.from({ length: 12 }, (_, at) => raw(4 + at, at, at, pattern(at))), [], []],
    ['an unknown type before a frame', [raw(14, 3, 9, pattern(300)), syn(3)], ['accept 3'], []],
    ['unknown flags of DATA', [syn(3), raw(1, 0xc, 3, ascii('x'))], ['accept 3', 'deliver 3 "x"'], []],
    ['flags of RST, WNDINC and GOAWAY', [syn(3), raw(2, 0xf, 3, pattern(4, 1)), raw(3, 0xf, 0, new Uint8Array(8)), raw(0, 0xf, 3, Uint8Array.of(0, 0, 0, 2))],
      ['accept 3', 'drain SESSION_GONE_AWAY none retryable', 'abort 3 STREAM_RESET internal'], []],
    ['the reserved bit of a stream id (Q9)', [raw(1, 2, 0x80000003, ascii('x')), credit(0x80000003, 5)], ['accept 3', 'deliver 3 "x"'], []],
    ['DATA on an unknown id: answered by RST, once', [data(99, ascii('x')), data(99, NONE), data(99, ascii('y'), true)], [], ['rst 99 4']],
    ['DATA on an unknown id of our own: answered by RST', [data(2, ascii('x'))], [], ['rst 2 4']],
    ['empty DATA on an unknown id: answered by RST', [data(99, NONE)], [], ['rst 99 4']],
    ['an empty FIN on an unknown id', [fin(99), fin(1)], [], []],
    ['RST and WNDINC on an unknown id', [rst(99, 4), credit(99, 1)], [], []],
    ['empty DATA on a live stream', [syn(3), data(3, NONE)], ['accept 3'], []],
    ['an RST with an unknown code', [syn(3), rst(3, 0xffffffff)], ['accept 3', 'abort 3 STREAM_RESET 4294967295'], []],
    ['a second GOAWAY (Q6)', [goaway(5, 0), goaway(3, 2)], ['drain SESSION_GONE_AWAY internal retryable'], []]
  ]
  for (const [title, frames, actions, sent] of harmless) {
    it(`${title} is no error`, () => {
      const server = bench('server', 2)
      assert.deepEqual(server.in(...frames), actions)
      assert.deepEqual(server.out(), sent)
      assert.notEqual(server.machine.state, 'closed')
    })
  }

  it('answers nothing on a stream refused while full (Q7)', () => {
    const { frames, in: receive, out } = bench('server', 2, { maxInbound: 0 })
    receive(frames.syn(3))
    out()
    assert.deepEqual(receive(data(3, ascii('x')), credit(3, 5), fin(3), rst(3, 1)), [])
    assert.deepEqual(out(), [])
  })

  it('skips the payload of a refused SYN instead of reading it as frames (Q2)', () => {
    const { machine, frames, in: receive, out } = bench('server', 2)
    machine.goAway()
    out()
    assert.deepEqual(receive(frames.syn(5, { data: rst(7, 0) }), frames.goaway(0, 0)), ['drain SESSION_GONE_AWAY none retryable'])
    assert.deepEqual(out(), ['rst 5 5'])
  })
})

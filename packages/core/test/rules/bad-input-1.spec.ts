import { assert } from 'chai'
import { ascii, pattern } from '../../../../test/support/bytes.ts'
import { bench, type Bench } from '../../../../test/support/bench.ts'
import { wire1 } from '../../../../test/support/frames.ts'

const { raw, syn, data, rst, credit } = wire1
const NONE = new Uint8Array(0)

/** Every row ends the session with this code, and the peer is told with this number. */
function dies (error: string, number: number, frames: readonly Uint8Array[], role: 'client' | 'server' = 'server'): void {
  const end = bench(role, 1)
  assert.equal(end.in(...frames).at(-1), `close ${error}`)
  const sent = end.out()
  assert.match(sent.at(-1) ?? '', new RegExp(`^goaway \\d+ ${number} "|^goaway \\d+ ${number} \\[`), 'GOAWAY says why, in words too')
  assert.equal(end.machine.state, 'closed')
}

describe('bad input, wire 1 (spec 2.7)', () => {
  const fatal: [string, string, number, Uint8Array[]][] = [
    ['a SYN with id 0', 'PEER_PROTOCOL', 1, [syn(0)]],
    ['a SYN with id 1', 'PEER_PROTOCOL', 1, [syn(1)]],
    ['a SYN that repeats', 'PEER_PROTOCOL', 1, [syn(3), syn(3)]],
    ['a SYN that goes back', 'PEER_PROTOCOL', 1, [syn(9), syn(5)]],
    ['a SYN of the wrong parity', 'PEER_PROTOCOL', 1, [syn(4)]],
    ['a SYN of 4 bytes without flags', 'PEER_FRAME_SIZE', 5, [raw(1, 0, 3, pattern(4))]],
    ['a SYN of 0 bytes with a type flag', 'PEER_FRAME_SIZE', 5, [raw(1, 4, 3)]],
    ['a SYN of 4 bytes with both flags', 'PEER_FRAME_SIZE', 5, [raw(1, 6, 3, pattern(4))]],
    ['a SYN of 8 bytes with one flag', 'PEER_FRAME_SIZE', 5, [raw(1, 2, 3, pattern(8))]],
    ['a SYN of 9 bytes', 'PEER_FRAME_SIZE', 5, [raw(1, 6, 3, pattern(9))]],
    ['a SYN of 16,383 bytes', 'PEER_FRAME_SIZE', 5, [raw(1, 0, 3, NONE, 16383)]],
    ['type 0', 'PEER_PROTOCOL', 1, [raw(0, 0, 3)]],
    ['type 5', 'PEER_PROTOCOL', 1, [raw(5, 0, 3, pattern(4))]],
    ['type 7', 'PEER_PROTOCOL', 1, [raw(7, 0, 0)]],
    ['type 31', 'PEER_PROTOCOL', 1, [raw(31, 0, 0)]],
    ['an RST of 3 bytes', 'PEER_FRAME_SIZE', 5, [syn(3), raw(2, 0, 3, pattern(3))]],
    ['an RST of 5 bytes', 'PEER_FRAME_SIZE', 5, [syn(3), raw(2, 0, 3, pattern(5))]],
    ['an RST of 0 bytes', 'PEER_FRAME_SIZE', 5, [syn(3), raw(2, 0, 3)]],
    ['a WNDINC of 8 bytes', 'PEER_FRAME_SIZE', 5, [syn(3), raw(4, 0, 3, pattern(8))]],
    ['a WNDINC of 0 bytes', 'PEER_FRAME_SIZE', 5, [syn(3), raw(4, 0, 3)]],
    ['a GOAWAY of 0 bytes', 'PEER_FRAME_SIZE', 5, [raw(6, 0, 0, pattern(8), 0)]],
    ['a GOAWAY of 7 bytes', 'PEER_FRAME_SIZE', 5, [raw(6, 0, 0, pattern(7))]],
    ['DATA above the highest id of the peer', 'PEER_PROTOCOL', 1, [data(99, ascii('x'))]],
    ['DATA above the highest id of ours', 'PEER_PROTOCOL', 1, [data(2, ascii('x'))]],
    ['an empty FIN above the highest id', 'PEER_PROTOCOL', 1, [wire1.fin(99)]],
    ['an RST above the highest id', 'PEER_PROTOCOL', 1, [rst(99, 0)]],
    ['an RST above the highest id of ours', 'PEER_PROTOCOL', 1, [rst(2, 0)]],
    ['a WNDINC above the highest id', 'PEER_PROTOCOL', 1, [credit(99, 1)]],
    ['a wire 2 peer', 'PEER_PROTOCOL', 1, [Uint8Array.of(0, 0, 0, 0x12, 0, 0, 0, 3)]]
  ]
  for (const [title, error, number, frames] of fatal) {
    it(`${title} ends the session: ${error}`, () => dies(error, number, frames))
  }

  it('judges by each end’s own ids: what a client must not name', () => {
    dies('PEER_PROTOCOL', 1, [data(3, ascii('x'))], 'client')
    dies('PEER_PROTOCOL', 1, [credit(2, 1)], 'client')
    const client = bench('client', 1)
    client.machine.open()
    assert.deepEqual(client.in(data(3, ascii('x'))), ['deliver 3 "x"'])
  })

  const harmless: [string, Uint8Array[], string[], string[]][] = [
    ['unknown flag bits of a SYN', [raw(1, 0xf8, 3)], ['accept 3'], []],
    ['reserved bits of length, type and id', [Uint8Array.of(0xc0, 0, 0, 0xe1, 0x80, 0, 0, 3)], ['accept 3'], []],
    ['unknown flag bits of DATA', [syn(3), raw(3, 0xfe, 3, ascii('x'))], ['accept 3', 'deliver 3 "x"'], []],
    ['flags of RST, WNDINC and GOAWAY', [syn(3), raw(4, 0xff, 3, pattern(4)), raw(6, 0xff, 9, new Uint8Array(8)), raw(2, 0xff, 3, Uint8Array.of(0, 0, 0, 2))],
      ['accept 3', 'drain SESSION_GONE_AWAY none retryable', 'abort 3 STREAM_RESET internal'], []],
    ['a stream id in a GOAWAY', [raw(6, 0, 9, new Uint8Array(8))], ['drain SESSION_GONE_AWAY none retryable'], []],
    ['the top bit of a last id', [raw(6, 0, 0, Uint8Array.of(0x80, 0, 0, 3, 0, 0, 0, 0))], ['drain SESSION_GONE_AWAY none retryable'], []],
    ['DATA on id 0: answered by RST', [data(0, ascii('x'))], [], ['rst 0 4']],
    ['DATA on id 1: answered by RST', [data(1, ascii('x'))], [], ['rst 1 4']],
    ['DATA on a skipped id: answered by RST, once', [syn(9), data(5, ascii('x')), data(5, ascii('y'))], ['accept 9'], ['rst 5 4']],
    ['a FIN on id 0 or a skipped id', [syn(9), wire1.fin(0), wire1.fin(5)], ['accept 9'], []],
    ['RST and WNDINC on id 0', [rst(0, 0), credit(0, 1)], [], []],
    ['RST and WNDINC on id 1', [rst(1, 0), credit(1, 1)], [], []],
    ['RST and WNDINC on a skipped id', [syn(9), rst(5, 0), credit(5, 1)], ['accept 9'], []],
    ['empty DATA on a live stream', [syn(3), data(3, NONE)], ['accept 3'], []],
    ['an RST with an unknown code', [syn(3), rst(3, 0xffffffff)], ['accept 3', 'abort 3 STREAM_RESET 4294967295'], []],
    ['the longest DATA', [syn(3), data(3, pattern(16383))], ['accept 3', 'deliver 3 [16383]'], []],
    ['DATA that is longer than its header can say', [syn(3), raw(3, 0, 3, NONE, 0x4000)], ['accept 3'], []]
  ]
  for (const [title, frames, actions, sent] of harmless) {
    it(`${title} is no error`, () => {
      const server = bench('server', 1)
      assert.deepEqual(server.in(...frames), actions)
      assert.deepEqual(server.out(), sent)
      assert.notEqual(server.machine.state, 'closed')
    })
  }

  it('all streams die with the session, and are told of what', () => {
    const server: Bench = bench('server', 1)
    server.machine.open()
    server.in(syn(3), syn(5))
    assert.deepEqual(server.in(raw(9, 0, 0)), ['abort 2 PEER_PROTOCOL protocol', 'abort 3 PEER_PROTOCOL protocol', 'abort 5 PEER_PROTOCOL protocol', 'close PEER_PROTOCOL'])
    assert.lengthOf(server.out(), 1)
    assert.isEmpty(server.snapshot().streams)
  })

  it('says what was wrong', () => {
    const { machine } = bench('server', 1)
    const [close] = machine.receive(raw(2, 0, 3, pattern(3)))
    assert.equal(close?.type, 'close')
    if (close?.type !== 'close') return
    assert.equal(close.error?.reason, 'frameSize')
    assert.equal(close.error?.wireCode, 5)
    assert.isFalse(close.error?.retryable)
    assert.match(close.error?.message ?? '', /rst/i)
  })
})

// The reader and the writer of this room against what is written down elsewhere: the examples of the specification, and recordings of peers.
import { assert } from 'chai'
import { readFileSync } from 'node:fs'
import { field, type Frame, frameText, Reader, synFields } from '../src/reader.ts'
import { type Kind, REASONS, u32, type WireNumber, Writer } from '../src/wire.ts'

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

interface Read {
  readonly frames: readonly Frame[]
  readonly payload: Uint8Array
  readonly broken: string | undefined
  readonly cut: boolean
}

function read (wire: WireNumber, bytes: Uint8Array, size: number = bytes.length): Read {
  const frames: Frame[] = []
  const parts: Uint8Array[] = []
  const reader = new Reader(wire, {
    frame: (frame) => { frames.push(frame) },
    payload: (_, view) => { parts.push(view) },
    end: () => {}
  })
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
  return { frames, payload: Buffer.concat(parts), broken: reader.broken, cut: reader.end() }
}

/** The lines of a block of appendix C that show whole frames, as bytes and words. */
function examples (title: string): ReadonlyArray<{ readonly bytes: Buffer, readonly words: string }> {
  const protocol = file('docs/PROTOCOL.md')
  const text = protocol.slice(protocol.indexOf(`### ${title}`)).split(/\n(?=###? )/)[0] ?? ''
  return [...text.matchAll(/^[CS] ((?:[0-9a-f]+ )+) +(.+)$/gm)].map(([, hex = '', words = '']) => ({ bytes: Buffer.from(hex.replaceAll(' ', ''), 'hex'), words }))
}

describe('Reader', () => {
  it('reads the examples of the specification as it explains them', () => {
    let seen = 0
    for (const [title, wire] of [['C.1', 1], ['C.3', 1], ['C.4', 1], ['C.6', 1], ['C.7', 1], ['C.8', 2], ['C.10', 2], ['C.12', 2]] as const) {
      for (const { bytes, words } of examples(title)) {
        const { frames: [frame], broken } = read(wire, bytes)
        assert.isUndefined(broken, words)
        const kinds: Readonly<Record<string, Kind>> = { SYN: 'syn', DATA: 'data', RST: 'rst', WNDINC: 'wndinc', GOAWAY: 'goaway', the: 'data' }
        const [, name = '', id] = /^(\w+)(?: (\d+))?/.exec(words) ?? []
        assert.equal(frame?.kind, kinds[name], words)
        if (id !== undefined) assert.equal(frame?.id, Number(id), words)
        if (name === 'DATA') assert.deepEqual([frame?.fin, frame?.syn], [words.includes('FIN'), words.includes('SYN')], words)
        if (name === 'RST') assert.equal(field(frame as Frame, 0), REASONS[/, (\w+)/.exec(words)?.[1] as 'cancel'][wire - 1], words)
        if (name === 'GOAWAY') assert.include(frameText(wire, frame as Frame), /last id \d+, \w+/.exec(words)?.[0] ?? '?', words)
        seen++
      }
    }
    assert.isAtLeast(seen, 25)
  })

  it('reads what deployed peers have sent, in any pieces', () => {
    for (const wire of [1, 2] as const) {
      const recorded = JSON.parse(file(`test/vectors/vectors-wire${wire}.json`)) as ReadonlyArray<{ readonly hex: string, readonly truncated?: boolean, readonly direction: string }>
      let seen = 0
      for (const { hex, truncated } of recorded) {
        const bytes = Buffer.from(hex, 'hex')
        if (truncated === true || bytes.length < 8) continue
        const whole = read(wire, bytes)
        for (const size of [1, 3, 9]) {
          const pieces = read(wire, bytes, size)
          assert.deepEqual(pieces.frames, whole.frames)
          assert.deepEqual(pieces.payload, whole.payload)
        }
        seen++
      }
      assert.isAtLeast(seen, 250)
    }
  })

  it('takes a GOAWAY of wire 1 for what it is, with its debug and without', () => {
    const { goaway, rst } = { goaway: (length: number) => new Writer({ wire: 1, typed: false }).goaway(3, 'none', undefined, { length }), rst: Buffer.from('0004000200000005' + '00000006', 'hex') }
    const lied = read(1, Buffer.concat([goaway(19), rst]))
    assert.deepEqual(lied.frames.map(({ kind, lies }) => [kind, lies]), [['goaway', true], ['rst', false]])
    const atTheEnd = read(1, goaway(19))
    assert.deepEqual([atTheEnd.frames[0]?.lies, atTheEnd.cut], [true, false])
    const honest = read(1, new Writer({ wire: 1, typed: false }).goaway(3, 'none', Buffer.from('maintenance')))
    assert.deepEqual([honest.frames[0]?.lies, honest.frames[0]?.whole, honest.frames[0]?.body.subarray(8).toString()], [false, true, 'maintenance'])
  })

  it('stops at what cannot be read, and says what it was', () => {
    assert.equal(read(1, Buffer.from('0000000500000003', 'hex')).broken, 'a frame of the unknown type 5')
    assert.equal(read(1, Buffer.from('0003000200000003', 'hex')).broken, 'RST with a length of 3')
    assert.equal(read(2, Buffer.from('0000073000000000', 'hex')).broken, 'GOAWAY with a length of 7')
    assert.equal(read(2, Buffer.from('00000cf000000000' + '00'.repeat(12), 'hex')).frames[0]?.kind, 'unknown')
    assert.isTrue(read(2, Buffer.from('000005', 'hex')).cut)
  })
})

describe('Writer', () => {
  it('writes what the reader reads', () => {
    const one = new Writer({ wire: 1, typed: false })
    const { frames: [syn] } = read(1, one.syn(3, 6, u32(5, 7)))
    assert.deepEqual(synFields(syn as Frame), { priority: 5, type: 7 })
    for (const wire of [1, 2] as const) {
      const w = new Writer({ wire, typed: true })
      const bytes = Buffer.concat([w.open(3, 9), w.data(3, Buffer.from('x'), 1), w.rst(5, 'calm'), w.wndinc(7, 10), w.farewell(9, 'frameSize', Buffer.from('bye'))])
      assert.deepEqual(read(wire, bytes).frames.map((frame) => frameText(wire, frame).slice(18)), wire === 1
        ? ['SYN 3, type 0x9', 'DATA 3, FIN, 1 bytes', 'RST 5, protocol (1)', 'WNDINC 7, 10', 'GOAWAY, last id 9, frameSize (5), "bye"']
        : ['DATA 3, SYN, 0 bytes', 'DATA 3, 4 bytes', 'DATA 3, FIN, 1 bytes', 'RST 5, calm (10)', 'WNDINC 7, 10',
          'GOAWAY, last id 9, frameSize (8), "bye"', 'DATA 1, FIN, 0 bytes'])
    }
  })
})

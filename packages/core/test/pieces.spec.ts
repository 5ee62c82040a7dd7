import { assert } from 'chai'
import { Pieces } from '../src/pieces.ts'
import { pattern as bytes } from '../../../test/support/bytes.ts'

const flat = (chunks: Iterable<Uint8Array>): number[] => Array.from(chunks, chunk => Array.from(chunk)).flat()

/** Take up to `max` bytes. */
function take (pieces: Pieces, max: number): Uint8Array[] {
  const runs: Uint8Array[] = []
  for (let left = Math.min(max, pieces.length); left > 0; left -= runs.at(-1)?.length ?? 0) runs.push(pieces.take(left))
  return runs
}

describe('Pieces', () => {
  it('gives back what was put in, in any portions', () => {
    for (const sizes of [[1], [7], [255], [256], [5_000], [1, 300, 2, 9_000, 3, 255, 17_000]]) {
      for (const max of [1, 3, 300, 10_000, Infinity]) {
        const waiting = new Pieces()
        const all = bytes(20_000)
        const out: number[] = []
        for (let at = 0, turn = 0, size; at < all.byteLength; at += size) {
          size = sizes[turn++ % sizes.length] ?? 0
          waiting.push(all.subarray(at, at + size))
          if (at % 3 === 0) out.push(...flat(take(waiting, max)))
        }
        while (waiting.length > 0) out.push(...flat(take(waiting, max)))
        assert.deepEqual(out, Array.from(all), `${sizes.join(' ')} in, ${max} out`)
      }
    }
  })

  const held = (pieces: Pieces): number => {
    const buffers = new Set(take(pieces, Infinity).map(({ buffer }) => buffer))
    return Array.from(buffers, ({ byteLength }) => byteLength).reduce((sum, size) => sum + size)
  }

  it('refers to what bulk brings, and copies what is small', () => {
    const waiting = new Pieces()
    const reads = Array.from({ length: 10 }, () => bytes(65_536))
    for (const read of reads) {
      for (let at = 0; at < 65_536; at += 16_391) waiting.push(read.subarray(at + 8, at + 16_391))
    }
    waiting.push(bytes(255))
    const chunks = take(waiting, Infinity)
    assert.lengthOf(chunks, 41)
    for (const [at, { buffer }] of chunks.slice(0, 40).entries()) assert.equal(buffer, reads[Math.floor(at / 4)]?.buffer)
    assert.notInclude(reads.map(({ buffer }) => buffer), chunks[40]?.buffer)
  })

  it('goes on referring to what bulk brings when it is never empty', () => {
    const waiting = new Pieces()
    let copies = 0
    for (let round = 0; round < 2_100; round++) {
      const read = new Uint8Array(65_536)
      for (let at = 0; at < 65_536; at += 16_391) waiting.push(read.subarray(at + 8, at + 16_391))
      if (round > 0) for (const { buffer } of take(waiting, 65_500)) copies += buffer.byteLength === 65_536 ? 0 : 1
    }
    assert.equal(copies, 0)
  })

  it('keeps what views point into only as far as that is one read more than they are', () => {
    for (const size of [256, 3_000, 8_200, 14_000, 16_383, 32_768, 60_000]) {
      const waiting = new Pieces()
      for (let total = 0; total < 262_144; total += size) waiting.push(new Uint8Array(65_536).subarray(0, size))
      const { length } = waiting
      assert.isAtMost(held(waiting), length + 65_536 + 16_384, `views of ${size}`)
    }
  })

  it('fills its blocks up where copies and views take turns', () => {
    const waiting = new Pieces()
    const read = new Uint8Array(262_144)
    for (let at = 0; at < 60_000; at += 257) {
      waiting.push(new Uint8Array(256))
      waiting.push(read.subarray(at, at + 1))
    }
    assert.isAtMost(held(waiting), 60_000 + 257 + 16_384)
  })

  it('goes on when its reader has given away what it took', () => {
    const waiting = new Pieces()
    waiting.push(bytes(300))
    for (let i = 0; i < 3; i++) waiting.push(bytes(10))
    for (const { buffer } of take(waiting, Infinity)) structuredClone(buffer, { transfer: [buffer] })
    for (let i = 0; i < 3; i++) waiting.push(bytes(10))
    assert.deepEqual(flat(take(waiting, Infinity)), [...bytes(10), ...bytes(10), ...bytes(10)])
  })

  it('keeps no message for a small part of it', () => {
    const waiting = new Pieces()
    waiting.push(bytes(1_048_576).subarray(0, 16_384))
    assert.equal(held(waiting), 16_384)
  })

  it('holds a window that came byte by byte in no more than twice its size', () => {
    const waiting = new Pieces()
    for (let i = 0; i < 65_536; i++) waiting.push(new Uint8Array(1_024).subarray(i & 1_023, (i & 1_023) + 1))
    const buffers = new Set(take(waiting, Infinity).map(({ buffer }) => buffer))
    const sum = Array.from(buffers, ({ byteLength }) => byteLength).reduce((sum, size) => sum + size)
    assert.isAtMost(sum, 2 * 65_536)
    assert.isAtMost(buffers.size, 40)
  })
})

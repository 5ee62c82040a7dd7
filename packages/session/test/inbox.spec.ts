import { assert } from 'chai'
import { Pieces } from '@muxado/core/pieces'
import { take } from '../src/inbox.ts'
import { bytes } from './pair.ts'

const flat = (chunks: Iterable<Uint8Array>): number[] => Array.from(chunks, chunk => Array.from(chunk)).flat()

describe('Pieces', () => {
  it('gives back what was put in, in any portions', () => {
    for (const size of [1, 7, 255, 256, 5_000]) {
      for (const max of [1, 3, 300, 10_000, Infinity]) {
        const inbox = new Pieces()
        const all = bytes(20_000)
        const out: number[] = []
        for (let at = 0; at < all.byteLength; at += size) {
          inbox.push(all.subarray(at, at + size))
          if (at % 3 === 0) out.push(...flat(take(inbox, max)))
        }
        while (inbox.length > 0) out.push(...flat(take(inbox, max)))
        assert.deepEqual(out, Array.from(all), `${size} in, ${max} out`)
      }
    }
  })

  it('says how much it took out', () => {
    const inbox = new Pieces()
    inbox.push(bytes(600))
    inbox.push(bytes(600))
    assert.equal(take(inbox, 700).byteLength, 700)
    assert.equal(inbox.length, 500)
    assert.equal(take(inbox, 700).byteLength, 500)
  })

  const held = (inbox: Pieces): number => {
    const buffers = new Set(Array.from(take(inbox, Infinity), ({ buffer }) => buffer))
    return Array.from(buffers, ({ byteLength }) => byteLength).reduce((sum, size) => sum + size)
  }

  it('refers to what bulk brings, and copies what is small', () => {
    const inbox = new Pieces()
    const reads = Array.from({ length: 10 }, () => bytes(65_536))
    for (const read of reads) {
      for (let at = 0; at < 65_536; at += 16_391) inbox.push(read.subarray(at + 8, at + 16_391))
    }
    inbox.push(bytes(255))
    const chunks = Array.from(take(inbox, Infinity))
    assert.lengthOf(chunks, 41)
    for (const [at, { buffer }] of chunks.slice(0, 40).entries()) assert.equal(buffer, reads[Math.floor(at / 4)]?.buffer)
    assert.notInclude(reads.map(({ buffer }) => buffer), chunks[40]?.buffer)
  })

  it('goes on referring to what bulk brings when it is never empty', () => {
    const inbox = new Pieces()
    let copies = 0
    for (let round = 0; round < 2_100; round++) {
      const read = new Uint8Array(65_536)
      for (let at = 0; at < 65_536; at += 16_391) inbox.push(read.subarray(at + 8, at + 16_391))
      if (round > 0) for (const { buffer } of take(inbox, 65_500)) copies += buffer.byteLength === 65_536 ? 0 : 1
    }
    assert.equal(copies, 0)
  })

  it('keeps what views point into only as far as that is one read more than they are', () => {
    for (const size of [256, 3_000, 8_200, 14_000, 16_383, 32_768, 60_000]) {
      const inbox = new Pieces()
      for (let total = 0; total < 262_144; total += size) inbox.push(new Uint8Array(65_536).subarray(0, size))
      const { length } = inbox
      assert.isAtMost(held(inbox), length + 65_536 + 16_384, `views of ${size}`)
    }
  })

  it('fills its blocks up where copies and views take turns', () => {
    const inbox = new Pieces()
    const read = new Uint8Array(262_144)
    for (let at = 0; at < 60_000; at += 257) {
      inbox.push(new Uint8Array(256))
      inbox.push(read.subarray(at, at + 1))
    }
    assert.isAtMost(held(inbox), 60_000 + 257 + 16_384)
  })

  it('goes on when its reader has given away what it took', () => {
    const inbox = new Pieces()
    inbox.push(bytes(300))
    for (let i = 0; i < 3; i++) inbox.push(bytes(10))
    for (const { buffer } of take(inbox, Infinity)) structuredClone(buffer, { transfer: [buffer] })
    inbox.push(bytes(10))
    assert.deepEqual(flat(take(inbox, Infinity)).slice(-10), [...bytes(10)])
  })

  it('keeps no message for a small part of it', () => {
    const inbox = new Pieces()
    inbox.push(bytes(1_048_576).subarray(0, 16_384))
    assert.equal(held(inbox), 16_384)
  })

  it('holds a window that came byte by byte in no more than twice its size', () => {
    const inbox = new Pieces()
    for (let i = 0; i < 65_536; i++) inbox.push(new Uint8Array(1_024).subarray(i & 1_023, (i & 1_023) + 1))
    const buffers = new Set(Array.from(take(inbox, Infinity), ({ buffer }) => buffer))
    const sum = Array.from(buffers, ({ byteLength }) => byteLength).reduce((sum, size) => sum + size)
    assert.isAtMost(sum, 2 * 65_536)
    assert.isAtMost(buffers.size, 40)
  })
})

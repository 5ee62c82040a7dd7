import { assert } from 'chai'
import { Inbox } from '../src/inbox.ts'
import { bytes } from './pair.ts'

const flat = (chunks: Iterable<Uint8Array>): number[] => Array.from(chunks, chunk => Array.from(chunk)).flat()

describe('Inbox', () => {
  it('gives back what was put in, in any portions', () => {
    for (const size of [1, 7, 255, 256, 5_000]) {
      for (const max of [1, 3, 300, 10_000, Infinity]) {
        const inbox = new Inbox()
        const all = bytes(20_000)
        const out: number[] = []
        for (let at = 0; at < all.byteLength; at += size) {
          inbox.add(all.subarray(at, at + size))
          if (at % 3 === 0) out.push(...flat(inbox.take(max)))
        }
        while (inbox.length > 0) out.push(...flat(inbox.take(max)))
        assert.deepEqual(out, Array.from(all), `${size} in, ${max} out`)
      }
    }
  })

  it('says how much it took out', () => {
    const inbox = new Inbox()
    inbox.add(bytes(600))
    inbox.add(bytes(600))
    assert.equal(inbox.take(700).byteLength, 700)
    assert.equal(inbox.length, 500)
    assert.equal(inbox.take(700).byteLength, 500)
  })

  it('refers to large chunks and copies small views, so that they do not keep what they point into', () => {
    const inbox = new Inbox()
    const large = bytes(65_536)
    inbox.add(large)
    inbox.add(large.subarray(0, 16_383))
    inbox.add(large.subarray(0, 13_000))
    inbox.add(bytes(10))
    const [first, second, third, fourth] = inbox.take(Infinity)
    assert.equal(first?.buffer, large.buffer)
    assert.equal(second?.buffer, large.buffer)
    assert.notEqual(third?.buffer, large.buffer)
    assert.notEqual(fourth?.buffer, large.buffer)
  })

  it('holds a window that came byte by byte in no more than five times its size', () => {
    const inbox = new Inbox()
    for (let i = 0; i < 65_536; i++) inbox.add(new Uint8Array(1_024).subarray(i & 1_023, (i & 1_023) + 1))
    const buffers = new Set(Array.from(inbox.take(Infinity), ({ buffer }) => buffer))
    const held = Array.from(buffers, ({ byteLength }) => byteLength).reduce((sum, size) => sum + size)
    assert.isAtMost(held, 5 * 65_536)
    assert.isAtMost(buffers.size, 40)
  })
})

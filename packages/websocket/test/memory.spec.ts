import { assert } from 'chai'
import { memory } from '../src/node/memory.ts'

const KIB = 1024

describe('memory', () => {
  it('makes messages of what was given back, at any size', () => {
    const first = memory.take(64 * KIB)
    memory.give(first)
    const second = memory.take(20 * KIB)
    assert.equal(second.buffer, first.buffer)
    assert.equal(second.byteLength, 20 * KIB)
    assert.notEqual(memory.take(64 * KIB).buffer, second.buffer)
  })

  it('takes a message back once, and none that it has not made', () => {
    const message = memory.take(64 * KIB)
    for (const given of [message, message, new Uint8Array(64 * KIB)]) memory.give(given)
    assert.equal(memory.take(64 * KIB).buffer, message.buffer)
    assert.notEqual(memory.take(64 * KIB).buffer, message.buffer)
  })

  it('keeps nothing of small messages, nor of those that are too large', () => {
    for (const size of [100, 65 * KIB]) {
      const message = memory.take(size)
      assert.equal(message.buffer.byteLength, size)
      memory.give(message)
      assert.notEqual(memory.take(size).buffer, message.buffer)
    }
  })

  it('keeps at most 2 MiB', () => {
    const messages = Array.from({ length: 40 }, () => memory.take(64 * KIB))
    for (const message of messages) memory.give(message)
    const again = new Set(Array.from({ length: 40 }, () => memory.take(64 * KIB).buffer))
    assert.equal(messages.filter(({ buffer }) => again.has(buffer)).length, 32)
  })
})

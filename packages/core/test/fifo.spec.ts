import { Fifo } from '@muxado/core/fifo'
import { assert } from 'chai'

describe('Fifo', () => {
  const of = (count: number): Fifo<number> => {
    const queue = new Fifo<number>()
    for (let i = 0; i < count; i++) queue.push(i)
    return queue
  }

  it('hands out everything once and in order, however long it was', () => {
    const queue = of(1_000)
    const got: unknown[] = []
    while (queue.length > 0) {
      got.push(queue.head)
      assert.strictEqual(queue.shift(), got.at(-1))
    }
    assert.deepStrictEqual(got, Array.from({ length: 1_000 }, (_, i) => i))
  })

  it('takes one out of the middle, and leaves the rest when that one is not there', () => {
    const queue = of(40)
    for (let i = 0; i < 35; i++) queue.shift()
    queue.remove(37)
    queue.remove(3)
    queue.remove(99)
    assert.strictEqual(queue.length, 4)
    assert.deepStrictEqual([queue.shift(), queue.shift(), queue.shift(), queue.shift()], [35, 36, 38, 39])
  })
})

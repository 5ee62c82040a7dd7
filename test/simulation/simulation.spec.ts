import { assert } from 'chai'
import { drawPlan } from './plan.ts'
import { failureText, partsOf, planOf } from './shrink.ts'
import { playPiece } from './worker.ts'
import { play } from './world.ts'

describe('simulated sessions', () => {
  const seed = Number(process.env['MUXADO_SEED'] ?? 0)
  const count = Number(process.env['MUXADO_COUNT'] ?? (seed === 0 ? 2_000 : 1))

  it(`keep every promise in ${count} schedules`, async () => {
    const { failed: [first] } = await playPiece(seed === 0 ? 1 : seed, count)
    if (first !== undefined) assert.fail(await failureText(first))
  }).timeout(120_000)

  it('do the same for the same seed, and something else for another', async () => {
    const [one, again, other] = [await play(drawPlan(11), true), await play(drawPlan(11), true), await play(drawPlan(12), true)]
    assert.deepEqual(one, again)
    assert.notDeepEqual(one.trace, other.trace)
  })

  it('are drawn with every way to read and to write, every death of the network and every end of a session', () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 2_000; seed++) {
      const { links, ends, streams, commands } = drawPlan(seed)
      for (const { fate } of links) seen.add(`fate ${fate?.how}`)
      for (const { accept: { style }, flush, abort } of ends) for (const word of [`accept ${style}`, `flush ${flush}`, `abort ${abort}`]) seen.add(word)
      for (const { what } of commands) seen.add(`command ${what}`)
      for (const { near, far } of streams) {
        for (const { read, write, ops } of [near, far]) {
          for (const word of [`read ${read.style} ${read.tail}`, `write ${write.style} ${write.tail}`, ...ops.map(({ what }) => `op ${what}`)]) seen.add(word)
        }
      }
    }
    // 8 fates with none, 3 ways to accept, 3 to flush, 2 to abort, 5 commands, 4 x 3 to read, 5 x 4 to write, 6 operations
    assert.equal(seen.size, 59, [...seen].sort().join('\n'))
  })

  it('can be made smaller part by part', async () => {
    const plan = drawPlan(13)
    const names = partsOf(plan).map(({ name }) => name)
    assert.lengthOf(new Set(names), names.length)
    for (const name of names) assert.notDeepEqual(planOf(13, [name]).seed, 0, name)
    const { streams } = await play(planOf(13, names.filter((name) => /^(stream|command)\d+$/.test(name))))
    assert.equal(streams, 0)
  })
})

import { assert } from 'chai'
import { failureText, runSchedule, shrink } from './support/pair.ts'

/** Play schedules from `first` on and report each failure with the command that replays it. */
export function assertSchedules (first: number, count: number): void {
  for (let seed = first; seed < first + count; seed++) {
    if (runSchedule(seed).wrong !== undefined) assert.fail(failureText(seed))
  }
}

describe('random pairs of machines', () => {
  const seed = Number(process.env['MUXADO_SEED'] ?? 0)
  const count = Number(process.env['MUXADO_COUNT'] ?? (seed === 0 ? 2_000 : 1))
  const steps = Number(process.env['MUXADO_STEPS'] ?? Infinity)

  it(`account for every byte, death, stall and leak in ${count} schedules`, () => {
    if (steps === Infinity) return assertSchedules(seed === 0 ? 1 : seed, count)
    const { wrong, log } = runSchedule(seed, steps)
    assert.isUndefined(wrong, log.join('\n'))
  }).timeout(120_000)

  it('play the same schedule for the same seed', () => {
    assert.deepEqual(runSchedule(7).log, runSchedule(7).log)
    assert.notDeepEqual(runSchedule(7).log, runSchedule(8).log)
  })

  it('are cut short without a change in what came before', () => {
    const { log } = runSchedule(9, 20)
    const { log: longer } = runSchedule(9, 40)
    assert.deepEqual(longer.slice(0, 10), log.slice(0, 10))
    assert.isUndefined(shrink(9).wrong)
  })
})

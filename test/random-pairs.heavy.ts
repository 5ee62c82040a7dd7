import { assert } from 'chai'
import { failureText, runSchedule } from './support/pair.ts'

describe('random pairs of machines, heavily', () => {
  const first = Number(process.env['MUXADO_SEED'] ?? 1_000_000)
  const count = Number(process.env['MUXADO_COUNT'] ?? 100_000)

  it(`account for every byte, death, stall and leak in ${count} schedules`, () => {
    for (let seed = first; seed < first + count; seed++) {
      if (runSchedule(seed).wrong !== undefined) assert.fail(failureText(seed))
    }
  }).timeout(3_600_000)
})

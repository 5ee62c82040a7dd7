import { assert } from 'chai'
import { failureText } from './shrink.ts'
import { playPiece } from './worker.ts'

describe('simulated sessions, heavily', () => {
  const first = Number(process.env['MUXADO_SEED'] ?? 10_000_000)
  const count = Number(process.env['MUXADO_COUNT'] ?? 20_000)

  it(`keep every promise in ${count} schedules`, async () => {
    for (let seed = first; seed < first + count; seed += 1000) {
      const { failed: [wrong] } = await playPiece(seed, Math.min(1000, first + count - seed))
      if (wrong !== undefined) assert.fail(await failureText(wrong))
    }
  }).timeout(3_600_000)
})

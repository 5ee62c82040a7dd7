import { assert } from 'chai'
import { allFaults } from './support/faults.ts'
import { failureText, runSchedule } from './support/pair.ts'

describe('the oracle of random pairs', () => {
  for (const fault of allFaults()) {
    it(`sees a machine that ${fault.title}`, () => {
      let seen = 0
      for (let seed = 1; fault.struck < 12 && seed < 600; seed++) {
        const before = fault.struck
        const { wrong } = runSchedule(seed, Infinity, fault.tamper)
        if (fault.struck > before && wrong !== undefined) seen++
        if (fault.struck === before) assert.isUndefined(wrong, `seed ${seed} fails without the fault`)
      }
      assert.isAtLeast(fault.struck, 5, 'the fault hardly ever strikes')
      if (process.env['MUXADO_RATES'] !== undefined) console.log(fault.title, seen, 'of', fault.struck)
      assert.isAtLeast(seen / fault.struck, 0.5, `seen ${seen} times of ${fault.struck}`)
    }).timeout(60_000)
  }

  it('says how to play a failing schedule again, cut to its shortest', () => {
    const [fault] = allFaults()
    assert.exists(fault)
    let seed = 1
    while (runSchedule(seed, Infinity, fault.tamper).wrong === undefined) seed++
    const text = failureText(seed, fault.tamper)
    assert.match(text, new RegExp(`MUXADO_SEED=${seed} MUXADO_STEPS=\\d+ npx mocha`))
    assert.include(text, 'bytes')
  }).timeout(60_000)
})

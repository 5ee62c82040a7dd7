import { assert } from 'chai'
import { attacks } from './attacks.ts'
import { Lab, type Outcome } from './lab.ts'

// What must hold on any machine, however busy: the server lives, holds a bounded amount of memory, and serves the innocent session afterwards. How
// much of its throughput that one keeps is for `npm run test:adversary`.
describe('a server under attack', () => {
  let lab: Lab
  before(async function () {
    this.timeout(30_000)
    lab = await Lab.open()
  })
  after(() => { lab.close() })

  const run = async (name: string): Promise<Outcome> => {
    const attack = attacks.find((one) => one.name === name)
    if (attack === undefined) throw new Error(`there is no attack ${name}`)
    return await lab.run(attack, {}, { warm: 100, quiet: 200, attack: 300, control: 0, fill: 500, after: true })
  }

  for (const name of ['rapid-reset', 'byte-frames', 'hoard-2', 'hoard-views', 'unread-crumbs']) {
    it(`survives ${name}, and so does the session beside it`, async () => {
      const { peak, end, quiet, left } = await run(name)
      assert.isBelow(peak, 256)
      assert.equal(end, '')
      assert.isAbove(quiet, 0)
      assert.equal(left, 1, 'the innocent session alone is left')
    }).timeout(30_000)
  }
})

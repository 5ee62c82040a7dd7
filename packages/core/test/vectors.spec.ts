import { assert } from 'chai'
import { loadVectors, type VectorEntry } from '../../../test/support/vectors.ts'
import { replay, type Used } from '../../../test/support/replay.ts'
import { wire1Bad } from './scenarios/wire1-bad.ts'
import { wire1Life } from './scenarios/wire1-life.ts'
import { wire1Session } from './scenarios/wire1-session.ts'
import { wire2Life } from './scenarios/wire2-life.ts'
import { wire2Session } from './scenarios/wire2-session.ts'
import type { Scenario, Scenarios } from './scenarios/scenario.ts'

const LARGEST_FRAME = { 1: 16383, 2: 0xffffff }
const tables: { wire: 1 | 2, rows: Scenarios, parts: Scenarios[] }[] = [
  { wire: 1, rows: { ...wire1Life, ...wire1Session, ...wire1Bad }, parts: [wire1Life, wire1Session, wire1Bad] },
  { wire: 2, rows: { ...wire2Life, ...wire2Session }, parts: [wire2Life, wire2Session] }
]

function play (wire: 1 | 2, scenario: Scenario, entries: readonly VectorEntry[]): Used {
  const used: Used = { fed: new Set(), equal: new Set() }
  for (const role of ['client', 'server'] as const) {
    const script = scenario[role]
    if (script === undefined) continue
    const options = { ...scenario.options, ...(role === 'client' ? scenario.clientOptions : {}) }
    const { fed, equal } = replay({ role, wire, typed: false, maxFrame: LARGEST_FRAME[wire], ...options }, script, entries)
    fed.forEach((seq) => used.fed.add(seq))
    equal.forEach((seq) => used.equal.add(seq))
  }
  return used
}

for (const { wire, rows, parts } of tables) {
  describe(`vectors of wire ${wire}`, () => {
    const vectors = loadVectors(wire)

    it('has every scenario in exactly one row', () => {
      const names = parts.flatMap((part) => Object.keys(part))
      assert.sameMembers(names, [...vectors.keys()])
      assert.lengthOf(names, wire === 1 ? 100 : 81)
    })

    it('gives a reason wherever we differ or the recording is unstable', () => {
      for (const [name, { verdict, why }] of Object.entries(rows)) {
        if (verdict === 'differs' || verdict === 'unstable') assert.isNotEmpty(why, name)
      }
    })

    for (const [name, scenario] of Object.entries(rows)) {
      it(`${name}: ${scenario.verdict}${scenario.why === undefined ? '' : `, ${scenario.why}`}`, () => {
        const entries = vectors.get(name) ?? []
        const { fed, equal } = play(wire, scenario, entries)
        const byGo = entries.filter((entry) => entry.byGo && !entry.unread).map(({ seq }) => seq)
        if (scenario.verdict === 'equal') assert.includeMembers([...equal], byGo, 'every frame of the Go side is ours too')
        if (scenario.verdict === 'understood') assert.isEmpty(byGo.filter((seq) => !fed.has(seq) && !equal.has(seq)), 'the Go side is silent')
        if (scenario.verdict !== 'unstable') assert.includeMembers([...fed], byGo, 'every frame of the Go side is understood')
        const scripted = entries.filter((entry) => !entry.byGo).map(({ seq }) => seq)
        if (scenario.verdict !== 'unstable') assert.includeMembers([...fed, ...equal], scripted, 'every scripted frame is used')
      })
    }
  })
}

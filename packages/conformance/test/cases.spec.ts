import { cases, choose } from '@muxado/conformance'
import { assert } from 'chai'
import { readFileSync } from 'node:fs'
import { SECTIONS } from '../src/sections.ts'

const headings = new Map([...readFileSync(new URL('../../../docs/PROTOCOL.md', import.meta.url), 'utf8').matchAll(/^### (\d+\.\d+) (.+)$/gm)].map(([, number, title]) => [number, title]))
const sectionOf = (id: string): string => id.slice(0, id.indexOf('-'))

describe('cases', () => {
  it('are 150 at least, in each dialect and role', () => {
    for (const wire of [1, 2] as const) {
      for (const role of ['client', 'server'] as const) assert.isAtLeast(choose({ wire, role }).length, 300, `wire ${wire}, ${role}`)
    }
  })

  it('have names of their own', () => {
    assert.lengthOf([...new Set(cases.map(({ id }) => id))], cases.length)
  })

  it('cite sections of the specification, which are called as there', () => {
    for (const { id } of cases) assert.equal(SECTIONS[sectionOf(id)], headings.get(sectionOf(id)), id)
    for (const section of Object.keys(SECTIONS)) assert.isTrue(cases.some(({ id }) => sectionOf(id) === section), `a case of ${section}`)
  })

  it('come in the order of the specification', () => {
    const order = [...headings.keys()]
    const places = cases.map(({ id }) => order.indexOf(sectionOf(id)))
    assert.deepEqual(places, places.toSorted((a, b) => a - b))
  })

  it('say what they ask in words, each of them another thing in its dialect', () => {
    for (const wire of [1, 2] as const) {
      const titles = cases.filter(({ wires, level }) => wires.includes(wire) && level !== 'should').map(({ title }) => title)
      assert.deepEqual(titles.filter((title, i) => titles.indexOf(title) !== i), [])
    }
  })
})

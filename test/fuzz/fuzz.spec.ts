import { assert } from 'chai'
import { readFileSync } from 'node:fs'
import { inputsOf, MOST_BYTES } from './corpus.ts'
import { differences } from './differences.ts'
import { Source } from './source.ts'
import { targets } from './targets.ts'
import { askNotes, compare } from './targets/differential.ts'

describe('the fuzz corpus', () => {
  it('is small, and has inputs for every target', () => {
    const all = targets.map(({ name }) => inputsOf(name))
    for (const inputs of all) assert.isAtLeast(inputs.length, 20)
    assert.isAtMost(all.flat().reduce((sum, [, input]) => sum + input.length, 0), MOST_BYTES)
  })

  for (const { name, run } of targets.filter(({ start }) => start === undefined)) {
    it(`leads to nothing wrong: ${name}`, async () => {
      for (const [file, input] of inputsOf(name)) {
        try {
          await run(input)
        } catch (error) {
          throw new Error(`npm run fuzz -- --replay test/fuzz/corpus/${name}/${file}`, { cause: error })
        }
      }
    }).timeout(30_000)
  }

  it('is answered as Go has answered it, but where a known difference says why not; and shows each of these', async () => {
    const named = new Set<string | undefined>()
    for (const [name, input] of inputsOf('differential')) named.add(await compare(input, askNotes(name)))
    assert.isTrue(named.delete(undefined), 'nothing is answered alike')
    assert.sameMembers([...named], differences.map(({ name }) => name))
  }).timeout(30_000)
})

describe('differences', () => {
  it('cite headings and quirks that PROTOCOL.md has', () => {
    const text = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8')
    for (const { name, spec } of differences) {
      for (const [number = ''] of spec.matchAll(/[0-9A]\.\d|Q\d+/g)) {
        assert.match(text, new RegExp(number.startsWith('Q') ? `^\\| ${number} \\(` : `^### ${number} `, 'm'), name)
      }
    }
  })
})

describe('Source', () => {
  it('draws the same for the same bytes, and 0 when they are used up', () => {
    const draws = new Source(Uint8Array.of(7, 1, 2, 200))
    assert.deepEqual([draws.below(5), draws.below(1_000), draws.byte()], [2, 258, 200])
    assert.isTrue(draws.spent)
    assert.deepEqual([draws.byte(), draws.below(1_000), draws.pick([4, 5])], [0, 0, 4])
  })
})

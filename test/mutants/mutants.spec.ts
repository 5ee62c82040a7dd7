import swc from '@swc/wasm-typescript'
import { assert } from 'chai'
import { readFileSync } from 'node:fs'
import { mutants } from './mutants.ts'
import { patch } from './patch.mjs'

describe('mutants', () => {
  for (const { name, file, search, replace } of mutants) {
    it(`${name} fits the sources as they are`, () => {
      const source = readFileSync(new URL(`../../packages/${file}`, import.meta.url), 'utf8')
      assert.lengthOf(source.split(search), 2, `its text in packages/${file} is there once`)
      assert.notEqual(search, replace)
      assert.doesNotThrow(() => swc.transformSync(source.replace(search, () => replace), { mode: 'strip-only', filename: file }))
    })
  }

  it('are at least a dozen of core, each with a name of its own', () => {
    assert.isAtLeast(mutants.filter(({ file }) => file.startsWith('core/')).length, 12)
    assert.lengthOf(new Set(mutants.map(({ name }) => name)), mutants.length)
  })

  it('leave sources alone that are not theirs', () => {
    assert.equal(patch('/packages/core/src/half.ts', 'text'), 'text')
  })
})

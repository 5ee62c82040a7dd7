import { assert } from 'chai'
import { Pieces } from '@muxado/core/pieces'
import { take } from '../src/inbox.ts'
import { bytes } from './pair.ts'

describe('take', () => {
  it('says how much it took out', () => {
    const inbox = new Pieces()
    inbox.push(bytes(600))
    inbox.push(bytes(600))
    assert.equal(take(inbox, 700).byteLength, 700)
    assert.equal(inbox.length, 500)
    assert.equal(take(inbox, 700).byteLength, 500)
  })
})

import { PullReader } from '@muxado/session/reader'
import { assert } from 'chai'
import pDefer from 'p-defer'
import { settled, turn } from '../../../test/support/transport-contract.ts'

const broken = new Error('broken')

/** A reader of what the test answers, one read at a time. */
function scripted (): { reader: PullReader, reads: Array<ReturnType<typeof pDefer<Uint8Array | undefined>>>, overs: Array<Error | undefined> } {
  const reads: Array<ReturnType<typeof pDefer<Uint8Array | undefined>>> = []
  const overs: Array<Error | undefined> = []
  const read = async (): Promise<Uint8Array | undefined> => {
    const answer = pDefer<Uint8Array | undefined>()
    reads.push(answer)
    return await answer.promise
  }
  return { reader: new PullReader(read, (error) => { overs.push(error) }), reads, overs }
}

describe('PullReader', () => {
  it('reads when it is asked, once at a time, and answers in order', async () => {
    const { reader, reads } = scripted()
    assert.lengthOf(reads, 0)
    const asked = [reader.next(), reader.next()]
    assert.lengthOf(reads, 1)
    reads[0]?.resolve(Uint8Array.of(1))
    assert.deepEqual(await asked[0], { done: false, value: Uint8Array.of(1) })
    assert.lengthOf(reads, 2)
    reads[1]?.resolve(Uint8Array.of(2))
    assert.deepEqual(await asked[1], { done: false, value: Uint8Array.of(2) })
    await turn()
    assert.lengthOf(reads, 2)
  })

  it('reads again after nothing, and ends all who wait at the end', async () => {
    const { reader, reads, overs } = scripted()
    const asked = [reader.next(), reader.next()]
    reads[0]?.resolve(new Uint8Array(0))
    await turn()
    assert.lengthOf(reads, 2)
    reads[1]?.resolve(undefined)
    assert.deepEqual((await Promise.all(asked)).map(({ done }) => done), [true, true])
    assert.isTrue((await reader.next()).done)
    assert.deepEqual(overs, [undefined])
    assert.lengthOf(reads, 2)
  })

  it('hands on why a read failed, and fails nobody by itself', async () => {
    const { reader, reads, overs } = scripted()
    const asked = reader.next()
    reads[0]?.reject(broken)
    await turn()
    assert.deepEqual(overs, [broken])
    reader.fail(broken)
    assert.equal(await settled(asked), broken)
  })

  it('tells a failure once: to the first who waits, or else to the next', async () => {
    const waited = scripted().reader
    const asked = [waited.next(), waited.next()]
    waited.fail(broken)
    waited.fail(new Error('later'))
    assert.equal(await settled(asked[0] as Promise<unknown>), broken)
    assert.isTrue((await asked[1])?.done)
    assert.isTrue((await waited.next()).done)

    const { reader } = scripted()
    reader.fail(broken)
    assert.equal(await settled(reader.next()), broken)
    assert.isTrue((await reader.next()).done)
  })

  it('tells whoever left of no failure', async () => {
    for (const order of ['left first', 'failed first'] as const) {
      const { reader } = scripted()
      if (order === 'failed first') reader.fail(broken)
      assert.isTrue((await reader.return()).done)
      reader.fail(broken)
      assert.isTrue((await reader.next()).done, order)
    }
  })

  it('says nothing of an end that comes after a failure', async () => {
    const { reader, reads, overs } = scripted()
    const asked = settled(reader.next())
    reader.fail(broken)
    assert.equal(await asked, broken)
    reads[0]?.resolve(undefined)
    await turn()
    assert.deepEqual(overs, [])
  })

  it('reads to nowhere only when it was left, and until the end', async () => {
    const { reader, reads, overs } = scripted()
    reader.discard()
    assert.lengthOf(reads, 0)
    await reader.return()
    await turn()
    assert.lengthOf(reads, 0)
    reader.discard()
    reads[0]?.resolve(Uint8Array.of(1))
    await turn()
    reads[1]?.resolve(Uint8Array.of(2))
    await turn()
    await reader.return()
    reads[2]?.resolve(undefined)
    await turn()
    assert.lengthOf(reads, 3)
    assert.deepEqual(overs, [undefined])
  })

  it('reads no more to nowhere once it failed', async () => {
    const { reader, reads, overs } = scripted()
    await reader.return()
    reader.discard()
    reader.fail(broken)
    reads[0]?.resolve(Uint8Array.of(1))
    await turn()
    assert.lengthOf(reads, 1)
    assert.deepEqual(overs, [])
  })
})

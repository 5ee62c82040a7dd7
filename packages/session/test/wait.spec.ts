import { assert } from 'chai'
import { DONE, onAbort, wait } from '../src/wait.ts'
import { bytes, connect, failure, still } from './pair.ts'

/** A signal that counts who listens. */
function counted (): { control: AbortController, listeners: () => number } {
  const control = new AbortController()
  let listeners = 0
  const { signal } = control
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => { listeners++; add(...args) }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => { listeners--; remove(...args) }
  return { control, listeners: () => listeners }
}

describe('onAbort', () => {
  it('listens once for any number of waits, and no longer than one of them lasts', () => {
    const { control, listeners } = counted()
    const offs = Array.from({ length: 5_000 }, () => onAbort(control.signal, () => {}))
    assert.equal(listeners(), 1)
    for (const off of offs) off()
    assert.equal(listeners(), 0)
    for (const off of offs) off()
    onAbort(control.signal, () => {})()
    assert.equal(listeners(), 0)
  })

  it('calls each that still waits, once', () => {
    const { control, listeners } = counted()
    const calls: number[] = []
    onAbort(control.signal, () => { calls.push(1) })
    onAbort(control.signal, () => { calls.push(2) })()
    onAbort(control.signal, () => { calls.push(3) })
    control.abort()
    assert.deepEqual(calls, [1, 3])
    assert.equal(listeners(), 0)
  })
})

describe('wait', () => {
  it('settles as it is told, or with the reason of its signal', async () => {
    const { control, listeners } = counted()
    let given = 0
    const make = (): ReturnType<typeof wait<number>> => wait<number>(control.signal, () => { given++ })
    const [resolved, rejected, aborted] = [make(), make(), make()]
    resolved.resolve(1)
    rejected.reject(new Error('no'))
    assert.equal(await resolved.promise, 1)
    assert.equal((await failure(rejected.promise)).message, 'no')
    const reason = new Error('enough')
    control.abort(reason)
    assert.equal(await failure(aborted.promise), reason)
    assert.equal(given, 1)
    assert.equal(listeners(), 0)
  })
})

describe('waits of sessions and streams', () => {
  it('leave no listener on a signal that thousands of them share, and bring no warning', async () => {
    const warnings: Error[] = []
    const warn = (warning: Error): void => { warnings.push(warning) }
    globalThis.process?.on('warning', warn) // pages have none
    const { control, listeners } = counted()
    const { signal } = control
    const { client, server } = connect({ window: 1_000, maxInbound: 3_000 })
    const near = Array.from({ length: 1_500 }, () => client.open())
    const far = await Promise.all(near.map(() => server.accept({ signal })))
    const reads = far.map(stream => stream.read({ signal }))
    const writes = near.map(stream => stream.write(bytes(1_500), { signal }))
    const accept = server.accept({ signal })
    assert.equal(listeners(), 1)
    await Promise.all(reads)
    client.open()
    await accept
    await Promise.all(far.map(stream => stream.read({ signal })))
    await Promise.all(writes)
    assert.equal(listeners(), 0)
    await client.close({ signal })
    assert.equal(listeners(), 0)
    await still()
    globalThis.process?.off('warning', warn)
    assert.deepEqual(warnings, [])
  })
})

describe('DONE', () => {
  it('is settled', async () => {
    assert.isUndefined(await DONE)
  })
})

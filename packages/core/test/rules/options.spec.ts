import { createMachine, MuxadoError, type Machine, type MachineOptions } from '@muxado/core'
import { assert } from 'chai'
import { pattern } from '../../../../test/support/bytes.ts'
import { thrown } from '../../../../test/support/bench.ts'
import { sent } from '../../../../test/support/text.ts'

const make = (options: object): Machine => createMachine({ role: 'client', ...options } as MachineOptions) // wrong ones on purpose

describe('createMachine', () => {
  it('speaks wire 1 as the reference does unless told otherwise', () => {
    const machine = make({})
    const id = machine.open({ type: 7 })
    assert.equal(machine.send(id, pattern(100_000)), 65_536)
    assert.deepEqual(sent(machine), ['syn 3 type 7', 'data 3 [16383]', 'data 3 [16383]', 'data 3 [16383]', 'data 3 [16383]', 'data 3 <15161718>'])
    assert.equal(machine.snapshot().wire, 1)
  })

  it('speaks typed wire 2 with frames of 64 KiB', () => {
    const machine = make({ wire: 2 })
    const id = machine.open({ type: 7 })
    assert.equal(machine.send(id, pattern(300_000)), 262_140)
    assert.deepEqual(sent(machine, 10_000_000).slice(0, 3), ['syn 3', 'data 3 [65536]', 'data 3 [65536]'])
  })

  const wrong: Record<string, unknown[]> = {
    role: ['both', undefined],
    wire: [0, 3, '1'],
    window: [0, -1, 1.5, NaN, Infinity, 2 ** 31],
    maxWindow: [0, -1, 1.5, 2 ** 31],
    memoryBudget: [-1, NaN, 'much'],
    maxFrame: [0, 1.5, 16_384],
    firstId: [0, 1, 2, 4, 1.5, 2 ** 31 + 1],
    extensions: [[0], [0xfffffefe], [2 ** 32], [0.5]],
    maxInbound: [-1, 1.5, NaN],
    resetBurst: [-1, NaN],
    resetsPerSecond: [-1, NaN],
    maxUseless: [-1, NaN],
    maxReplies: [-1, NaN],
    maxDebug: [-1, 1.5, 65_537],
    maxQueued: [-1, NaN],
    maxUnread: [-1, NaN],
    typeTimeoutMs: [-1, NaN]
  }
  for (const [name, values] of Object.entries(wrong)) {
    it(`refuses a ${name} that cannot be`, () => {
      for (const value of values) assert.equal(thrown(() => make({ [name]: value })), 'API_ARGUMENT', String(value))
    })
  }

  it('names the option and its range', () => {
    assert.throws(() => make({ window: 0 }), MuxadoError, /window is 0.*1/)
  })

  it('takes the ends of each range', () => {
    for (const options of [
      { window: 1 }, { window: 2 ** 31 - 1 }, { maxFrame: 1 }, { maxFrame: 16_383 }, { wire: 2, maxFrame: 2 ** 24 - 1 }, { firstId: 2 ** 31 - 1 },
      { role: 'server', firstId: 2 }, { role: 'server', firstId: 2 ** 31 - 2 }, { extensions: [0xfffffeff, 0xffffffff] }, { maxDebug: 65_536 }, { maxInbound: Infinity }
    ]) assert.equal(make(options).state, 'open')
    assert.equal(thrown(() => make({ wire: 2, maxFrame: 2 ** 24 })), 'API_ARGUMENT')
    assert.equal(thrown(() => make({ role: 'server', firstId: 3 })), 'API_ARGUMENT')
  })
})

describe('MuxadoError', () => {
  it('says who, what, where and whether to try again', () => {
    const cause = new Error('deep')
    const error = new MuxadoError('STREAM_REFUSED', 'no room', { reason: 'refused', wireCode: 6, streamId: 3, retryable: true, cause })
    assert.instanceOf(error, Error)
    assert.equal(error.name, 'MuxadoError')
    const { code, message, reason, wireCode, streamId, retryable } = error
    assert.deepEqual({ code, message, reason, wireCode, streamId, retryable }, {
      code: 'STREAM_REFUSED', message: 'no room', reason: 'refused', wireCode: 6, streamId: 3, retryable: true
    })
    assert.strictEqual(error.cause, cause)
  })

  it('may know nothing but its code', () => {
    const error = new MuxadoError('API_ARGUMENT', 'wrong')
    assert.isUndefined(error.reason)
    assert.isUndefined(error.wireCode)
    assert.isUndefined(error.streamId)
    assert.isFalse(error.retryable)
    assert.notProperty(error, 'cause')
    assert.isFalse(new MuxadoError('API_ARGUMENT', 'wrong', { retryable: undefined }).retryable)
  })
})

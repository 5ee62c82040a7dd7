import { createMachine } from '@muxado/core'
import { assert } from 'chai'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WIRES } from '../../../test/support/bench.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of what has survived collections of the young. */
const old = (): number => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0

for (const wire of WIRES) {
  describe(`streams that come and go, wire ${wire}`, () => {
    it('are garbage for a collection of the young, after a full one as before it', () => {
      const client = createMachine({ role: 'client', wire, maxInbound: 1e6, memoryBudget: Infinity })
      const server = createMachine({ role: 'server', wire, maxInbound: 1e6, memoryBudget: Infinity })
      const churn = (streams: number): void => {
        for (let open = 0; open < streams; open += 100) {
          for (let i = 0; i < 100; i++) {
            const id = client.open()
            client.send(id, new Uint8Array(100))
            client.finish(id)
          }
          for (const segment of client.transmit()) {
            for (const action of server.receive(segment)) {
              if (action.type === 'deliver') server.consume(action.streamId, action.data.length)
              if (action.type === 'finish') server.finish(action.streamId)
            }
          }
          for (const segment of server.transmit()) client.receive(segment)
        }
      }
      churn(2_000)
      collect()
      const before = old()
      churn(20_000)
      assert.isBelow(old() - before, 2_000_000, 'bytes that only a full collection frees')
    })
  })
}

/** Ours the lean way: `consume` and `push`, callbacks and no promise for a write. Parameters are session options. */
import { createDriver } from '../lib/muxado.mjs'

export const label = 'muxado, consume and push'
export const caveat = 'maxInbound and memoryBudget raised'
export const kinds = ['tcp', 'ws', 'mem']

export const { dial, listen, connect, serve } = createDriver((stream) => {
  let drained
  return {
    write: (bytes) => stream.push(bytes) ? undefined : new Promise((resolve) => { drained = resolve }),
    end: () => stream.closeWrite(),
    consume: (onData) => new Promise((resolve, reject) => {
      stream.consume({
        data (chunk) {
          const wait = onData(chunk)
          if (wait === undefined) return chunk.byteLength
          wait.then(() => stream.took(chunk.byteLength), reject)
          return 0
        },
        end: resolve,
        error: reject,
        drain: () => drained?.()
      })
    })
  }
})

/** Ours the plain way: `for await` over a stream, a promise for each write. Parameters are session options: `muxado@wire=2+window=65536`. */
import { createDriver } from '../lib/muxado.mjs'

export const label = 'muxado, async iteration and write promises'
export const caveat = 'maxInbound and memoryBudget raised'
export const kinds = ['tcp', 'ws', 'mem']

export const { dial, listen, connect, serve } = createDriver((stream) => ({
  write: (bytes) => stream.write(bytes),
  end: () => stream.closeWrite(),
  async consume (onData) {
    for await (const chunk of stream) {
      const wait = onData(chunk)
      if (wait !== undefined) await wait
    }
  }
}))

/** Ours the plain way: `for await` over a stream, a promise for each write. Parameters are session options: `muxado@wire=2+window=65536`. */
import { createDriver } from '../lib/muxado.mjs'

export const label = 'muxado, async iteration and write promises'
export const caveat = 'maxInbound and memoryBudget raised'
export const kinds = ['tcp', 'ws', 'mem']

class Plain {
  constructor (stream) {
    this.stream = stream
  }

  write (bytes) {
    return this.stream.write(bytes)
  }

  end () {
    return this.stream.closeWrite()
  }

  async consume (onData) {
    for await (const chunk of this.stream) {
      const wait = onData(chunk)
      if (wait !== undefined) await wait
    }
  }
}

export const { dial, listen, connect, serve } = createDriver((stream) => new Plain(stream))

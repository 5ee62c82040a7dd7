/** Ours the lean way: `consume` and `push`, callbacks and no promise for a write. Parameters are session options. */
import { createDriver } from '../lib/muxado.mjs'

export const label = 'muxado, consume and push'
export const caveat = 'maxInbound and memoryBudget raised'
export const kinds = ['tcp', 'ws', 'mem']

/** What the session calls: methods that all streams share, where a literal would make four functions for each of them. */
class Taker {
  constructor (stream, handler) {
    this.stream = stream
    this.handler = handler
    this.drained = undefined
  }

  data (chunk) {
    const wait = this.handler.data(chunk)
    if (wait === undefined) return chunk.byteLength
    wait.then(() => this.stream.took(chunk.byteLength), (error) => this.error(error))
    return 0
  }

  end () {
    this.handler.ended()
  }

  error (error) {
    this.handler.failed(error)
  }

  drain () {
    this.drained?.()
  }
}

/** What the workload calls. */
class Lean {
  constructor (stream) {
    this.stream = stream
    this.taker = undefined
  }

  write (bytes) {
    return this.stream.push(bytes) ? undefined : new Promise((resolve) => { this.taker.drained = resolve })
  }

  end () {
    return this.stream.closeWrite()
  }

  take (handler) {
    this.taker = new Taker(this.stream, handler)
    this.stream.consume(this.taker)
  }

  consume (data) {
    return new Promise((ended, failed) => { this.take({ data, ended, failed }) })
  }
}

export const { dial, listen, connect, serve } = createDriver((stream) => new Lean(stream))

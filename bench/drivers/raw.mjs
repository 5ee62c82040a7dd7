/**
 * The pipe itself. Bulk: one connection, no framing. Churn: an echo of 100 B over one connection without open or close, the bound of a
 * multiplexer that costs nothing.
 */
import { fromDuplex, fromWs } from '../lib/streams.mjs'

export const label = 'the bare pipe'
export const caveat = 'not a multiplexer; in churn an echo over one connection, without open and close'
export const kinds = ['tcp', 'ws', 'mem']
export const singleStream = true
export const skip = { W4: 'one stream only', W4u: 'one stream only', W5: 'one stream only', W5x: 'one stream only' }

const fromPipe = (pipe) => pipe.ws === undefined ? fromDuplex(pipe.duplex) : fromWs(pipe.ws)

export async function connect (pipe, { workload, dial }) {
  const stream = fromPipe(pipe)
  if (workload.includes('3')) return { open: echoes(stream) }
  // half-closing ends a connection for good: the warm-up gets the first one, the run a second one
  let spare = stream
  return {
    async open () {
      const first = spare
      spare = undefined
      return first ?? fromPipe(await dial())
    }
  }
}

/** Messages on one connection, answered in order: each "stream" takes as many bytes as it wrote. */
function echoes (stream) {
  const queue = []
  stream.consume((chunk) => {
    let at = 0
    while (at < chunk.byteLength) {
      const first = queue[0]
      const part = chunk.subarray(at, at + first.owed)
      at += part.byteLength
      first.owed -= part.byteLength
      first.onData(part)
      if (first.owed === 0) queue.shift().resolve()
    }
  }).catch(() => {}) // the process is being ended
  return () => {
    const mine = { owed: 0, onData: undefined, resolve: undefined }
    return {
      write (bytes) {
        if (mine.owed === 0) queue.push(mine)
        mine.owed += bytes.byteLength
        return stream.write(bytes)
      },
      end () {},
      consume (onData) {
        return new Promise((resolve) => {
          mine.onData = onData
          mine.resolve = resolve
        })
      }
    }
  }
}

export function serve (pipe, onStream) {
  onStream(fromPipe(pipe))
}

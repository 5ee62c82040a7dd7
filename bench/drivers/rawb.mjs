/**
 * One TCP connection, small writes gathered by hand: a plain `socket.write` of 64 B is a system call each, so the physical limit of small
 * messages is this, not `raw`.
 */
import { fromDuplex } from '../lib/streams.mjs'

const SLAB = 65536

export const label = 'the bare pipe, small writes gathered'
export const caveat = 'not a multiplexer'
export const kinds = ['tcp', 'mem']
export const singleStream = true
const same = ['W1', 'W1L', 'W2', 'W3a', 'W3b', 'W4', 'W4u', 'W5', 'W5x', 'M1', 'M3']
export const skip = Object.fromEntries(same.map((name) => [name, 'only small writes differ from raw']))

function gathering (duplex) {
  const stream = fromDuplex(duplex)
  let slab = Buffer.allocUnsafeSlow(SLAB)
  let from = 0
  let to = 0
  let scheduled = false
  const flush = () => {
    scheduled = false
    if (to === from) return undefined
    const part = slab.subarray(from, to)
    from = to
    if (SLAB - to < 4096) {
      slab = Buffer.allocUnsafeSlow(SLAB)
      from = to = 0
    }
    return stream.write(part)
  }
  return {
    ...stream,
    write (bytes) {
      const room = bytes.byteLength > SLAB - to ? flush() : undefined
      slab.set(bytes, to)
      to += bytes.byteLength
      if (!scheduled) {
        scheduled = true
        process.nextTick(flush)
      }
      // let the event loop turn now and then, so that what was gathered leaves
      return room ?? (to - from >= SLAB / 2 ? flush() ?? new Promise(setImmediate) : undefined)
    },
    end () {
      void flush()
      duplex.end()
    }
  }
}

export async function connect (pipe, { dial }) {
  let spare = pipe
  return {
    async open () {
      const mine = spare ?? await dial()
      spare = undefined
      return gathering(mine.duplex)
    }
  }
}

export function serve (pipe, onStream) {
  onStream(fromDuplex(pipe.duplex))
}

/** One TCP connection per stream: what an application does that has no multiplexer. */
import { fromDuplex } from '../lib/streams.mjs'

export const label = 'one TCP connection per stream'
export const caveat = 'not a multiplexer'
export const kinds = ['tcp']
export const rounds = { most: 2 }
export const skip = { W1: 'as raw', W1L: 'as raw', W6: 'as raw', W4u: 'as W4', W5x: 'more sockets than a process may have' }

export async function connect (pipe, { dial }) {
  let spare = pipe
  return {
    async open () {
      const mine = spare ?? await dial()
      spare = undefined
      return fromDuplex(mine.duplex)
    }
  }
}

export function serve (pipe, onStream) {
  onStream(fromDuplex(pipe.duplex))
}

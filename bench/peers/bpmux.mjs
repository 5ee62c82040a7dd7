/** Duplexes with backpressure of their own over a carrier Duplex. Its window is the Duplex's high-water mark. */
import { BPMux } from 'bpmux'
import { fromDuplex } from '../lib/streams.mjs'

export const label = 'bpmux 8.2.1'
export const caveat = 'highWaterMark raised from 16 to 256 KiB; a handshake round trip for each stream'
export const kinds = ['tcp', 'ws', 'mem']
export const rounds = { most: 2 }
export const skip = { W1L: 'as W1', W4u: 'has no priorities', W5x: 'quadratic: gives no result within 40 s' }

const stream = { highWaterMark: 256 * 1024 }
const options = { peer_multiplex_options: stream, coalesce_writes: false, keep_alive: false }

function muxOn (pipe, more) {
  const mux = new BPMux(pipe.duplex, { ...options, ...more })
  mux.on('error', () => {}) // the process is being ended
  return mux
}

export async function connect (pipe) {
  const mux = muxOn(pipe, {})
  return { open: () => fromDuplex(mux.multiplex(stream)) }
}

export function serve (pipe, onStream) {
  muxOn(pipe, { high_channels: true }).on('peer_multiplex', (duplex) => { onStream(fromDuplex(duplex)) })
}

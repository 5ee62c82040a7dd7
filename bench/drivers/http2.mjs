/**
 * node:http2, native code: one session, a POST per stream. `http2@defaults` leaves its windows at 64 KiB, which is slower in bulk.
 */
import http2 from 'node:http2'
import { fromDuplex } from '../lib/streams.mjs'

export const label = 'node:http2'
export const caveat = 'native code; headers both ways for each stream; windows raised to 1 MiB a stream and 16 MiB a session'
export const kinds = ['tcp', 'ws', 'mem']
export const rounds = { S1: 1, S2: 1 }

const options = ({ defaults }) => ({
  settings: { enablePush: false, maxConcurrentStreams: 1e6, ...(defaults ? {} : { initialWindowSize: 1024 * 1024 }) },
  maxSessionMemory: 4096,
  peerMaxConcurrentStreams: 1e6,
  maxSessionRejectedStreams: 1e6,
  maxSessionInvalidFrames: 1e6
})

const prepare = (session, { defaults }) => {
  if (!defaults) session.setLocalWindowSize(16 * 1024 * 1024)
  session.on('error', () => {}) // the process is being ended
}

export async function connect (pipe, { params }) {
  const session = http2.connect('http://localhost', { ...options(params), createConnection: () => pipe.duplex })
  await new Promise((resolve, reject) => {
    session.once('remoteSettings', resolve)
    session.once('error', reject)
  })
  prepare(session, params)
  return { open: () => fromDuplex(session.request({ ':method': 'POST', ':path': '/' }, { endStream: false })) }
}

let server

export function serve (pipe, onStream, { params }) {
  if (server === undefined) {
    server = http2.createServer(options(params))
    server.on('session', (session) => prepare(session, params))
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 })
      onStream(fromDuplex(stream))
    })
  }
  server.emit('connection', pipe.duplex)
}

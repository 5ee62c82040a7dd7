/**
 * How a libp2p stream muxer becomes a driver: libp2p's own adapters make a connection of a socket or a WebSocket, unencrypted, and the muxer
 * sits on it. The adapters are not exported by their packages, hence the file paths.
 */
import './polyfill.mjs'
import { pathToFileURL } from 'node:url'
import path from 'node:path'
import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'

const inside = (file) => import(pathToFileURL(path.join(import.meta.dirname, '../node_modules', file)).href)
const { toMultiaddrConnection } = await inside('@libp2p/tcp/dist/src/socket-to-conn.js')
const { webSocketToMaConn } = await inside('@libp2p/websockets/dist/src/websocket-to-conn.js')

/** A libp2p connection over the pipe. */
function connection (pipe, direction) {
  const log = defaultLogger().forComponent('bench')
  const init = { direction, log, remoteAddr: multiaddr('/ip4/127.0.0.1/tcp/1'), inactivityTimeout: 600_000 }
  if (pipe.kind === 'ws') {
    pipe.ws.binaryType = 'arraybuffer'
    return webSocketToMaConn({ ...init, websocket: pipe.ws })
  }
  // the pair in one process is no socket, and the adapter sets its timeout
  pipe.duplex.setTimeout ??= () => pipe.duplex
  return toMultiaddrConnection({ ...init, socket: pipe.duplex })
}

/**
 * A libp2p stream. Its `onDrain()` is not used: in @libp2p/utils 7.4.1 that promise is never armed again, so that a writer does not wait from
 * the second time on; the event that it is built on is.
 * @returns {import('./streams.mjs').BenchStream}
 */
function fromMessageStream (stream) {
  return {
    write (bytes) {
      if (stream.send(bytes)) return undefined
      return new Promise((resolve, reject) => {
        const settle = (done) => () => {
          stream.removeEventListener('drain', drained)
          stream.removeEventListener('close', closed)
          done()
        }
        const drained = settle(resolve)
        const closed = settle(() => reject(new Error('closed while writing')))
        stream.addEventListener('drain', drained)
        stream.addEventListener('close', closed)
      })
    },
    end: () => stream.close(),
    consume (onData) {
      return new Promise((resolve, reject) => {
        stream.addEventListener('message', ({ data }) => {
          const wait = onData(data)
          if (wait === undefined) return
          stream.pause()
          wait.then(() => { if (stream.readStatus === 'paused') stream.resume() }, reject)
        })
        if (stream.readableEnded) resolve()
        stream.addEventListener('end', () => resolve())
        stream.addEventListener('close', ({ error }) => { if (error !== undefined && error !== null) reject(error) })
      })
    }
  }
}

/** @param {(params: Record<string, unknown>) => { createStreamMuxer: Function }} makeFactory */
export function createDriver (makeFactory) {
  const muxer = (pipe, direction, { params }) => makeFactory(params).createStreamMuxer(connection(pipe, direction))
  return {
    connect: async (pipe, context) => {
      const mine = muxer(pipe, 'outbound', context)
      return { open: async () => fromMessageStream(await mine.createStream()) }
    },
    serve: (pipe, onStream, context) => {
      muxer(pipe, 'inbound', context).addEventListener('stream', ({ detail }) => { onStream(fromMessageStream(detail)) })
    }
  }
}

/**
 * The one stream shape that the workloads drive, and how a Node Duplex becomes it.
 *
 * @typedef {object} BenchStream
 * @property {(bytes: Uint8Array) => undefined | Promise<unknown>} write `undefined`: go on; a promise: wait for room. The bytes never change afterwards
 * @property {() => undefined | void | Promise<unknown>} end half-close
 * @property {(onData: (chunk: Chunk) => undefined | Promise<unknown>) => Promise<void>} consume resolves at the peer's end; a promise from `onData` pauses
 * @property {(handler: Handler) => void} [take] `consume` without a promise, where there is a way
 *
 * @typedef {object} Handler
 * @property {(chunk: Chunk) => undefined | Promise<unknown>} data as `onData`
 * @property {() => void} ended
 * @property {(error: Error) => void} failed
 *
 * @typedef {Uint8Array | { readonly byteLength: number, get (index: number): number, subarray (): Uint8Array }} Chunk a Uint8Array or a Uint8ArrayList
 */

/**
 * @param {import('node:stream').Duplex} duplex a socket, an Http2Stream or any other
 * @returns {BenchStream}
 */
export function fromDuplex (duplex) {
  return {
    write (bytes) {
      if (duplex.write(bytes)) return undefined
      return new Promise((resolve, reject) => {
        const settle = (done) => () => {
          duplex.removeListener('drain', drained)
          duplex.removeListener('close', closed)
          done()
        }
        const drained = settle(resolve)
        const closed = settle(() => reject(new Error('closed while writing')))
        duplex.on('drain', drained)
        duplex.on('close', closed)
      })
    },
    end () { duplex.end() },
    consume (onData) {
      return new Promise((resolve, reject) => {
        let ended = false
        duplex.on('data', (chunk) => {
          const wait = onData(chunk)
          if (wait === undefined) return
          duplex.pause()
          wait.then(() => duplex.resume(), reject)
        })
        duplex.on('end', () => {
          ended = true
          resolve()
        })
        duplex.on('error', reject)
        // 'close' may come in the same turn as 'end' and before it
        duplex.on('close', () => setImmediate(() => { if (!ended) reject(new Error('closed before its end')) }))
      })
    }
  }
}

/** Bytes that a bare WebSocket may hold before its writer waits, and at which it goes on. */
const HIGH = 524288
const LOW = 131072

/**
 * A bare WebSocket, paced by its callbacks. It cannot be half-closed: a text message stands for the end.
 * @param {import('ws').WebSocket} ws
 * @returns {BenchStream}
 */
export function fromWs (ws) {
  let held = 0
  let roomy
  return {
    write (bytes) {
      held += bytes.byteLength
      ws.send(bytes, () => {
        held -= bytes.byteLength
        if (held <= LOW) roomy?.()
      })
      return held <= HIGH ? undefined : new Promise((resolve) => { roomy = resolve })
    },
    end () { ws.send('end') },
    consume (onData) {
      return new Promise((resolve, reject) => {
        ws.on('message', (data, isBinary) => {
          if (!isBinary) {
            resolve()
            return
          }
          const wait = onData(data)
          if (wait === undefined) return
          ws.pause()
          wait.then(() => ws.resume(), reject)
        })
        ws.on('close', () => reject(new Error('closed before its end')))
      })
    }
  }
}

/** @type {(chunk: Chunk) => Uint8Array} */
export const flat = (chunk) => chunk instanceof Uint8Array ? chunk : chunk.subarray()

/** @type {(chunk: Chunk) => number} */
export const firstByte = (chunk) => chunk instanceof Uint8Array ? chunk[0] : chunk.get(0)

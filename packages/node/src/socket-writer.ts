/**
 * The writing half of a socket as a sink that pulls only when there is room. Knows nothing of reading.
 *
 * @module
 */
import type { Bytes } from '@muxado/session'
import type { Duplex } from 'node:stream'

/** What a socket sends: one source, one `writev` for each thing it yields. */
export class SocketWriter {
  readonly #socket: Duplex
  #error: Error | undefined
  /** Whoever waits: the sink's promise, and its loop while the socket is full. */
  #reject: ((error: Error) => void) | undefined
  #roomy: (() => void) | undefined

  constructor (socket: Duplex) {
    this.#socket = socket
  }

  /** Write all of `source`, then end. Resolves when that is flushed, rejects when the socket fails or `source` throws. */
  sink (source: AsyncIterable<Bytes>): Promise<void> {
    return new Promise((resolve, reject) => {
      const iterator = source[Symbol.asyncIterator]()
      this.#reject = (error) => {
        reject(error)
        this.#roomy?.()
        // A source that is parked is told at once that nobody wants more. It may notice late or never: the sink has settled anyway.
        leave(iterator).catch(() => {})
      }
      if (this.#error !== undefined) this.#reject(this.#error)
      this.#pump(iterator, resolve).catch((error: Error) => {
        // A FIN after a truncated stream would look like a good end to the peer.
        this.#socket.destroy(error)
        this.fail(error)
      })
    })
  }

  /** The connection failed: the sink rejects now, wherever it waits. The first error counts, and none after the flush. */
  fail (error: Error): void {
    if (this.#error !== undefined) return
    this.#error = error
    this.#reject?.(error)
  }

  async #pump (iterator: AsyncIterator<Bytes>, resolve: () => void): Promise<void> {
    const socket = this.#socket
    socket.on('drain', () => { this.#roomy?.() })
    while (this.#error === undefined) {
      const { done, value } = await iterator.next()
      if (this.#error !== undefined) return
      if (done === true) {
        if (socket.writableFinished) resolve()
        else socket.once('finish', resolve)
        socket.end()
        return
      }
      write(socket, value)
      if (socket.writableNeedDrain) await new Promise<void>(resolve => { this.#roomy = resolve })
    }
  }
}

async function leave (iterator: AsyncIterator<Bytes>): Promise<void> {
  await iterator.return?.()
}

function write (socket: Duplex, bytes: Bytes): void {
  if (bytes instanceof Uint8Array) {
    if (bytes.byteLength > 0) socket.write(bytes)
    return
  }
  // Separate writes of header and payload halve the throughput of bulk.
  socket.cork()
  for (const part of bytes) socket.write(part)
  socket.uncork()
}

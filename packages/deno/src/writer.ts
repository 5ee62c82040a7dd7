/**
 * The writing half of a connection as a sink that pulls only when there is room. Knows nothing of reading.
 *
 * @module
 */
import type { Bytes } from '@muxado/session'
import type { Conn } from './types.ts'

/** Parts of a flush are joined up to here: Deno has no `writev`, and a frame's header would leave in a packet of its own. Arbitrary. */
const BLOCK = 65_536

/** What a connection sends: one source, written as fast as the connection takes it. */
export class ConnWriter {
  readonly #conn: Conn
  #error: Error | undefined
  #reject: ((error: Error) => void) | undefined

  constructor (conn: Conn) {
    this.#conn = conn
  }

  /**
   * Write all of `source`, then half-close. Resolves when that is done, rejects when the connection fails or `source` throws.
   * @param broke called with what `source` threw, or the connection failed with
   */
  sink (source: AsyncIterable<Bytes>, broke: (error: Error) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const iterator = source[Symbol.asyncIterator]()
      this.#reject = (error) => {
        reject(error)
        // A source that is parked is told at once that nobody wants more. It may notice late or never: the sink has settled anyway.
        leave(iterator).catch(() => {})
      }
      if (this.#error !== undefined) this.#reject(this.#error)
      this.#pump(iterator).then(resolve, broke)
    })
  }

  /** The connection failed: the sink rejects now, wherever it waits. The first error counts. */
  fail (error: Error): void {
    if (this.#error !== undefined) return
    this.#error = error
    this.#reject?.(error)
  }

  async #pump (iterator: AsyncIterator<Bytes>): Promise<void> {
    while (this.#error === undefined) {
      const { done, value } = await iterator.next()
      if (this.#error !== undefined) return
      if (done === true) {
        await this.#conn.closeWrite()
        return
      }
      for (const block of blocks(value)) await this.#write(block)
    }
  }

  async #write (block: Uint8Array): Promise<void> {
    for (let at = 0; at < block.byteLength && this.#error === undefined;) at += await this.#conn.write(at === 0 ? block : block.subarray(at))
  }
}

async function leave (iterator: AsyncIterator<Bytes>): Promise<void> {
  await iterator.return?.()
}

/** `bytes` in order, small parts joined. */
export function * blocks (bytes: Bytes): Generator<Uint8Array, void, undefined> {
  if (bytes instanceof Uint8Array) {
    yield bytes
    return
  }
  let left = bytes.byteLength
  let block: Uint8Array | undefined
  let at = 0
  for (let part of bytes) {
    while (part.byteLength > 0) {
      block ??= new Uint8Array(Math.min(left, BLOCK))
      const taken = part.subarray(0, block.byteLength - at)
      block.set(taken, at)
      at += taken.byteLength
      left -= taken.byteLength
      part = part.subarray(taken.byteLength)
      if (at < block.byteLength) continue
      yield block
      block = undefined
      at = 0
    }
  }
}

/**
 * Frames on their way out: keeps what one `send` gave apart from the next, and joins frames for the connection. Knows no connection.
 *
 * @module
 */
import type { Machine } from '@muxado/core'
import { Uint8ArrayList } from 'uint8arraylist'
import { BATCH, MAX_FRAME } from './options.ts'

/** A machine's output. */
export class Outbox {
  readonly machine: Machine
  /** Bytes to hand over at once. */
  batch: number = BATCH.first
  #frames: Uint8Array[] = []
  #bytes = 0
  #round = 0

  constructor (machine: Machine) {
    this.machine = machine
  }

  /** Counts what `take` has returned: what is written between two of these leaves in one piece. */
  get round (): number {
    return this.#round
  }

  /** Whether `take` returns anything. */
  get wanted (): boolean {
    return this.#bytes > 0 || this.machine.wantsTransmit
  }

  /** Bytes that wait. */
  get bytes (): number {
    return this.#bytes + this.machine.queued
  }

  /**
   * Queue bytes of a stream, in the order of `data`. Returns how many were taken: fewer when the peer's credit is used up.
   * @param apart what waits gets its frames first, so that this is not joined to it: libp2p's applications see where a message ends, and its
   *   suite says that they may
   */
  write (streamId: number, data: Uint8Array | Uint8ArrayList, apart: boolean): number {
    if (apart && this.#room > 0) this.#build()
    if (data instanceof Uint8Array) return this.machine.send(streamId, data)
    let taken = 0
    for (const chunk of data) {
      const bytes = this.machine.send(streamId, chunk)
      taken += bytes
      if (bytes < chunk.byteLength) break
    }
    return taken
  }

  /** The next bytes for the connection, about a batch. Call it when `wanted`. */
  take (): Uint8Array | Uint8ArrayList {
    this.#round++
    if (this.#room > 0) this.#build()
    const frames = this.#frames
    const [only] = frames
    const bytes = this.#bytes
    this.#frames = []
    this.#bytes = 0
    return frames.length === 1 && only !== undefined ? only : Uint8ArrayList.fromUint8Arrays(frames, bytes)
  }

  /** What a batch has left, with room for the headers of full frames. */
  get #room (): number {
    return this.batch + this.batch / MAX_FRAME * 8 - this.#bytes
  }

  #build (): void {
    for (const segment of this.machine.transmit(this.#room)) {
      this.#bytes += segment.byteLength
      const last = this.#frames.at(-1)
      // Small frames built one after the other lie side by side.
      if (last !== undefined && last.byteOffset + last.byteLength === segment.byteOffset && last.buffer === segment.buffer) {
        this.#frames[this.#frames.length - 1] = new Uint8Array(segment.buffer, last.byteOffset, last.byteLength + segment.byteLength)
      } else {
        this.#frames.push(segment)
      }
    }
  }
}

/**
 * Counts what frames on one direction of a wire say, stream by stream. Reads with the test's own reader, so that it owes the codec nothing.
 *
 * @module
 */
import { FrameReader } from './frames.ts'

/** Totals of one stream in one direction. */
export interface Tally {
  /** DATA bytes announced by headers. */
  payload: number
  /** DATA bytes that followed. */
  body: number
  /** Bytes of credit, in whole frames. */
  credit: number
  syn: boolean
  fin: boolean
  rst: boolean
}

/** Watches one direction at one place. */
export class Meter {
  readonly #reader: FrameReader
  readonly #tallies = new Map<number, Tally>()
  #seen = 0
  /** GOAWAY frames seen. */
  goAways = 0
  /** The last frame was a GOAWAY, its padding aside. */
  endsInGoAway = false

  constructor (wire: 1 | 2) {
    this.#reader = new FrameReader(wire)
  }

  /** True between frames. */
  get whole (): boolean {
    return this.#reader.whole
  }

  /** Body bytes still to come of the DATA frame under way on a stream. */
  coming (id: number): number {
    const last = this.#reader.frames.at(-1)
    return last?.kind === 'data' && last.id === id ? this.#reader.remaining : 0
  }

  of (id: number): Tally {
    let tally = this.#tallies.get(id)
    if (tally === undefined) this.#tallies.set(id, tally = { payload: 0, body: 0, credit: 0, syn: false, fin: false, rst: false })
    return tally
  }

  push (bytes: Uint8Array): void {
    const { frames } = this.#reader
    this.#reader.push(bytes, (frame, piece) => {
      if (frame.kind === 'data') {
        this.of(frame.id).body += piece.length
        return
      }
      frame.body = Uint8Array.of(...frame.body, ...piece)
    })
    for (; this.#seen < frames.length; this.#seen++) {
      const frame = frames[this.#seen]
      if (frame === undefined) return
      const complete = this.#seen < frames.length - 1 || this.#reader.remaining === 0
      if (frame.kind !== 'data' && !complete) return
      const tally = this.of(frame.id)
      if (frame.kind === 'data') tally.payload += frame.length
      else if (frame.kind === 'credit') tally.credit += new DataView(frame.body.buffer).getUint32(0)
      else if (frame.kind === 'rst') tally.rst = true
      else if (frame.kind === 'goaway') this.goAways++
      tally.syn ||= frame.syn
      tally.fin ||= frame.fin
      this.endsInGoAway = frame.kind === 'goaway' || (this.endsInGoAway && frame.id === 1)
    }
  }
}

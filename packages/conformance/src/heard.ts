/**
 * What has come on one stream.
 *
 * @module
 */
import type { Frame } from './reader.ts'

/** What has come on one stream. */
export interface Heard {
  readonly id: number
  readonly parts: Uint8Array[]
  /** Bytes of payload, those of frames that are not whole yet included. */
  bytes: number
  /** A whole frame with FIN has come. */
  fin: boolean
  /** The reasons of RST frames. */
  readonly resets: number[]
  /** Increments that came, as they came. */
  readonly increments: number[]
  /** Bytes that we may still send, as long as all of ours goes through `say`. */
  credit: number
  /** Its type, once known; 0 where there is none. */
  type: number | undefined
  /** What opened it, if the endpoint did. */
  opened: Frame | undefined
}

/** A stream on which nothing has come. */
export function unheard (id: number, window: number): Heard {
  return { id, parts: [], bytes: 0, fin: false, resets: [], increments: [], credit: window, type: undefined, opened: undefined }
}

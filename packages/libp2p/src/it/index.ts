/**
 * muxado for the generation of async iterables: a duplex for `it-pipe`, and a stream muxer for libp2p 1 and 2.
 *
 * @module
 */
import { PROTOCOL, settle } from '../options.ts'
import type { MuxadoInit, Settings } from '../options.ts'
import { ItMuxer } from './muxer.ts'
import type { ItMuxerInit } from './muxer.ts'

export type { ItMuxer, ItMuxerInit } from './muxer.ts'
export type { HeartbeatOptions, MuxadoInit } from '../options.ts'
export { PROTOCOL } from '../options.ts'
export type { ItLogger, ItStream, ItTimeline } from './stream.ts'

/** What the upgrader of libp2p 1 and 2 asks for. */
export interface ItMuxerFactory {
  readonly protocol: string
  createStreamMuxer (init?: ItMuxerInit): ItMuxer
}

/**
 * For `streamMuxers` of libp2p 1 and 2, and for any pipeline of bytes: `muxado()().createStreamMuxer({ direction, onIncomingStream })` makes
 * a duplex. Of `streamOptions`, `maxReadBufferLength` counts.
 * @throws {MuxadoError} API_ARGUMENT for an option out of its range
 */
export function muxado (init: MuxadoInit = {}): () => ItMuxerFactory {
  const settings = settle(init)
  return () => new ItFactory(settings)
}

class ItFactory implements ItMuxerFactory {
  readonly protocol: string = PROTOCOL
  readonly [Symbol.toStringTag]: string = '@muxado/libp2p/it'
  readonly #settings: Settings

  constructor (settings: Settings) {
    this.#settings = settings
  }

  createStreamMuxer (init: ItMuxerInit = {}): ItMuxer {
    return new ItMuxer(this.#settings, init)
  }
}

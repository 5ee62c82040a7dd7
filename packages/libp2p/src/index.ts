/**
 * muxado as a stream muxer for libp2p 3 and later.
 *
 * @module
 */
import { serviceCapabilities } from '@libp2p/interface'
import type { CounterGroup, MessageStream, Metrics, StreamMuxerFactory } from '@libp2p/interface'
import { MuxadoMuxer } from './muxer.ts'
import { PROTOCOL, settle } from './options.ts'
import type { MuxadoInit, Settings } from './options.ts'

export type { HeartbeatOptions, MuxadoInit } from './options.ts'
export { PROTOCOL } from './options.ts'
export type { MuxadoMuxer } from './muxer.ts'
export type { MuxadoStream } from './stream.ts'

/** What libp2p passes of itself; all of it optional. */
export interface MuxadoComponents {
  readonly metrics?: Metrics
}

/**
 * For `streamMuxers` of `createLibp2p`: offers `/muxado/1.0.0`. List muxers in the same order on all your nodes.
 * @throws {MuxadoError} API_ARGUMENT for an option out of its range
 */
export function muxado (init: MuxadoInit = {}): (components?: MuxadoComponents) => StreamMuxerFactory<MuxadoMuxer> {
  const settings = settle(init)
  return (components) => new MuxadoFactory(settings, components)
}

class MuxadoFactory implements StreamMuxerFactory<MuxadoMuxer> {
  readonly protocol: string = PROTOCOL
  readonly [Symbol.toStringTag]: string = '@muxado/libp2p'
  readonly [serviceCapabilities]: string[] = ['@libp2p/stream-multiplexing']
  readonly #settings: Settings
  readonly #metrics: CounterGroup | undefined

  constructor (settings: Settings, components?: MuxadoComponents) {
    this.#settings = settings
    this.#metrics = components?.metrics?.registerCounterGroup('libp2p_muxado_muxer_streams_total')
  }

  createStreamMuxer (maConn: MessageStream): MuxadoMuxer {
    return new MuxadoMuxer(maConn, this.#settings, this.#metrics)
  }
}

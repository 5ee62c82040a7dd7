/** libp2p's muxer. Its code lives on in `@libp2p/yamux`. */
import { createDriver } from '../lib/libp2p.mjs'
import { yamux } from '@chainsafe/libp2p-yamux'

export const label = '@chainsafe/libp2p-yamux 8.0.1'
export const caveat = 'over libp2p\'s own adapters, unencrypted; stream limits raised from 1,000'
export const kinds = ['tcp', 'ws', 'mem']
export const skip = { W4u: 'has no priorities', W5x: 'quadratic: gives no result within 40 s' }
export const bundle = "export { yamux } from '@chainsafe/libp2p-yamux'; export { AbstractMultiaddrConnection } from '@libp2p/utils'"

export const { connect, serve } = createDriver(() => yamux({ maxInboundStreams: 1e7, maxOutboundStreams: 1e7 })())

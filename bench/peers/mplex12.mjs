/** libp2p's older muxer. */
import { createDriver } from '../lib/libp2p.mjs'
import { mplex } from '@libp2p/mplex'

export const label = '@libp2p/mplex 12.0.32'
export const caveat = 'no flow control; deprecated by libp2p; disconnectThreshold raised from 5 streams a second, which ends a connection under churn'
export const kinds = ['tcp', 'ws', 'mem']
export const rounds = { most: 2 }
export const skip = { W1L: 'as W1', W4u: 'has no priorities', W5x: 'quadratic: gives no result within 40 s' }
export const bundle = "export { mplex } from '@libp2p/mplex'; export { AbstractMultiaddrConnection } from '@libp2p/utils'"

export const { connect, serve } = createDriver(() => mplex({ disconnectThreshold: Infinity })())

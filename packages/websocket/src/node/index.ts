/**
 * muxado over WebSockets in Node: serves beside HTTP on one port, and dials with the package `ws`, which must be installed.
 *
 * @module
 */
export { connect } from './connect.ts'
export { listen } from './listen.ts'
export { acceptUpgrade, requestOf } from './upgrade.ts'
export { fromWebSocket } from '../transport.ts'
export type { ListenOptions, Listener, ListenerCloseOptions } from './listen.ts'
export type { AdmitOptions, Asked, Refusal } from '../admit.ts'
export type { UpgradeOptions, UpgradeRequest } from './upgrade.ts'
export type { ConnectOptions, FromWebSocketOptions } from '../types.ts'

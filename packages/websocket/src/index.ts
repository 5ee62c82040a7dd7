/**
 * muxado over WebSockets, in every runtime that has them.
 *
 * @module
 */
export { connect, dialWebSocket, HEARTBEAT } from './connect.ts'
export { bearer, PROTOCOLS, tokenIn, wireOf } from './protocols.ts'
export { webSocketStream } from './stream.ts'
export { fromWebSocket } from './transport.ts'
export type { ConnectOptions, Dial, DialOptions, Dialled, FromWebSocketOptions, WebSocketConstructor, WebSocketLike } from './types.ts'

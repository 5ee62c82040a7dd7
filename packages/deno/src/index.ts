/**
 * muxado for Deno: connect and listen over TCP, TLS and unix sockets. WebSockets are in `@muxado/websocket`, for Deno too.
 *
 * @module
 */
export { connect } from './connect.ts'
export type { ConnectOptions } from './connect.ts'
export { connOf } from './conns.ts'
export { listen } from './listen.ts'
export type { Listener, ListenerCloseOptions, ListenOptions } from './listen.ts'
export { fromConn } from './transport.ts'
export type { FromConnOptions } from './transport.ts'
export type { Addr, Conn, ConnectTls, ListenTls } from './types.ts'

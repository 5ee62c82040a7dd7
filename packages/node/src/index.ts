/**
 * muxado for Node: over TCP, TLS and unix sockets, with streams as sockets and HTTP over a session.
 *
 * @module
 */
export { connect } from './connect.ts'
export type { ConnectOptions } from './connect.ts'
export { createAgent } from './http-agent.ts'
export type { AgentOptions, SessionSource } from './http-agent.ts'
export { serveHttp } from './http-server.ts'
export type { ConnectionEmitter, HttpService, ServeHttpOptions } from './http-server.ts'
export { listen } from './listen.ts'
export type { ListenOptions, Listener, ListenerCloseOptions } from './listen.ts'
export { socketOf } from './sockets.ts'
export { toSocket } from './stream-socket.ts'
export type { StreamSocket, StreamSocketOptions } from './stream-socket.ts'
export { fromSocket } from './transport.ts'
export type { FromSocketOptions } from './transport.ts'
export { createConnector } from './undici.ts'
export type { Connector, ConnectorTarget } from './undici.ts'

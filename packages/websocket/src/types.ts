/**
 * The shapes that sockets, diallers and options have here. No logic.
 *
 * @module
 */
import type { SessionOptions, Transport } from '@muxado/session'
import type { Pacer } from './pace.ts'

/** A socket of the WHATWG kind, or of the package `ws`: browsers, Node 22, Deno, Bun and Workers have one as `WebSocket`. */
export interface WebSocketLike {
  readonly readyState: number
  /** The sub-protocol that the server has chosen; empty until it is open. */
  readonly protocol: string
  /** Bytes that wait in the socket. A hint: some runtimes always say 0. */
  readonly bufferedAmount: number
  binaryType: string
  send (data: Uint8Array<ArrayBuffer>, sent?: (error?: Error | null) => void): void
  close (code?: number, reason?: string): void
  addEventListener (type: 'open', listener: () => void): void
  addEventListener (type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener (type: 'close', listener: (event: { readonly code: number, readonly reason: string }) => void): void
  addEventListener (type: 'error', listener: (event: object) => void): void
}

/** What only the package `ws` has. */
export interface WsSocket extends WebSocketLike {
  on (name: string, listener: () => void): unknown
  pause (): void
  resume (): void
  terminate (): void
  ping (): void
}

/** What makes a socket, e.g. `WebSocket` of the package `ws`. The third argument is for `ws` alone: others ignore it. */
export type WebSocketConstructor = new (url: string, protocols: string[], options?: object) => WebSocketLike

/** Where messages are made. */
export interface MessageMemory {
  /** Memory for a message of this size; what is in it does not matter. */
  take (size: number): Uint8Array<ArrayBuffer>
  /** `ws` has written this message: nobody reads it any more. */
  give (message: Uint8Array<ArrayBuffer>): void
}

/** How messages are cut, and how much the socket may hold. */
export interface FromWebSocketOptions {
  /** Largest message to send, in bytes; what a proxy on the way lets through. From 1; default 65,536. */
  readonly maxMessage?: number | undefined
  /** Largest message to take, in bytes: a longer one ends the connection with 1009. Default 1 MiB. */
  readonly maxReceive?: number | undefined
  /** Bytes waiting in the socket at which it gets no more. What waits in the session instead can still be overtaken. Default 131,072. */
  readonly highWater?: number | undefined
  /** Bytes waiting in the socket at which it gets more again. Default 65,536. */
  readonly lowWater?: number | undefined
  /**
   * Keep no more on its way than the path holds, so that urgent streams overtake bulk. Over `ws` by its pings; `connect` does it over other sockets
   * too, when both ends have a heartbeat. Default true.
   */
  readonly pace?: boolean | undefined
  /** Used by `connect`. */
  readonly pacer?: Pacer | undefined
  /** Used by `listen`. */
  readonly memory?: MessageMemory | undefined
  /** When to flush what a turn wrote: see `Transport`. Default: some microtasks later. */
  readonly schedule?: Transport['schedule'] | undefined
  /** Default none: sockets do not say. */
  readonly localAddress?: string | undefined
  /** Default: the socket's url where it has one. */
  readonly remoteAddress?: string | undefined
}

/** A connection that stands. */
export interface Dialled {
  readonly transport: Transport
  /** The sub-protocol that the server has chosen. */
  readonly protocol: string
}

/** Opens a connection that offers these sub-protocols; rejects when there is none, or `signal` aborts. */
export type Dial = (url: string, protocols: string[], options: DialOptions) => Promise<Dialled>

/** What a dialler is told. */
export interface DialOptions extends FromWebSocketOptions {
  /** Default: the runtime's own. Node 20 has none: `import { WebSocket } from 'ws'`, or use `connect` of `@muxado/websocket/node`. */
  readonly WebSocket?: WebSocketConstructor | undefined
  /** Options for the constructor of the package `ws`: headers, an agent, certificates. Other sockets ignore them. */
  readonly socketOptions?: object | undefined
  /** Gives up. Does nothing once the session is there. */
  readonly signal?: AbortSignal | undefined
}

/** Where a session goes and how it behaves. `heartbeat` and `maxQueued` have defaults of their own here: 20 s and 45 s, and 64 KiB. */
export interface ConnectOptions extends Omit<SessionOptions, 'role' | 'wire'>, DialOptions {
  /** Which end of the session to be. Default `'client'`. */
  readonly role?: SessionOptions['role'] | undefined
  /** Offer this dialect only. Default: both, and the server picks. */
  readonly wire?: 1 | 2 | undefined
  /** Shown to the server before the connection stands, in a sub-protocol, since a page cannot set headers. Any text. Default none. */
  readonly token?: string | undefined
  /** Further sub-protocols to offer, for a gateway on the way. Default none. */
  readonly protocols?: readonly string[] | undefined
  /** Milliseconds until the connection must stand. 1 to 2^31-1; default 10,000. */
  readonly connectTimeoutMs?: number | undefined
  /** How to open the connection. Default: a `WebSocket`; `webSocketStream` uses the other interface where there is one. */
  readonly dial?: Dial | undefined
}

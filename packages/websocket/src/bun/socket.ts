/**
 * The socket of a Bun server, which reports to handlers of its server, in the shape of one that has events. Knows no server.
 *
 * @module
 */
import type { WsSocket } from '../types.ts'

/** The part of a `Bun.ServerWebSocket` that is used here. */
export interface ServerSocket {
  readonly data: BunSocket
  send (data: Uint8Array): number
  ping (): number
  close (code?: number, reason?: string): void
  terminate (): void
  getBufferedAmount (): number
}

/** Of `readyState`. */
const CONNECTING = 0
const OPEN = 1
const CLOSED = 3

type Event = 'open' | 'message' | 'close' | 'error' | 'pong'

/** One per connection, made before Bun has one. */
export class BunSocket implements WsSocket {
  readonly protocol: string
  readyState: number = CONNECTING
  /** What Bun hands out is a `Buffer`, whatever is said here. */
  binaryType: string = 'nodebuffer'
  #socket: ServerSocket | undefined
  #sent: (() => void) | undefined
  readonly #listeners: Array<{ readonly type: string, readonly call: (event: never) => void }> = []

  constructor (protocol: string) {
    this.protocol = protocol
  }

  get bufferedAmount (): number {
    return this.readyState === OPEN ? this.#socket?.getBufferedAmount() ?? 0 : 0
  }

  send (data: Uint8Array, sent?: () => void): void {
    this.#sent = sent
    if (this.readyState === OPEN) this.#socket?.send(data)
  }

  ping (): void {
    if (this.readyState === OPEN) this.#socket?.ping()
  }

  close (code?: number, reason?: string): void {
    this.#socket?.close(code, reason)
  }

  terminate (): void {
    this.#socket?.terminate()
  }

  // Bun cannot stop receiving: what comes is bounded by the credit that streams have
  pause (): void {}
  resume (): void {}

  addEventListener (type: string, call: (event: never) => void): void {
    this.#listeners.push({ type, call })
  }

  on (type: string, call: () => void): this {
    this.#listeners.push({ type, call })
    return this
  }

  /** Bun has it now. */
  opened (socket: ServerSocket): void {
    this.#socket = socket
    this.readyState = OPEN
    this.#emit('open', {})
  }

  /** A message came. */
  received (data: string | Uint8Array): void {
    this.#emit('message', { data })
  }

  /** What waited has left. */
  drained (): void {
    this.#sent?.()
  }

  /** A ping was answered. */
  ponged (): void {
    this.#emit('pong', {})
  }

  /** The connection has ended. */
  closed (code: number, reason: string): void {
    this.readyState = CLOSED
    this.#emit('close', { code, reason })
  }

  #emit (type: Event, event: object): void {
    for (const listener of this.#listeners) {
      if (listener.type === type) listener.call(event as never)
    }
  }
}

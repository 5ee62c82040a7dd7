// Two sockets of the WHATWG kind that are each other's peer, in memory.
import type { WebSocketLike } from '@muxado/websocket'

/** One end. Messages arrive a microtask later, in order. */
export class MemorySocket implements WebSocketLike {
  readyState = 1
  readonly protocol: string
  readonly bufferedAmount = 0
  binaryType = 'blob'
  peer: MemorySocket | undefined
  readonly #listeners: Array<{ readonly type: string, readonly call: (event: never) => void }> = []

  constructor (protocol: string) {
    this.protocol = protocol
  }

  send (data: Uint8Array): void {
    const copy = data.slice().buffer
    queueMicrotask(() => { this.peer?.emit('message', { data: copy }) })
  }

  close (code = 1005, reason = ''): void {
    if (this.readyState === 3) return
    this.readyState = 3
    queueMicrotask(() => {
      this.peer?.close(code, reason)
      this.emit('close', { code, reason })
    })
  }

  addEventListener (type: string, call: (event: never) => void): void {
    this.#listeners.push({ type, call })
  }

  emit (type: string, event: object): void {
    for (const listener of this.#listeners) if (listener.type === type) listener.call(event as never)
  }
}

/** Two that are connected, and have agreed on `protocol`. */
export function memorySockets (protocol = ''): [MemorySocket, MemorySocket] {
  const [a, b] = [new MemorySocket(protocol), new MemorySocket(protocol)]
  a.peer = b
  b.peer = a
  return [a, b]
}

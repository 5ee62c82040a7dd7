/**
 * Dials with `WebSocketStream`, the interface with backpressure both ways, where there is one. Knows that interface only.
 *
 * @module
 */
import type { Bytes } from '@muxado/session'
import { CLEAN, closedWith, closeOf, INTERNAL, isEnd, NOT_BINARY } from './codes.ts'
import { dialWebSocket } from './connect.ts'
import type { Dial } from './types.ts'
import { cut } from './writer.ts'

/** Also what a `WebSocketError` has. */
interface CloseInfo {
  readonly closeCode?: number
  readonly reason?: string
}

interface WebSocketStream {
  readonly opened: Promise<{
    readonly readable: ReadableStream<string | ArrayBuffer | Uint8Array>
    readonly writable: WritableStream<Uint8Array>
    readonly protocol: string
  }>
  readonly closed: Promise<CloseInfo>
  close (info?: { closeCode?: number, reason?: string }): void
}

type WebSocketStreamConstructor = new (url: string, options: { protocols: string[], signal?: AbortSignal | undefined }) => WebSocketStream

/**
 * For `connect(url, { dial: webSocketStream })`: the browser then holds back what it receives while the page is busy, and tells of room as it comes.
 * Where there is no `WebSocketStream`, a `WebSocket` does. Chromium 156 crashes the page when such a connection is cut off while it writes, so
 * this is not the default anywhere.
 */
export const webSocketStream: Dial = async (url, protocols, options) => {
  const { WebSocketStream: Socket } = globalThis as { WebSocketStream?: WebSocketStreamConstructor }
  if (Socket === undefined) return await dialWebSocket(url, protocols, options)
  const { maxMessage = 65_536, pacer, signal, schedule } = options
  const socket = new Socket(url, { protocols, signal })
  let close = (closeCode: number, reason = ''): void => { socket.close({ closeCode, reason }) }
  // Nothing is left to close then
  const over = (): void => { close = () => {} }
  socket.closed.then(over, over)
  const { readable, writable, protocol } = await socket.opened.catch((error: Error) => {
    throw signal?.aborted === true ? signal.reason : error
  })
  const reader = readable.getReader()
  const writer = writable.getWriter()
  writer.closed.catch(() => {}) // a sink that writes hears of it
  const halves = { incoming: 'open', outgoing: 'open' }
  let aborted: Error | undefined
  let giveUp: (error: Error) => void = () => {}
  const given = new Promise<never>((_resolve, reject) => { giveUp = reject })
  given.catch(() => {})

  const settle = (): void => {
    if (halves.incoming === 'ended' && halves.outgoing === 'ended') close(CLEAN)
  }
  /** Why the connection is over; undefined for a good end. */
  const why = async (): Promise<Error | undefined> => {
    if (aborted !== undefined) return aborted
    const { closeCode = 1005, reason = '' } = await socket.closed.catch(({ closeCode = 1006, reason }: CloseInfo) => ({ closeCode, reason }))
    return isEnd(closeCode) ? undefined : closedWith(closeCode, reason)
  }
  const abort = (error?: Error, code?: number): void => {
    if (aborted !== undefined) return
    aborted = error ?? new Error('the connection was aborted')
    const [closeCode, reason] = code !== undefined ? [code, ''] : halves.outgoing === 'ended' && error === undefined ? [CLEAN, ''] : closeOf(error)
    close(closeCode, reason)
    giveUp(aborted)
  }

  async function * source (): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      let result
      try {
        result = await Promise.race([reader.read(), given])
      } catch {
        result = { done: true, value: undefined } as const
      }
      if (result.done) {
        const error = await why()
        if (error !== undefined) throw error
        return
      }
      const { value } = result
      if (typeof value === 'string') {
        abort(new Error('a text message came: only binary ones are taken'), NOT_BINARY)
      } else if (value.byteLength === 0) {
        halves.incoming = 'ended'
        settle()
        return
      } else {
        yield value instanceof Uint8Array ? value : new Uint8Array(value)
      }
    }
  }

  /** Wait for the socket, and tell why it is over rather than that it is. */
  async function room (wait: Promise<unknown>): Promise<void> {
    try {
      await Promise.race([wait, given])
    } catch (thrown) {
      const error = await why()
      if (error === undefined && halves.outgoing === 'ended') return // the peer has closed in good order
      // Who reads is told of a good end first, and may end what is written in good order
      if (error === undefined) await new Promise((resolve) => { setTimeout(resolve, 0) })
      throw error ?? thrown
    }
  }

  async function sink (from: AsyncIterable<Bytes>): Promise<void> {
    const iterator = from[Symbol.asyncIterator]()
    try {
      for (;;) {
        const { done, value } = await Promise.race([iterator.next(), given])
        if (done === true) break
        pacer?.flushing(value.byteLength)
        for (const message of cut(value, maxMessage)) void writer.write(message).catch(() => {}) // `ready` tells
        const paced = pacer?.flushed()
        await room(writer.ready)
        if (paced !== undefined) await Promise.race([paced, given])
      }
      halves.outgoing = 'ended'
      await room(writer.write(new Uint8Array(0)))
      settle()
    } catch (thrown) {
      new Promise((resolve) => { resolve(iterator.return?.()) }).catch(() => {})
      const error = thrown as Error
      abort(error, INTERNAL)
      throw error
    }
  }

  const transport = { source: source(), sink, abort: (error?: Error) => { abort(error) }, ...schedule && { schedule }, remoteAddress: url }
  return { transport, protocol }
}

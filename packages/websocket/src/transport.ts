/**
 * A WebSocket as a `Transport`. Knows sockets and close codes; nothing of frames or sessions.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import type { Bytes, Transport } from '@muxado/session'
import { CLEAN, closedWith, closeOf, INTERNAL, isEnd, NOT_BINARY, TOO_BIG } from './codes.ts'
import { Pacer } from './pace.ts'
import { Reader } from './reader.ts'
import type { FromWebSocketOptions, WebSocketLike, WsSocket } from './types.ts'
import { Writer } from './writer.ts'

/** Milliseconds that a peer has to answer a close before its connection is cut, where we can cut it. Arbitrary; it is alive or it is not. */
const FAREWELL_MS = 1_000

/** Of `readyState`. */
const OPEN = 1

/**
 * Make a `Transport` of a WebSocket: of the runtime, of the package `ws`, or one of the same shape; open or still connecting.
 *
 * The transport owns the socket from here on. Every message is a run of bytes, cut and joined anywhere; an empty message says that its sender
 * has ended, and when both have, the socket is closed with 1000. Do not wait before calling it: what comes meanwhile is lost.
 */
export function fromWebSocket (socket: WebSocketLike, options: FromWebSocketOptions = {}): Transport {
  const { maxMessage = 65_536, maxReceive = 1_048_576, highWater = 131_072, lowWater = 65_536, schedule } = options
  if (!(maxMessage >= 1 && lowWater >= 0 && highWater >= lowWater)) throw new MuxadoError('API_ARGUMENT', 'maxMessage or a water mark out of range')
  const ws = 'on' in socket ? socket as WsSocket : undefined // an EventEmitter is the one thing that only `ws` is
  let incoming: 'open' | 'ended' = 'open'
  let cause: unknown
  let open: () => void = () => {}
  const opened = socket.readyState === OPEN ? Promise.resolve() : new Promise<void>((resolve) => { open = resolve })
  const reader = new Reader((go) => { if (go) ws?.resume(); else ws?.pause() })
  const pacer = options.pacer ?? (ws !== undefined && options.pace !== false ? new Pacer() : undefined)
  // `ws` can ping, and everybody answers that by himself
  if (ws !== undefined) {
    pacer?.start(() => { ws.ping() })
    ws.on('pong', () => { pacer?.echo() })
  }
  const writer = new Writer(socket, ws, { maxMessage, highWater, lowWater, opened, pacer, memory: options.memory })

  const fail = (error: Error): void => {
    reader.fail(error)
    writer.fail(error)
    open()
  }
  const close = (code: number, reason: string): void => {
    const { readyState } = socket
    socket.close(code, reason)
    if (ws === undefined || readyState !== OPEN) return
    ws.resume() // the answer comes behind all that was not read
    const timer = setTimeout(() => { ws.terminate() }, FAREWELL_MS)
    ws.on('close', () => { clearTimeout(timer) })
  }
  const refuse = (code: number, reason: string): void => {
    fail(new MuxadoError('PEER_PROTOCOL', reason))
    close(code, reason)
  }
  /** Both directions have ended: nothing can be lost any more. */
  const settle = (): void => {
    if (incoming === 'ended' && writer.state === 'ended') close(CLEAN, '')
  }

  socket.binaryType = ws === undefined ? 'arraybuffer' : 'nodebuffer'
  socket.addEventListener('open', () => { open() })
  socket.addEventListener('message', ({ data }) => {
    if (!isBinary(data)) {
      refuse(NOT_BINARY, 'a text message came: only binary ones are taken')
    } else if (data.byteLength > maxReceive) {
      refuse(TOO_BIG, `a message of ${data.byteLength} bytes came: at most ${maxReceive} are taken`)
    } else if (data.byteLength > 0) {
      reader.push(data instanceof Uint8Array ? data : new Uint8Array(data))
      writer.look()
    } else {
      incoming = 'ended'
      reader.end()
      settle()
    }
  })
  socket.addEventListener('error', (event: { error?: unknown }) => { cause = event.error })
  socket.addEventListener('close', ({ code, reason }) => {
    const error = closedWith(code, reason)
    if (cause !== undefined) error.cause = cause
    if (!isEnd(code)) {
      fail(error)
      return
    }
    // Who reads is told first, and may end what is written in good order
    reader.end()
    writer.taken()
    setTimeout(() => { fail(error) }, 0)
  })
  if (socket.readyState > OPEN) fail(new Error('the socket is closed'))

  return {
    source: reader,
    sink: (source: AsyncIterable<Bytes>): Promise<void> => writer.sink(source, settle, (error) => {
      fail(error)
      close(INTERNAL, '')
    }),
    abort (error?: Error): void {
      reader.drop()
      if (writer.state === 'ended' && error === undefined) close(CLEAN, '')
      else close(...closeOf(error))
      fail(error ?? new Error('the connection was aborted'))
    },
    ...schedule && { schedule },
    localAddress: options.localAddress,
    remoteAddress: options.remoteAddress ?? (socket as { url?: string }).url
  }
}

function isBinary (data: unknown): data is ArrayBuffer | Uint8Array {
  return data instanceof ArrayBuffer || data instanceof Uint8Array
}

/**
 * Two byte connections made one, in both directions: backpressure, half-closes and early ends pass through.
 *
 * @module
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Stream } from '@muxado/session'

/** Make `a` and `b` one connection. A finish of either is a finish of the other's peer; an early end of either resets the other. */
export function join (a: Duplex, b: Duplex): void {
  follow(a, b)
  follow(b, a)
  a.pipe(b)
  b.pipe(a)
}

/**
 * Make `stream` and `socket`, which may still be connecting, one connection; a failure to connect refuses the stream. Bytes wait in neither: what the socket
 * does not take yet keeps its credit, what the stream does not take pauses the socket.
 * @param onConnection called once: with the error when no connection came about
 */
export function spliceStream (stream: Stream, socket: Socket, onConnection?: (error?: Error) => void): void {
  let phase: 'connecting' | 'open' | 'finished' | 'broken' = socket.connecting ? 'connecting' : 'open'
  let owed = 0
  stream.consume({
    data (chunk) {
      // An origin that has answered and gone does not want the rest of the request; neither may it hold up the session.
      if (socket.destroyed || !socket.writable || socket.write(chunk)) return chunk.length
      owed += chunk.length
      return 0
    },
    end () { socket.end() },
    error () {
      if (phase === 'broken') return
      phase = 'broken'
      resetSocket(socket)
    },
    drain () { socket.resume() }
  })
  socket.on('connect', () => {
    if (phase !== 'connecting') return
    phase = 'open'
    onConnection?.()
  })
  socket.on('drain', () => {
    const bytes = owed
    owed = 0
    stream.took(bytes)
  })
  socket.on('data', (chunk: Buffer) => { if (!stream.push(chunk)) socket.pause() })
  socket.on('end', () => {
    phase = phase === 'broken' ? phase : 'finished'
    stream.closeWrite().catch(() => {})
  })
  socket.on('error', (error) => {
    if (phase === 'connecting') {
      phase = 'broken'
      stream.reset('refused')
      onConnection?.(error)
    } else if (phase === 'open') {
      phase = 'broken'
      stream.reset('internal')
    }
  })
  socket.on('close', () => {
    if (phase === 'finished') {
      const bytes = owed
      owed = 0
      stream.took(bytes)
    } else if (phase !== 'broken') {
      phase = 'broken'
      stream.reset('internal')
    }
  })
}

/** Reset instead of finishing, where the connection can: what the other side has may not look whole. */
export function resetSocket (socket: Duplex): void {
  if (socket.destroyed) return
  // A socket that is connecting would finish that first.
  const connected = !(socket instanceof Socket) || !socket.connecting
  if (connected && 'resetAndDestroy' in socket && typeof socket.resetAndDestroy === 'function') socket.resetAndDestroy()
  else socket.destroy()
}

function follow (from: Duplex, to: Duplex): void {
  // Errors need a listener; 'close' comes after each and does the work.
  from.on('error', () => {})
  from.on('close', () => {
    if (!from.readableEnded || from.errored !== null) resetSocket(to)
    else if ('destroySoon' in to && typeof to.destroySoon === 'function') to.destroySoon()
    else if (to.writableFinished) to.destroy()
    else to.once('finish', () => { to.destroy() })
  })
}

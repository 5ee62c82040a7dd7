// A TCP server whose first two connections are each other's peer, and so the next two: for runtimes that can dial and not listen.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Start it on loopback. */
export async function serveRelay () {
  let waiting
  const all = new Set()
  const server = createServer({ allowHalfOpen: true }, socket => {
    all.add(socket)
    socket.on('error', () => {}).on('close', () => { all.delete(socket) })
    if (waiting === undefined) {
      waiting = socket.pause()
      return
    }
    const other = waiting
    waiting = undefined
    socket.pipe(other)
    other.pipe(socket)
    // Cut off before its end, not closed after it
    socket.on('close', () => { if (!other.readableEnded) other.resetAndDestroy() })
    other.on('close', () => { if (!socket.readableEnded) socket.resetAndDestroy() })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: server.address().port,
    close () {
      server.close()
      for (const socket of all) socket.destroy()
    }
  }
}

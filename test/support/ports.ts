// Ports for the tests that must name one before anything listens there: a server that comes back, a port beside one in use.
import { once } from 'node:events'
import net from 'node:net'

// Below the ranges from which systems number outgoing connections (Linux 32,768 up, others 49,152 up): what a system
// hands out by itself, for port 0 or for a connection, cannot take such a port between the look and the use.
const FIRST = 20_000
const LAST = 29_999

/** The first of `count` ports in a row, on all of which 127.0.0.1 is free. */
export async function freePorts (count = 1): Promise<number> {
  for (;;) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count))
    const free = await Promise.all(Array.from({ length: count }, async (_, i) => await isFree(first + i)))
    if (!free.includes(false)) return first
  }
}

async function isFree (port: number): Promise<boolean> {
  const server = net.createServer()
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

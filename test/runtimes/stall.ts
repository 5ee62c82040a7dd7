// How much an adapter takes from its source while the peer does not read, in the runtime that runs this: prints bytes, and what the process holds. In Bun
// also how much its own sockets take.
import type { Conn } from '@muxado/deno'
import type { Transport } from '@muxado/session'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { until } from '../support/transport-contract.ts'

interface BunSocket { write (bytes: Uint8Array): number }

interface Globals {
  readonly Deno?: { connect (options: { hostname: string, port: number }): Promise<Conn> }
  readonly Bun?: { connect (options: { hostname: string, port: number, socket: { open (socket: BunSocket): void, data (): void } }): Promise<BunSocket> }
}

const { Deno, Bun } = globalThis as Globals
const chunk = new Uint8Array(65_536)
/** A sink that takes this much has no backpressure. */
const MOST = 1_024 * chunk.byteLength

const server = createServer({ pauseOnConnect: true }, () => {}).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

let pulled = 0
void (await dial()).sink((async function * () {
  for (; pulled < MOST; pulled += chunk.byteLength) yield chunk
})()).catch(() => {})
await still(() => pulled)
const result: Record<string, number> = { pulled, resident: process.memoryUsage().rss }
if (Bun !== undefined) {
  let own = 0
  await Bun.connect({
    hostname: '127.0.0.1', port,
    socket: {
      open (socket) {
        for (let taken = chunk.byteLength; taken === chunk.byteLength && own < MOST; own += taken) taken = socket.write(chunk)
      },
      data () {}
    }
  })
  await still(() => own)
  result['own'] = own
}
console.log(JSON.stringify(result))
process.exit()

async function dial (): Promise<Transport> {
  if (Deno !== undefined) return (await import('@muxado/deno')).fromConn(await Deno.connect({ hostname: '127.0.0.1', port }))
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return (await import('@muxado/node')).fromSocket(socket)
}

/** Wait until `value` is there and was the same for half a second. */
async function still (value: () => number): Promise<void> {
  let last = 0
  let since = performance.now()
  await until(() => {
    if (value() !== last) {
      last = value()
      since = performance.now()
    }
    return last > 0 && performance.now() - since > 500
  })
}

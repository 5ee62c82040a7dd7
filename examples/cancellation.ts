/**
 * Deadlines and second thoughts: every wait takes an AbortSignal, and `reset` tells the peer at once that nobody wants the rest.
 */
import { connect, listen } from '@muxado/node'
import type { MuxadoError, Session } from '@muxado/session'

/** Waits for a word, then writes without end, until the reader has had enough. */
async function pour (session: Session): Promise<string> {
  const stream = await session.accept()
  await stream.read()
  try {
    while (true) await stream.write(new Uint8Array(65536))
  } catch (error) {
    return (error as MuxadoError).code // a write fails with nothing else
  }
}

const server = await listen('tcp://127.0.0.1:0')
const poured = server.accept().then(pour)
const session = await connect(server.url)

// A deadline for one wait: it rejects with the signal's reason. Nothing is lost by giving up, the next read gets what came meanwhile.
const stream = session.open()
await stream.read({ signal: AbortSignal.timeout(20) }).catch((error: DOMException) => {
  console.log(`client: nothing came in time (${error.name}), and the stream is still '${stream.state}'`)
})

// Enough is enough: the server's pending write fails, and it sends no more.
await stream.write(new TextEncoder().encode('go'))
let bytes = 0
while (bytes < 1_000_000) bytes += (await stream.read())?.byteLength ?? 0
stream.reset('cancel')
console.log(`client: had ${bytes} bytes and reset the stream, which is '${stream.state}' now`)
console.log(`server: the write failed with ${await poured}`)

await session.close()
await server.close()
console.log('ok: a wait ended at its deadline, and a reset stopped the sender')
// prints: ok: a wait ended at its deadline, and a reset stopped the sender

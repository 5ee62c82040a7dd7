/**
 * The smallest pair: a server that sends back what it reads, and a client that opens a stream and reads its own words.
 */
import { connect, listen } from '@muxado/node'
import type { Session } from '@muxado/session'

/** Every stream of a session is a duplex: what it reads is what it writes. */
async function serve (session: Session): Promise<void> {
  for await (const stream of session) {
    stream.sink(stream.source).catch((error: Error) => { console.log(`a stream ended early: ${error.message}`) })
  }
}

const server = await listen('tcp://127.0.0.1:0')
async function acceptAll (): Promise<void> {
  for await (const session of server) void serve(session)
}
void acceptAll()

const session = await connect(server.url)
const stream = session.open() // at once: opening costs no round trip
await stream.write(new TextEncoder().encode('hello, '))
await stream.closeWrite(new TextEncoder().encode('stream')) // the last words; reading goes on

let heard = ''
for await (const chunk of stream) heard += new TextDecoder().decode(chunk.subarray())

await session.close()
await server.close()
console.log(`ok: the server echoed '${heard}'`)
// prints: ok: the server echoed 'hello, stream'

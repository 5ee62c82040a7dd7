/**
 * A stream is two halves that end independently. The client sends numbers and says that there are no more; only then can the server know
 * their sum, and its answer still finds the way back.
 */
import { connect, listen } from '@muxado/node'
import type { Session } from '@muxado/session'

async function sum (session: Session): Promise<void> {
  const stream = await session.accept()
  let total = 0
  for await (const chunk of stream) {
    for (const part of chunk) for (const byte of part) total += byte
  }
  // The loop ended because the client half-closed. Our own half is open still:
  console.log(`server: the client has finished, the stream is '${stream.state}'`)
  await stream.closeWrite(new TextEncoder().encode(String(total)))
}

const server = await listen('tcp://127.0.0.1:0')
const served = server.accept().then(sum)
const session = await connect(server.url)

const stream = session.open()
for (let byte = 1; byte <= 100; byte++) await stream.write(Uint8Array.of(byte))
await stream.closeWrite()
console.log(`client: nothing more to say, the stream is '${stream.state}'`)

const answer = await stream.read()
await stream.closed // both halves are done
const text = new TextDecoder().decode(answer?.subarray())

await served
await session.close()
await server.close()
console.log(`ok: the answer, ${text}, came after the client had finished; now the stream is '${stream.state}'`)
// prints: ok: the answer, 5050, came after the client had finished; now the stream is 'closed'

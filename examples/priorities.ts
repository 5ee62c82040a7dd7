/**
 * Streams of two types on one connection: a large download and small urgent messages. The urgent ones overtake what is queued already.
 */
import { connect, listen } from '@muxado/node'
import type { Session } from '@muxado/session'

// The opener says what a stream is for; the number means what the two ends agree on.
const DOWNLOAD = 1
const CONTROL = 2

const MiB = 1024 * 1024
const events: string[] = []

async function receive (session: Session): Promise<void> {
  const done: Promise<void>[] = []
  const take = async (name: string, source: AsyncIterable<{ readonly byteLength: number }>): Promise<void> => {
    let bytes = 0
    for await (const chunk of source) bytes += chunk.byteLength
    events.push(name)
    console.log(`${name} is complete: ${bytes} bytes`)
  }
  for await (const stream of session) {
    done.push(take(stream.type === CONTROL ? 'control' : 'download', stream))
    if (done.length === 2) break
  }
  await Promise.all(done)
}

const server = await listen('tcp://127.0.0.1:0')
const received = server.accept().then(receive)
const session = await connect(server.url)

// 16 MiB are on their way first ...
const download = session.open({ type: DOWNLOAD, priority: 0 })
const sent = download.closeWrite(new Uint8Array(16 * MiB))

// ... when something urgent comes up. Larger is more urgent; `stream.priority` can be changed later, too.
const control = session.open({ type: CONTROL, priority: 100 })
await control.closeWrite(new TextEncoder().encode('the user pressed stop'))

await Promise.all([sent, received])
await session.close()
await server.close()
if (events[0] !== 'control') throw new Error(`the urgent stream came ${events.indexOf('control') + 1}.`)
console.log('ok: the urgent stream overtook 16 MiB that were queued before it')
// prints: ok: the urgent stream overtook 16 MiB that were queued before it

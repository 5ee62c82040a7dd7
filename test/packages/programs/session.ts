/**
 * Two sessions over streams in memory: the server sends back what it was sent.
 *
 * @module
 */
import { createSession } from '@muxado/session'
import { PullReader } from '@muxado/session/reader'
import type { Session, Transport } from '@muxado/session'

type Way = TransformStream<Uint8Array, Uint8Array>

function transport (there: Way, back: Way): Transport {
  const writer = there.writable.getWriter()
  const reader = back.readable.getReader()
  return {
    source: new PullReader(async () => (await reader.read()).value, () => {}),
    async sink (source) {
      for await (const chunk of source) await writer.write(chunk.subarray())
      await writer.close()
    },
    abort (error) { writer.abort(error).catch(() => {}) }
  }
}

const [up, down]: Way[] = [new TransformStream(), new TransformStream()]
if (up === undefined || down === undefined) throw new Error('no way')
const client: Session = createSession(transport(up, down), { role: 'client' })
const server: Session = createSession(transport(down, up), { role: 'server' })
void server.accept().then(async (stream) => { await stream.sink(stream.source) })

const stream = client.open({ priority: 1 })
await stream.closeWrite(new TextEncoder().encode('hello'))
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
await Promise.all([client.close(), server.close()])
console.log(`echo: ${text}`)

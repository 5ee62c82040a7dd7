/**
 * Two duplexes, each the other's connection: the listener sends back what it was sent.
 *
 * @module
 */
import { muxado } from '@muxado/libp2p/it'
import type { ItMuxer } from '@muxado/libp2p/it'

const dialler: ItMuxer = muxado()().createStreamMuxer({ direction: 'outbound' })
const listener: ItMuxer = muxado()().createStreamMuxer({
  direction: 'inbound',
  onIncomingStream: (stream) => { void stream.sink(stream.source) }
})
const ended = Promise.all([dialler.sink(listener.source), listener.sink(dialler.source)])

const stream = dialler.newStream()
const sent = stream.sink([new TextEncoder().encode('hello')])
let text = ''
for await (const chunk of stream.source) text += new TextDecoder().decode(chunk.subarray())
await sent
await dialler.close()
await ended
console.log(`echo: ${text}`)

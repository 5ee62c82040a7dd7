/**
 * Two muxers on a connection in memory: the listener sends back what it was sent.
 *
 * @module
 */
import { multiaddrConnectionPair } from '@libp2p/utils'
import { muxado } from '@muxado/libp2p'
import type { MuxadoInit } from '@muxado/libp2p'

const init: MuxadoInit = {}
const [dialled, accepted] = multiaddrConnectionPair()
const dialler = muxado(init)().createStreamMuxer(dialled)
const listener = muxado(init)().createStreamMuxer(accepted)
listener.addEventListener('stream', ({ detail: stream }) => {
  stream.addEventListener('message', ({ data }) => { stream.send(data) })
  stream.addEventListener('remoteCloseWrite', () => { void stream.close() })
})

const stream = await dialler.createStream()
stream.send(new TextEncoder().encode('hello'))
const closed = stream.close()
let text = ''
for await (const data of stream) text += new TextDecoder().decode(data.subarray())
await closed
await Promise.all([dialler.close(), listener.close()])
console.log(`echo: ${text}`)

// The page of browser.mjs: dials the Node peer whose address is behind the #, and shows what it answers.
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { muxado } from '@muxado/libp2p'
import { createLibp2p } from 'libp2p'

const node = await createLibp2p({
  transports: [webSockets()],
  connectionEncrypters: [noise()],
  streamMuxers: [muxado()],
  connectionGater: { denyDialMultiaddr: () => false } // browsers are told not to dial 127.0.0.1 otherwise
})
const stream = await node.dialProtocol(multiaddr(location.hash.slice(1)), '/hello/1.0.0')
stream.send(new TextEncoder().encode('a page'))
await stream.close()
let answer = ''
for await (const data of stream) answer += new TextDecoder().decode(data.subarray())
document.body.textContent = answer
await fetch('/said', { method: 'POST', body: answer })

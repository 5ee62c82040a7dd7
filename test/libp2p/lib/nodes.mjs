// Real libp2p nodes on loopback.
import { yamux } from '@chainsafe/libp2p-yamux'
import { echo } from '@libp2p/echo'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { muxado } from '@muxado/libp2p'
import { createLibp2p } from 'libp2p'

export const transports = { tcp: '/ip4/127.0.0.1/tcp/0', ws: '/ip4/127.0.0.1/tcp/0/ws' }

/** A node that listens over `transport`, with everything an application has. */
export async function node (transport, streamMuxers = [muxado(), yamux()], options = {}) {
  return createLibp2p({
    addresses: { listen: [transports[transport]] },
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers,
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), ping: ping(), echo: echo(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) },
    ...options
  })
}

/** Stop them all, at once. */
export async function stop (nodes) {
  await Promise.all(nodes.map(async node => { await node.stop() }))
}

/** Turns of the event loop until `met`. */
export async function until (what, met, ms = 5_000) {
  const end = performance.now() + ms
  while (!await met()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise(resolve => { setTimeout(resolve, 5) })
  }
}

/** Bytes that count up from `at`. */
export function counting (at, length) {
  const data = new Uint8Array(length)
  for (let i = 0; i < length; i++) data[i] = at + i
  return data
}

/** Send `total` counting bytes as a patient application does, then close. */
export async function pour (stream, total, chunk = 65_536) {
  for (let at = 0; at < total; at += chunk) {
    if (!stream.send(counting(at, Math.min(chunk, total - at)))) await stream.onDrain()
  }
  await stream.close()
}

/** Read to the end; the number of bytes, which have to count up. */
export async function drink (stream) {
  let at = 0
  for await (const data of stream) for (const byte of data.subarray()) if (byte !== (at++ & 255)) throw new Error(`byte ${at - 1} is ${byte}`)
  return at
}

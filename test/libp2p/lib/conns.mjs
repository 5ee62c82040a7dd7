// Pairs of connections without anything of libp2p above them, the dialler's first: what a muxer is given.
import { generateKeyPair } from '@libp2p/crypto/keys'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { silent, wirePair } from './wire.mjs'

const logger = { forComponent: () => silent }
const signal = new AbortController().signal
let dial

/** Two ends of a socket on loopback, as libp2p's tcp transport makes them. */
async function tcpPair () {
  if (dial === undefined) {
    const transport = tcp()({ logger })
    let arrive
    const listener = transport.createListener({ upgrader: { upgradeInbound: async conn => { arrive(conn) } } })
    await listener.listen(multiaddr('/ip4/127.0.0.1/tcp/0'))
    const [address] = listener.getAddrs()
    dial = async () => {
      const other = new Promise(resolve => { arrive = resolve })
      const conn = await transport.dial(address, { signal, upgrader: { upgradeOutbound: async conn => conn } })
      return [conn, await other]
    }
  }
  return dial()
}

/** The same with noise over it. */
async function noisePair () {
  const [a, b] = await tcpPair()
  const end = async () => noise()({ logger, privateKey: await generateKeyPair('Ed25519'), upgrader: { getStreamMuxers: () => new Map() } })
  const [one, other] = await Promise.all([end(), end()])
  const secured = await Promise.all([one.secureOutbound(a), other.secureInbound(b)])
  return secured.map(({ connection }) => connection)
}

export const pairs = { memory: wirePair, 'libp2p pair': () => multiaddrConnectionPair(), tcp: tcpPair, 'tcp and noise': noisePair }

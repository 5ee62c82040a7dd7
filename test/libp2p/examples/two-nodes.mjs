// Two libp2p nodes over TCP, then over WebSockets, with noise. One dials, both open streams, and both streams are muxado's.
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { muxado } from '@muxado/libp2p'
import { createLibp2p } from 'libp2p'

const PROTOCOL = '/shout/1.0.0'

async function create (address) {
  const node = await createLibp2p({
    addresses: { listen: [address] },
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [muxado()]
  })
  // whatever comes in is sent back in capitals, as fast as the other end reads it
  await node.handle(PROTOCOL, async stream => {
    for await (const data of stream) {
      const answer = new TextEncoder().encode(new TextDecoder().decode(data.subarray()).toUpperCase())
      if (!stream.send(answer)) await stream.onDrain()
    }
    await stream.close()
  })
  return node
}

async function shout (connection, text) {
  const stream = await connection.newStream(PROTOCOL)
  stream.send(new TextEncoder().encode(text))
  await stream.close() // our half is done, reading goes on
  let answer = ''
  for await (const data of stream) answer += new TextDecoder().decode(data.subarray())
  return answer
}

for (const [transport, address] of [['tcp', '/ip4/127.0.0.1/tcp/0'], ['websockets', '/ip4/127.0.0.1/tcp/0/ws']]) {
  const [alice, bob] = [await create(address), await create(address)]
  const connection = await alice.dial(bob.getMultiaddrs())
  console.log(`${connection.multiplexer} over ${transport}`)
  console.log(`  alice hears ${await shout(connection, 'hello bob')}`)
  console.log(`  bob hears ${await shout(bob.getConnections()[0], 'hello alice')}`)
  await Promise.all([alice.stop(), bob.stop()])
}
// prints:   bob hears HELLO ALICE

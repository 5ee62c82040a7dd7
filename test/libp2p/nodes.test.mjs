// Two real nodes, every transport, both dial directions, muxado next to yamux.
import { yamux } from '@chainsafe/libp2p-yamux'
import { muxado } from '@muxado/libp2p'
import { assert } from 'chai'
import { drink, node, pour, stop, until } from './lib/nodes.mjs'

const MUXADO = '/muxado/1.0.0'
const YAMUX = '/yamux/1.0.0'
const PROTOCOL = '/test/1.0.0'

for (const transport of ['tcp', 'ws']) {
  for (const direction of ['the first dials', 'the second dials']) {
    describe(`two nodes over ${transport}, ${direction}`, () => {
      let nodes
      let conn
      let back

      before(async () => {
        nodes = await Promise.all([node(transport), node(transport)])
        if (direction === 'the second dials') nodes.reverse()
        const [dialler, listener] = nodes
        conn = await dialler.dial(listener.getMultiaddrs())
        await until('the listener has it', () => listener.getConnections().length === 1)
        back = listener.getConnections()[0]
      })

      after(async () => { await stop(nodes) })

      /** A stream opened by `from`, as both ends see it. */
      async function open (from) {
        const to = nodes.find(other => other !== from)
        let arrived
        const arrival = new Promise(resolve => { arrived = resolve })
        await to.handle(PROTOCOL, arrived, { force: true })
        const stream = await (from === nodes[0] ? conn : back).newStream(PROTOCOL)
        return [stream, await arrival]
      }

      it('negotiate muxado', () => {
        assert.equal(conn.multiplexer, MUXADO)
        assert.equal(back.multiplexer, MUXADO)
      })

      it('identify each other', async () => {
        const [dialler, listener] = nodes
        for (const [own, peer] of [[dialler, listener], [listener, dialler]]) {
          await until('protocols are known', async () => {
            const known = await own.peerStore.get(peer.peerId).catch(() => ({ protocols: [] }))
            return known.protocols.includes('/ipfs/ping/1.0.0') && known.protocols.includes('/echo/1.0.0')
          })
        }
      })

      it('ping each other', async () => {
        const [dialler, listener] = nodes
        for (let i = 0; i < 3; i++) {
          assert.isAtLeast(await dialler.services.ping.ping(listener.peerId), 0)
          assert.isAtLeast(await listener.services.ping.ping(dialler.peerId), 0)
        }
      })

      it('echo', async () => {
        const [dialler, listener] = nodes
        const data = new Uint8Array(1_000_000).fill(7)
        for (const [own, peer] of [[dialler, listener], [listener, dialler]]) {
          const stream = await own.dialProtocol(peer.peerId, own.services.echo.protocol)
          const poured = pour(stream, data.byteLength)
          assert.equal(await drink(stream), data.byteLength)
          await poured
        }
      })

      it('carry gossip', async () => {
        const topic = 'news'
        const heard = [[], []]
        nodes.forEach((node, i) => {
          node.services.pubsub.subscribe(topic)
          node.services.pubsub.addEventListener('message', ({ detail }) => { if (detail.topic === topic) heard[i].push(new TextDecoder().decode(detail.data)) })
        })
        await until('both know of it', () => nodes.every(node => node.services.pubsub.getSubscribers(topic).length > 0))
        for (const [i, node] of nodes.entries()) await node.services.pubsub.publish(topic, new TextEncoder().encode(`from ${i}`))
        await until('both have heard', () => heard[0].includes('from 1') && heard[1].includes('from 0'))
      })

      it('carry megabytes both ways at once', async () => {
        const [stream, remote] = await open(nodes[0])
        const total = 3_000_000
        const all = await Promise.all([pour(stream, total), pour(remote, total), drink(stream), drink(remote)])
        assert.deepEqual(all.slice(2), [total, total])
      })

      it('half-close, many at a time', async () => {
        const sizes = []
        await nodes[1].handle(PROTOCOL, async stream => {
          const size = await drink(stream)
          sizes.push(size)
          await pour(stream, size)
        }, { force: true, maxInboundStreams: 100 })
        await Promise.all(Array.from({ length: 30 }, async () => {
          const stream = await conn.newStream(PROTOCOL, { maxOutboundStreams: 100 })
          await pour(stream, 5_000)
          assert.equal(await drink(stream), 5_000)
        }))
        assert.lengthOf(sizes, 30)
        await until('all are gone', () => [conn, back].every(c => c.streams.every(s => s.protocol !== PROTOCOL)))
      })

      it('reset', async () => {
        const [stream, remote] = await open(nodes[1])
        const reading = drink(remote).then(() => new Error('ended'), err => err)
        stream.abort(new Error('enough'))
        assert.equal((await reading).name, 'StreamResetError')
      })

      it('hold a fast sender for a handler that comes late, and lose nothing', async () => {
        const [stream, remote] = await open(nodes[0])
        const poured = pour(stream, 6_000_000)
        await new Promise(resolve => { setTimeout(resolve, 300) })
        assert.isAtMost(remote.readBufferLength, 65_536)
        assert.equal(await drink(remote), 6_000_000)
        await poured
      })

      it('lose nothing that was sent before the connection was closed', async () => {
        const [stream, remote] = await open(nodes[0])
        const drunk = drink(remote)
        await pour(stream, 2_000_000)
        await conn.close()
        assert.equal(await drunk, 2_000_000)
        const [dialler, listener] = nodes
        await until('it is gone', () => listener.getConnections().length === 0)
        conn = await dialler.dial(listener.getMultiaddrs())
        await until('the listener has it', () => listener.getConnections().length === 1)
        back = listener.getConnections()[0]
      })

      it('tell streams of a connection that is cut', async () => {
        const [stream, remote] = await open(nodes[0])
        stream.send(new Uint8Array(10))
        const reading = drink(remote).then(() => new Error('ended'), err => err)
        conn.abort(new Error('cable gone'))
        assert.notEqual((await reading).message, 'ended')
      })
    })
  }
}

describe('negotiation', () => {
  const lists = { muxado: () => [muxado()], yamux: () => [yamux()], 'muxado, yamux': () => [muxado(), yamux()], 'yamux, muxado': () => [yamux(), muxado()] }
  for (const [ours, theirs, expected] of [
    ['muxado, yamux', 'yamux', YAMUX], ['yamux', 'muxado, yamux', YAMUX], ['muxado', 'muxado, yamux', MUXADO],
    ['muxado', 'yamux, muxado', MUXADO], ['yamux, muxado', 'muxado', MUXADO], ['yamux, muxado', 'yamux, muxado', YAMUX]
  ]) {
    it(`picks ${expected} when the dialler has ${ours} and the listener ${theirs}`, async () => {
      const nodes = await Promise.all([node('tcp', lists[ours]()), node('tcp', lists[theirs]())])
      try {
        const conn = await nodes[0].dial(nodes[1].getMultiaddrs())
        assert.equal(conn.multiplexer, expected)
        assert.isAtLeast(await nodes[0].services.ping.ping(nodes[1].peerId), 0)
      } finally {
        await stop(nodes)
      }
    })
  }
})

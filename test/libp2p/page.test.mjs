// A page that dials a Node node over WebSockets, noise and muxado. Runs in browsers only: browser.mjs has the other end.
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { muxado } from '@muxado/libp2p'
import { assert } from 'chai'
import { createLibp2p } from 'libp2p'

const counting = (at, length) => Uint8Array.from({ length }, (_, i) => at + i)

describe('a page', () => {
  let page
  let address
  let conn

  before(async () => {
    address = multiaddr(await (await fetch('/ask/address')).json())
    page = await createLibp2p({
      transports: [webSockets()], connectionEncrypters: [noise()], streamMuxers: [muxado()],
      connectionGater: { denyDialMultiaddr: () => false }, services: { identify: identify(), ping: ping() }
    })
    conn = await page.dial(address)
  })

  after(async () => { await page.stop() })

  it('negotiates muxado with a Node node', () => {
    assert.equal(conn.multiplexer, '/muxado/1.0.0')
  })

  it('pings it', async () => {
    assert.isAtLeast(await page.services.ping.ping(address), 0)
  })

  it('sends megabytes and has them back', async () => {
    const stream = await conn.newStream('/mirror/1')
    const total = 2_000_000
    for (let at = 0; at < total; at += 50_000) if (!stream.send(counting(at, 50_000))) await stream.onDrain()
    await stream.close()
    let at = 0
    for await (const data of stream) for (const byte of data.subarray()) if (byte !== (at++ & 255)) throw new Error(`byte ${at - 1} is ${byte}`)
    assert.equal(at, total)
  })

  it('half-closes twenty streams at once', async () => {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const stream = await conn.newStream('/mirror/1')
      stream.send(counting(0, 1_000))
      await stream.close()
      let bytes = 0
      for await (const data of stream) bytes += data.byteLength
      assert.equal(bytes, 1_000)
    }))
  })

  it('is held up by a handler that comes late, and loses nothing', async () => {
    const stream = await conn.newStream('/slow/1')
    let waits = 0
    for (let at = 0; at < 500_000; at += 50_000) {
      if (stream.send(counting(at, 50_000))) continue
      waits++
      await stream.onDrain()
    }
    await stream.close()
    for await (const _ of stream) throw new Error('it sends nothing')
    assert.isAbove(waits, 0)
  })
})

import { assert } from 'chai'
import { MuxadoSession } from '../src/session.ts'
import type { SessionOptions } from '@muxado/session'
import { FakeClock } from './clock.ts'
import { bytes, Link, Peer, still } from './pair.ts'

const TYPES = { 1: 0xfffffeff, 2: 0xffffffff } as const

/** Two sessions with one clock. */
function pulse (options: Partial<SessionOptions> = {}): { client: MuxadoSession, server: MuxadoSession, clock: FakeClock, link: Link } {
  const clock = new FakeClock()
  const link = new Link()
  return {
    client: new MuxadoSession(link.client, { role: 'client', ...options }, clock),
    server: new MuxadoSession(link.server, { role: 'server', ...options }, clock),
    clock,
    link
  }
}

/** A session whose peer is a bare machine, which knows the heartbeat's type but answers nothing unless told. */
function alone (wire: 1 | 2 = 1, extensions: number[] = [TYPES[wire]]): { client: MuxadoSession, peer: Peer, clock: FakeClock, link: Link } {
  const clock = new FakeClock()
  const link = new Link()
  const client = new MuxadoSession(link.client, { role: 'client', wire }, clock)
  return { client, peer: new Peer(link.server, { role: 'server', wire, extensions }), clock, link }
}

describe('heartbeat', () => {
  for (const wire of [1, 2] as const) {
    it(`opens one stream of its type and pings after 3 s, in wire ${wire}`, async () => {
      const { peer, clock, link } = alone(wire)
      await still(link)
      const { streamId, streamType, priority } = await peer.action('accept')
      assert.deepEqual([streamId, streamType, priority], [3, TYPES[wire], wire === 1 ? 0x7fffffff : 0])
      await clock.pass(2_999)
      assert.notExists(peer.actions.find(({ type }) => type === 'deliver'))
      await clock.pass(1)
      const { data } = await peer.action('deliver')
      assert.equal(data.byteLength, 4)
    })

    it(`measures the round trip, on both ends, in wire ${wire}`, async () => {
      const { client, server, clock, link } = pulse({ wire })
      assert.isUndefined(client.rtt)
      link.toClient.hold()
      await clock.pass(3_000)
      await clock.pass(25)
      link.toClient.release()
      await still(link)
      assert.equal(client.rtt, 25)
      assert.equal(server.rtt, 25)
      await clock.pass(60_000)
      assert.equal(client.rtt, 0)
      assert.deepEqual([client.state, server.state], ['open', 'open'])
      assert.equal(clock.timers.size, 2)
    })
  }

  it('pings again one interval after each answer', async () => {
    const { peer, clock } = alone()
    for (let pings = 1; pings <= 5; pings++) {
      await clock.pass(2_999)
      const before = peer.actions.filter(({ type }) => type === 'deliver')
      assert.lengthOf(before, pings - 1)
      await clock.pass(1)
      const { data } = await peer.action('deliver', action => !before.includes(action))
      peer.machine.send(3, data)
      peer.flush()
      await clock.pass(0)
    }
  })

  it('ends the session when the peer is silent for the tolerance', async () => {
    const { client, peer, clock } = alone()
    const stream = client.open()
    await clock.pass(12_999)
    assert.equal(client.state, 'open')
    await clock.pass(1)
    assert.equal(client.state, 'closed')
    await clock.pass(0)
    const end = await client.closed
    assert.deepEqual([end.error?.code, end.reason, end.local], ['SESSION_HEARTBEAT', 'none', true])
    assert.equal((await stream.closed)?.code, 'SESSION_HEARTBEAT')
    assert.deepInclude((await peer.action('drain')).error, { reason: 'none' })
  })

  it('takes any byte for a sign of life', async () => {
    const { client, peer, clock } = alone()
    await clock.pass(3_000)
    const other = peer.machine.open()
    for (let i = 0; i < 20; i++) {
      peer.machine.send(other, Uint8Array.of(i))
      peer.flush()
      await clock.pass(9_000)
      assert.equal(client.state, 'open')
    }
    await clock.pass(10_000)
    assert.equal(client.state, 'closed')
  })

  it('takes intervals of its own', async () => {
    const clock = new FakeClock()
    const client = new MuxadoSession(new Link().client, { role: 'client', heartbeat: { intervalMs: 10, toleranceMs: 20 } }, clock)
    await clock.pass(29)
    assert.equal(client.state, 'open')
    await clock.pass(1)
    assert.equal(client.state, 'closed')
  })

  it('gives a peer its time again when this end slept', async () => {
    const { client, server, clock } = pulse()
    await clock.pass(2_000)
    await clock.sleep(3_600_000)
    await clock.sleep(3_600_000)
    await clock.pass(60_000)
    assert.deepEqual([client.state, server.state], ['open', 'open'])
  })

  it('ends the session when the answer is another', async () => {
    const { client, peer, clock, link } = alone()
    await clock.pass(3_000)
    const { data } = await peer.action('deliver')
    peer.machine.send(3, data.map(byte => byte ^ 1))
    peer.flush()
    await still(link)
    await clock.pass(0)
    assert.equal((await client.closed).error?.code, 'SESSION_HEARTBEAT')
  })

  it('takes an answer in pieces', async () => {
    const { client, peer, clock, link } = alone()
    await clock.pass(3_000)
    const { data } = await peer.action('deliver')
    for (const byte of data) {
      peer.machine.send(3, Uint8Array.of(byte))
      peer.flush()
      await still(link)
    }
    assert.equal(client.rtt, 0)
  })

  it('lives with a peer that refuses it, or ends the stream', async () => {
    for (const how of ['refused', 'reset', 'finish'] as const) {
      const { client, peer, clock, link } = alone(1, how === 'refused' ? [] : undefined)
      await still(link)
      if (how === 'reset') peer.machine.reset(3, 'refused')
      if (how === 'finish') peer.machine.finish(3)
      peer.flush()
      await clock.pass(60_000)
      assert.equal(client.state, 'open', how)
      assert.equal(clock.timers.size, 0, how)
      assert.equal(client.stats().streams, 0, how)
    }
  })

  it('answers pings on any number of streams, in any pieces', async () => {
    const { peer, link } = alone()
    const ids = [peer.machine.open({ type: TYPES[1] }), peer.machine.open({ type: TYPES[1] })]
    for (const id of ids) {
      peer.machine.send(id, Uint8Array.of(1, 2, 3))
      peer.flush()
      await still(link)
      peer.machine.send(id, Uint8Array.of(4, 5))
      peer.flush()
      await still(link)
      const back = peer.actions.flatMap(action => action.type === 'deliver' && action.streamId === id ? Array.from(action.data) : [])
      assert.deepEqual(back, [1, 2, 3, 4, 5])
    }
  })

  it('reads pings only as their answers are read: a flood waits in the peer', async () => {
    const { client, peer, link } = alone()
    const id = peer.machine.open({ type: TYPES[1] })
    let taken = 0
    for (let i = 0; i < 100; i++) {
      taken += peer.machine.send(id, bytes(16_384))
      peer.flush()
      await still(link)
    }
    // A window on its way there, which has grown once, and one on its way back, whatever the answers waited for
    assert.isAtMost(taken, 5 * 65_536)
    assert.equal(client.state, 'open')
  })

  it('answers a peer that asks even if it does not ask itself', async () => {
    for (const wire of [1, 2] as const) {
      const clock = new FakeClock()
      const link = new Link()
      const quiet = new MuxadoSession(link.client, { role: 'client', wire, heartbeat: false }, clock)
      const asking = new MuxadoSession(link.server, { role: 'server', wire }, clock)
      link.toServer.hold()
      await clock.pass(3_000)
      await clock.pass(25)
      link.toServer.release()
      await still(link)
      assert.equal(asking.rtt, 25)
      await clock.pass(60_000)
      assert.deepEqual([quiet.state, asking.state], ['open', 'open'])
      assert.deepInclude(quiet.stats(), { streams: 1, opened: 0, accepted: 0 })
      assert.isUndefined(quiet.rtt)
      assert.equal(clock.timers.size, 1)
    }
  })

  it('does not ask on request, nor where streams have no type', async () => {
    for (const options of [{ heartbeat: false }, { wire: 2, typed: false }] as const) {
      const { client, clock, link } = pulse(options)
      await clock.pass(60_000)
      assert.equal(link.written, 0)
      assert.isUndefined(client.rtt)
      assert.equal(client.open().id, 3)
    }
  })

  it('counts as no stream of the application, and stops with the session', async () => {
    const { client, server, clock } = pulse()
    await clock.pass(0)
    assert.deepInclude(server.stats(), { accepted: 0, streams: 2 })
    assert.equal(client.open().id, 5)
    const closing = client.close()
    await clock.pass(1_000)
    await closing
    assert.equal(clock.timers.size, 0)
  })
})

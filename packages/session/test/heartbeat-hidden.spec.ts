// The heartbeat in a page that is hidden, frozen or put to sleep, with the intervals that @muxado/websocket uses.
import { assert } from 'chai'
import { MuxadoSession } from '../src/session.ts'
import { FakeClock } from './clock.ts'
import { Link, Peer, still } from './pair.ts'

const TYPE = 0xfffffeff
const heartbeat = { intervalMs: 20_000, toleranceMs: 45_000 }
const MINUTE = 60_000

/** Browsers let the timers of a hidden page fire once a minute, together. What the network brings is not held back. */
class HiddenClock extends FakeClock {
  override after (ms: number, fire: () => void): () => void {
    return super.after(Math.ceil((this.now() + ms) / MINUTE) * MINUTE - this.now(), fire)
  }
}

/** A page's session whose peer is a bare machine that answers pings while `answering`. */
function page (clock: FakeClock): { session: MuxadoSession, peer: Peer, answer: () => Promise<number> } {
  const link = new Link()
  const session = new MuxadoSession(link.client, { role: 'client', heartbeat }, clock)
  const peer = new Peer(link.server, { role: 'server', extensions: [TYPE] })
  const answered = new Set<object>()
  const answer = async (): Promise<number> => {
    await still(link)
    let count = 0
    for (const action of peer.actions) {
      if (action.type !== 'deliver' || answered.has(action)) continue
      answered.add(action)
      peer.machine.send(action.streamId, action.data)
      count++
    }
    peer.flush()
    await still(link)
    return count
  }
  return { session, peer, answer }
}

describe('the heartbeat of a page', () => {
  it('pings once a minute while hidden, and lives as long as it is answered', async () => {
    const clock = new HiddenClock()
    const { session, answer } = page(clock)
    for (let minute = 1; minute <= 60; minute++) {
      await clock.pass(MINUTE)
      assert.equal(await answer(), 1, `minute ${minute}`)
    }
    assert.equal(session.state, 'open')
  })

  it('finds a dead peer while hidden, at the tick after the ping', async () => {
    const clock = new HiddenClock()
    const { session } = page(clock)
    await clock.pass(MINUTE)
    assert.equal(session.state, 'open')
    await clock.pass(MINUTE - 1)
    assert.equal(session.state, 'open')
    await clock.pass(1)
    assert.equal(session.state, 'closed')
    await clock.pass(0)
    assert.equal((await session.closed).error?.code, 'SESSION_HEARTBEAT')
  })

  it('finds a dead peer within 65 s while shown', async () => {
    const clock = new FakeClock()
    const { session } = page(clock)
    await clock.pass(64_999)
    assert.equal(session.state, 'open')
    await clock.pass(1)
    assert.equal(session.state, 'closed')
  })

  for (const [what, before] of [['before a ping', 10_000], ['with a ping on its way', 20_000]] as const) {
    it(`gives the peer its full time again after a sleep of hours ${what}`, async () => {
      const clock = new FakeClock()
      const { session, answer } = page(clock)
      await clock.pass(before)
      await clock.sleep(8 * 60 * MINUTE)
      assert.equal(session.state, 'open')
      await clock.pass(44_000)
      assert.equal(session.state, 'open')
      await answer()
      await clock.pass(60_000)
      await answer()
      assert.equal(session.state, 'open')
    })
  }

  it('finds a peer dead that did not survive the sleep', async () => {
    const clock = new FakeClock()
    const { session } = page(clock)
    await clock.sleep(8 * 60 * MINUTE)
    await clock.pass(45_000)
    assert.equal(session.state, 'closed')
  })
})

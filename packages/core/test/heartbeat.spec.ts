import { createHeartbeat } from '@muxado/core/heartbeat'
import { assert } from 'chai'
import { ascii } from '../../../test/support/bytes.ts'

const at = (now: number): { intervalMs: number, toleranceMs: number, now: number } => ({ intervalMs: 100, toleranceMs: 1000, now })

describe('createHeartbeat', () => {
  it('asks for a tick after the interval, and then for a ping', () => {
    const heartbeat = createHeartbeat(at(5000))
    assert.equal(heartbeat.deadline, 5100)
    assert.isUndefined(heartbeat.tick(5099))
    assert.equal(heartbeat.tick(5100), 'ping')
    assert.lengthOf(heartbeat.ping, 4)
    assert.equal(heartbeat.deadline, 6100)
  })

  it('pings every 3 seconds and bears 10 seconds of silence unless told otherwise', () => {
    const heartbeat = createHeartbeat({ now: 0 })
    assert.equal(heartbeat.deadline, 3000)
    assert.equal(heartbeat.tick(3000), 'ping')
    assert.equal(heartbeat.deadline, 13_000)
  })

  it('rests for the interval after an answer and says how long the answer took', () => {
    const heartbeat = createHeartbeat(at(0))
    assert.isUndefined(heartbeat.rtt)
    heartbeat.tick(100)
    assert.isUndefined(heartbeat.rtt)
    assert.isTrue(heartbeat.pong(heartbeat.ping, 142))
    assert.equal(heartbeat.rtt, 42)
    assert.equal(heartbeat.deadline, 242)
    assert.equal(heartbeat.tick(242), 'ping')
    assert.equal(heartbeat.rtt, 42)
    assert.isTrue(heartbeat.pong(heartbeat.ping, 243))
    assert.equal(heartbeat.rtt, 1)
  })

  it('sends another four bytes each time, in an array of their own', () => {
    const heartbeat = createHeartbeat(at(0))
    heartbeat.tick(100)
    const first = heartbeat.ping
    assert.deepEqual(heartbeat.ping, first)
    assert.notStrictEqual(heartbeat.ping, first)
    heartbeat.pong(first, 110)
    heartbeat.tick(210)
    assert.notDeepEqual(heartbeat.ping, first)
  })

  it('puts an answer in pieces together', () => {
    const heartbeat = createHeartbeat(at(0))
    heartbeat.tick(100)
    const { ping } = heartbeat
    for (let piece = 0; piece < 4; piece++) {
      assert.isUndefined(heartbeat.rtt)
      assert.isTrue(heartbeat.pong(ping.subarray(piece, piece + 1), 101 + piece))
    }
    assert.equal(heartbeat.rtt, 4)
  })

  it('gives up once when the peer is silent for the tolerance', () => {
    const heartbeat = createHeartbeat(at(0))
    heartbeat.tick(100)
    assert.isUndefined(heartbeat.tick(1099))
    assert.equal(heartbeat.tick(1100), 'dead')
    assert.equal(heartbeat.deadline, Infinity)
    assert.isUndefined(heartbeat.tick(1_000_000))
  })

  it('takes any byte as a sign of life', () => {
    const heartbeat = createHeartbeat(at(0))
    heartbeat.tick(100)
    heartbeat.alive(900)
    assert.equal(heartbeat.deadline, 1900)
    assert.isUndefined(heartbeat.tick(1100))
    heartbeat.alive(1800)
    assert.isUndefined(heartbeat.tick(1900))
    assert.equal(heartbeat.tick(2800), 'dead')
  })

  it('pings on time however lively the peer is, so that the round trip stays known', () => {
    const heartbeat = createHeartbeat(at(0))
    heartbeat.alive(99)
    assert.equal(heartbeat.deadline, 100)
    assert.equal(heartbeat.tick(100), 'ping')
  })

  it('grants a new tolerance after a tick that comes too late, since it was this end that slept', () => {
    const heartbeat = createHeartbeat(at(0))
    heartbeat.tick(100)
    assert.isUndefined(heartbeat.tick(500_000))
    assert.equal(heartbeat.deadline, 501_000)
    assert.equal(heartbeat.tick(501_000), 'dead')
  })

  it('sends the ping that is overdue after a sleep, and counts the tolerance from there', () => {
    const heartbeat = createHeartbeat(at(0))
    assert.equal(heartbeat.tick(500_000), 'ping')
    assert.equal(heartbeat.deadline, 501_000)
  })

  it('knows a wrong echo', () => {
    const heartbeat = createHeartbeat(at(0))
    heartbeat.tick(100)
    const wrong = heartbeat.ping
    wrong[3] = (wrong[3] ?? 0) ^ 1
    assert.isFalse(heartbeat.pong(wrong, 110))
    assert.isUndefined(heartbeat.rtt)
  })

  it('knows bytes that it never asked for', () => {
    const heartbeat = createHeartbeat(at(0))
    assert.isFalse(heartbeat.pong(ascii('what'), 10))
    heartbeat.tick(100)
    const { ping } = heartbeat
    assert.isFalse(heartbeat.pong(Uint8Array.of(...ping, 0), 110), 'five bytes for four')
  })

  it('takes nothing as an answer when nothing came', () => {
    const heartbeat = createHeartbeat(at(0))
    assert.isTrue(heartbeat.pong(new Uint8Array(0), 10))
  })

  it('stops for good: no deadline, no ping, no death', () => {
    for (const waiting of [false, true]) {
      const heartbeat = createHeartbeat(at(0))
      if (waiting) heartbeat.tick(100)
      heartbeat.stop()
      assert.equal(heartbeat.deadline, Infinity)
      heartbeat.alive(200)
      assert.equal(heartbeat.deadline, Infinity)
      assert.isUndefined(heartbeat.tick(1_000_000))
    }
  })

  it('refuses times that are none', () => {
    for (const intervalMs of [0, -1, 1.5, NaN, Infinity, 2 ** 31]) {
      assert.throws(() => createHeartbeat({ intervalMs, now: 0 }), /intervalMs/)
      assert.throws(() => createHeartbeat({ toleranceMs: intervalMs, now: 0 }), /toleranceMs/)
    }
  })
})

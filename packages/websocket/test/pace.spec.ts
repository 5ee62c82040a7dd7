import { createSession, type Bytes, type Session, type Transport } from '@muxado/session'
import { connect, listen } from '@muxado/websocket/node'
import { assert } from 'chai'
import { createPacedSession } from '../src/pace.ts'
import { deferred, pattern, still, turn, until } from '../../../test/support/transport-contract.ts'

/** A way between two transports that takes whatever comes at once, and hands on one chunk a millisecond, as far as it is allowed to. */
class Way {
  readonly #queue: Bytes[] = []
  readonly #state: { phase: 'open' | 'ended', error?: Error } = { phase: 'open' }
  #wake = (): void => {}
  /** Bytes taken from the sender and bytes handed to the receiver. */
  taken = 0
  given = 0
  /** Bytes that may be handed over; the rest waits. */
  allowed: number = Infinity

  async take (source: AsyncIterable<Bytes>): Promise<void> {
    for await (const bytes of source) {
      if (this.#state.error !== undefined) throw this.#state.error
      this.taken += bytes.byteLength
      this.#queue.push(bytes)
      this.#wake()
    }
    this.end()
  }

  async * give (): AsyncGenerator<Bytes> {
    for (;;) {
      const bytes = this.given < this.allowed ? this.#queue.shift() : undefined
      if (bytes !== undefined) {
        await turn()
        this.given += bytes.byteLength
        yield bytes
      } else if (this.#state.phase === 'ended') {
        if (this.#state.error !== undefined) throw this.#state.error
        return
      } else {
        await new Promise<void>((resolve) => { this.#wake = resolve })
      }
    }
  }

  allow (bytes: number): void {
    this.allowed = bytes
    this.#wake()
  }

  end (error?: Error): void {
    this.#state.phase = 'ended'
    if (error !== undefined) this.#state.error = error
    this.#wake()
  }
}

function ends (): { there: Way, a: Transport, b: Transport } {
  const [there, back] = [new Way(), new Way()]
  const end = (from: Way, to: Way): Transport => ({
    source: from.give(),
    sink: async (source) => await to.take(source),
    abort: (error = new Error('aborted')) => {
      from.end(error)
      to.end(error)
    }
  })
  return { there, a: end(back, there), b: end(there, back) }
}

const MiB = 1_048_576

describe('createPacedSession', () => {
  const sessions: Session[] = []
  const keep = (session: Session): Session => {
    sessions.push(session)
    return session
  }
  afterEach(() => {
    for (const session of sessions.splice(0)) session.abort()
  })

  for (const wire of [1, 2] as const) {
    it(`keeps little on a way that has become slow, and an urgent stream overtakes the rest, in wire ${wire}`, async () => {
      const { there, a, b } = ends()
      const options = { wire, window: 64 * MiB, maxWindow: 64 * MiB, memoryBudget: 2 ** 40 }
      const client = keep(createPacedSession(a, { ...options, role: 'client' }))
      const server = keep(createSession(b, { ...options, role: 'server' }))
      const bulk = client.open()
      await bulk.write(pattern(MiB, 1)) // the way is known now
      const reading = await server.accept()
      reading.consume({ data: (chunk) => chunk.byteLength, end () {}, error () {} })
      await until(() => there.given > MiB && there.given === there.taken)

      there.allow(there.given)
      bulk.push(new Uint8Array(32 * MiB))
      await still(() => there.taken)
      const held = there.taken - there.given
      assert.isBelow(held, 8 * MiB)
      const urgent = client.open({ priority: 1 })
      urgent.push(Uint8Array.of(1))
      const before = there.taken
      there.allow(Infinity)
      await server.accept()
      assert.isBelow(there.given - before, 2 * MiB, 'bulk that left before the urgent stream')
      await until(() => there.given > 33 * MiB)
    })
  }

  it('does not wait for a peer that has no heartbeat', async () => {
    const { there, a, b } = ends()
    const options = { window: 64 * MiB, maxWindow: 64 * MiB, memoryBudget: 2 ** 40 }
    const client = keep(createPacedSession(a, { ...options, role: 'client', wire: 2 }))
    keep(createSession(b, { ...options, role: 'server', wire: 2, heartbeat: false }))
    there.allow(0)
    client.open().push(new Uint8Array(16 * MiB))
    await until(() => there.taken > 16 * MiB)
  })

  it('is off on request, and where there is no heartbeat', () => {
    for (const options of [{ pace: false, wire: 1 }, { heartbeat: false, wire: 1 }, { typed: false, wire: 2 }] as const) {
      const session = keep(createPacedSession(ends().a, { ...options, role: 'client' }))
      assert.equal(session.stats().opened, 'pace' in options ? 1 : 0)
    }
  })

  it('lets a session end that waits for an echo', async () => {
    const { there, a, b } = ends()
    const options = { window: 64 * MiB, maxWindow: 64 * MiB, memoryBudget: 2 ** 40, lingerMs: 20 }
    const client = keep(createPacedSession(a, { ...options, role: 'client', wire: 1 }))
    const server = keep(createSession(b, { ...options, role: 'server' }))
    const bulk = client.open()
    await bulk.write(pattern(MiB, 1))
    await server.accept()
    await until(() => there.given === there.taken)
    there.allow(there.given)
    bulk.push(new Uint8Array(32 * MiB))
    await still(() => there.taken)
    await client.close()
    assert.equal(client.state, 'closed')
  })

  it('does not keep a draining session open', async () => {
    const listener = await listen({ host: '127.0.0.1' })
    const client = keep(await connect(listener.url))
    const server = keep(await listener.accept())
    const stream = client.open()
    const closed = deferred<void>()
    void client.close({ drain: true }).then(closed.resolve)
    const other = await server.accept()
    await other.closeWrite()
    await stream.closeWrite()
    for await (const _ of stream) assert.fail('nothing was sent')
    for await (const _ of other) assert.fail('nothing was sent')
    await closed.promise
    await listener.close()
  })
})

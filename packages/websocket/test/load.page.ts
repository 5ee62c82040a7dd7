// Runs in pages only: much at once, and what a page that does not read holds.
import type { Session, Stream } from '@muxado/session'
import { connect } from '@muxado/websocket'
import { assert } from 'chai'
import { KIND, sum, textOf } from '../../../test/support/stream-kinds.ts'
import { pattern, still, until } from '../../../test/support/transport-contract.ts'

const MiB = 1_048_576

/** Bytes that this page holds after a collection; undefined where the browser does not tell. */
async function heap (): Promise<number | undefined> {
  return await (await fetch('/ask/heap')).json() as number | null ?? undefined
}

/** Writes `bytes`, and returns what the peer counted and summed. */
async function upload (stream: Stream, bytes: Uint8Array): Promise<string> {
  await stream.closeWrite(bytes)
  return await textOf(stream)
}

async function download (stream: Stream, size: number): Promise<[length: number, sum: number]> {
  await stream.closeWrite(new TextEncoder().encode(String(size)))
  let length = 0
  let value = 0
  for await (const chunk of stream) {
    for (const part of chunk) {
      length += part.byteLength
      value = sum(part, value)
    }
  }
  return [length, value]
}

for (const wire of [1, 2] as const) {
  describe(`a page in wire ${wire}`, function () {
    this.timeout(60_000)
    let session: Session
    beforeEach(async () => { session = await connect('/muxado', { wire }) })
    afterEach(() => { session.abort() })

    it('moves 64 MiB each way over 200 streams at once, without loss', async () => {
      const each = Math.ceil(64 * MiB / 200)
      const block = pattern(65_536, 1)
      const down = Uint8Array.from({ length: each }, (_, index) => block[index % 65_536] ?? 0)
      const expected = sum(down)
      await Promise.all(Array.from({ length: 200 }, async (_, index) => {
        const up = pattern(each, index)
        const answer = `${each} ${sum(up)}`
        const [uploaded, downloaded] = await Promise.all([
          upload(session.open({ type: KIND.sink }), up), download(session.open({ type: KIND.source }), each)
        ])
        assert.equal(uploaded, answer)
        assert.deepEqual(downloaded, [each, expected])
      }))
    })

    it('holds at most a window for each stream that it does not read, and the others go on', async () => {
      const count = 20
      const window = wire === 1 ? 65_536 : 262_144
      const before = await heap()
      const unread = Array.from({ length: count }, () => session.open({ type: KIND.endless }))
      await until(() => session.stats().bytesReceived >= count * window) // the server may be slow to begin
      await still(() => session.stats().bytesReceived)
      const received = session.stats().bytesReceived
      assert.isAtMost(received, count * (window + 1_000))
      const after = await heap()
      if (before !== undefined && after !== undefined) {
        console.log(`        heap: ${(before / MiB).toFixed(2)} MiB before, ${(after / MiB).toFixed(2)} MiB with ${count} unread windows of ${window} B`)
        assert.isAtMost(after - before, count * window * 1.25 + MiB)
      }
      assert.equal(await upload(session.open({ type: KIND.sink }), pattern(MiB, 5)), `${MiB} ${sum(pattern(MiB, 5))}`)
      for (const stream of unread) stream.reset()
    })

    it('keeps what waits to be sent in the session, not in the socket', async () => {
      const stream = session.open({ type: KIND.unread })
      let written = 0
      const filling = (async () => {
        for (;;) {
          await stream.write(pattern(65_536, 1))
          written += 65_536
        }
      })().catch(() => {})
      await still(() => written)
      assert.isBelow(session.stats().bytesSent, 300_000)
      stream.reset()
      await filling
    })
  })
}

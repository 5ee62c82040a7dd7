import { assert } from 'chai'
import { StreamMessageEvent } from '@libp2p/interface'
import type { MuxadoStream } from '../src/index.ts'
import { drink, ends, event, failure, fill, open, pour, quiet, until } from './support.ts'

const WINDOW = 65_536
/** What a window holds at first: the stream's type has spent four bytes of the peer's credit, which go back with the next. */
const FULL = WINDOW - 4

async function streams (init = {}, options = {}): Promise<[MuxadoStream, MuxadoStream]> {
  const { a, b } = ends(init)
  return open(a, b, options)
}

describe('MuxadoStream backpressure', () => {
  it('stops the sender at one window when nobody reads, and resets nothing', async () => {
    const [local, remote] = await streams()
    fill(local)
    await quiet()
    assert.equal(remote.readBufferLength, FULL)
    assert.isTrue(local.writableNeedsDrain)
    assert.deepEqual([local.status, remote.status], ['open', 'open'])
  })

  it('delivers everything to a reader that comes late', async () => {
    const [local, remote] = await streams()
    const poured = pour(local, 1_000_000)
    await until('the window is full', () => remote.readBufferLength === FULL)
    assert.equal(await drink(remote), 1_000_000)
    await poured
  })

  it('withholds credit while paused, and gives it after resume', async () => {
    const [local, remote] = await streams()
    let got = 0
    remote.addEventListener('message', ({ data }) => { got += data.byteLength })
    remote.pause()
    fill(local)
    await quiet()
    assert.equal(got, 0)
    assert.equal(remote.readBufferLength, FULL)
    const drained = local.onDrain()
    remote.resume()
    await drained
    assert.isAtLeast(got, FULL)
  })

  it('holds at most a window and the chunk in hand for a slow iterating reader', async () => {
    const [local, remote] = await streams()
    const total = 2_000_000
    const poured = pour(local, total)
    let most = 0
    let got = 0
    for await (const data of remote) {
      await new Promise((resolve) => { setImmediate(resolve) })
      got += data.byteLength
      most = Math.max(most, remote.readBufferLength)
    }
    await poured
    assert.equal(got, total)
    assert.isAtMost(most, remote.maxReadBufferLength)
  })

  it('grows the window for a reader that keeps up, never past maxReadBufferLength', async () => {
    const maxReadBufferLength = 131_072
    const [local, remote] = await streams({ streamOptions: { maxReadBufferLength } })
    const listener = (): void => {}
    remote.addEventListener('message', listener)
    for (let i = 0; i < 40; i++) {
      fill(local)
      await local.onDrain()
    }
    remote.removeEventListener('message', listener)
    await quiet()
    fill(local)
    await quiet()
    assert.isAbove(remote.readBufferLength, WINDOW)
    assert.isAtMost(remote.readBufferLength, maxReadBufferLength)
    assert.equal(remote.status, 'open')
  })

  it('grows it also for one that iterates over what comes many frames at a time', async () => {
    const { a, b, connA, connB } = ends()
    // A connection that hands over what it was given in one piece
    connA.send = (data) => {
      queueMicrotask(() => { connB.dispatchEvent(new StreamMessageEvent(data)) })
      return true
    }
    const [local, remote] = await open(a, b)
    const reading = (async () => {
      let bytes = 0
      for await (const data of remote) bytes += data.byteLength
      return bytes
    })()
    for (let i = 0; i < 64; i++) if (!local.send(new Uint8Array(WINDOW))) await local.onDrain()
    assert.isAbove(b.link.machine.snapshot().streams[0]?.window ?? 0, 8 * WINDOW)
    await local.close()
    assert.equal(await reading, 64 * WINDOW)
  })

  it('takes a maxReadBufferLength below the window for the window', async () => {
    const [local, remote] = await streams({ streamOptions: { maxReadBufferLength: 1_000 } })
    fill(local)
    await quiet()
    assert.equal(remote.maxReadBufferLength, WINDOW)
    assert.equal(remote.readBufferLength, FULL)
    assert.equal(remote.status, 'open')
  })

  it('lets no stream wait for the reader of another', async () => {
    const { a, b } = ends()
    const [stuck] = await open(a, b)
    fill(stuck)
    const [local, remote] = await open(a, b)
    const poured = pour(local, 300_000)
    assert.equal(await drink(remote), 300_000)
    await poured
    assert.isTrue(stuck.writableNeedsDrain)
  })

  it('aborts a stream that buffers more than maxWriteBufferLength to send', async () => {
    const [local] = await streams({ streamOptions: { maxWriteBufferLength: 100_000 } })
    const closed = event<Event & { error?: Error }>(local, 'close')
    fill(local)
    local.send(new Uint8Array(200_000))
    assert.equal((await closed).error?.name, 'StreamBufferError')
  })

  it('keeps apart what two calls of send gave', async () => {
    const [local, remote] = await streams()
    local.send(Uint8Array.of(1, 2))
    local.send(Uint8Array.of(3))
    void local.close()
    const messages: number[][] = []
    for await (const data of remote) messages.push(Array.from(data.subarray()))
    assert.deepEqual(messages, [[1, 2], [3]])
  })
})

describe('MuxadoStream.onDrain', () => {
  it('waits every time', async () => {
    const [local, remote] = await streams()
    for (let i = 0; i < 5; i++) {
      fill(local)
      await quiet()
      let drained: unknown = 'not yet'
      const waiting = local.onDrain().then(() => { drained = 'yes' })
      await quiet()
      assert.equal(drained, 'not yet', `wait number ${i + 1}`)
      const iterator = remote[Symbol.asyncIterator]()
      while (drained !== 'yes') {
        await iterator.next()
        await quiet()
      }
      await iterator.return(undefined)
      await waiting
    }
  })

  it('resolves at once while the stream takes bytes', async () => {
    const [local] = await streams()
    await local.onDrain()
  })

  it('rejects when the stream ends first', async () => {
    const [local] = await streams()
    fill(local)
    const waiting = failure(local.onDrain())
    local.abort(new Error('enough'))
    assert.equal((await waiting).message, 'enough')
  })

  it('rejects with the reason of its signal, and leaves the stream alone', async () => {
    const [local] = await streams()
    fill(local)
    const controller = new AbortController()
    const waiting = failure(local.onDrain({ signal: controller.signal }))
    controller.abort(new Error('no time'))
    assert.equal((await waiting).message, 'no time')
    assert.equal(local.status, 'open')
  })
})

describe('MuxadoStream iteration', () => {
  it('ends when the FIN came before it began', async () => {
    const [local, remote] = await streams()
    await local.close()
    await until('FIN', () => remote.remoteWriteStatus === 'closed')
    assert.equal(await drink(remote), 0)
  })

  it('delivers what came before it began, and the end', async () => {
    const [local, remote] = await streams()
    await pour(local, 1_000)
    await until('FIN', () => remote.remoteWriteStatus === 'closed')
    assert.equal(await drink(remote), 1_000)
    assert.isTrue(remote.readableEnded)
  })

  it('throws when a reset came before it began', async () => {
    const [local, remote] = await streams()
    const closed = event(remote, 'close')
    local.abort(new Error('no more'))
    await closed
    assert.equal((await failure(drink(remote))).name, 'StreamResetError')
  })

  it('throws when the reset comes while it waits, after the bytes before it', async () => {
    const [local, remote] = await streams()
    local.send(Uint8Array.of(0, 1, 2))
    const iterator = remote[Symbol.asyncIterator]()
    assert.equal((await iterator.next()).value?.byteLength, 3)
    const next = failure(iterator.next())
    local.abort(new Error('no more'))
    assert.equal((await next).name, 'StreamResetError')
  })

  it('truncates nothing when the FIN comes while the stream is paused', async () => {
    const [local, remote] = await streams()
    remote.pause()
    await pour(local, 50_000)
    await until('FIN', () => remote.remoteWriteStatus === 'closed')
    const drunk = drink(remote)
    await quiet()
    remote.resume()
    assert.equal(await drunk, 50_000)
  })

  it('leaves what it did not hand out for the next one', async () => {
    const [local, remote] = await streams()
    local.send(Uint8Array.of(0))
    local.send(Uint8Array.of(1))
    void local.close()
    for await (const data of remote) {
      assert.deepEqual(Array.from(data.subarray()), [0])
      break
    }
    for await (const data of remote) assert.deepEqual(Array.from(data.subarray()), [1])
  })

  it('sees what listeners see', async () => {
    const [local, remote] = await streams()
    let heard = 0
    remote.addEventListener('message', ({ data }) => { heard += data.byteLength })
    const poured = pour(local, 200_000)
    assert.equal(await drink(remote), 200_000)
    await poured
    assert.equal(heard, 200_000)
  })

  it('wakes an earlier iteration as well', async () => {
    const [local, remote] = await streams()
    const both = Promise.all([drink(remote).catch(() => -1), drink(remote).catch(() => -1)])
    await local.close()
    assert.deepEqual(await both, [0, 0])
  })
})

describe('MuxadoStream halves', () => {
  it('drops what comes after closeRead, without a reset and without holding the peer up', async () => {
    const [local, remote] = await streams()
    await remote.closeRead()
    await pour(local, 500_000)
    await quiet()
    assert.deepEqual([local.status, remote.status], ['open', 'open'])
    assert.equal(remote.readBufferLength, 0)
    remote.send(Uint8Array.of(0))
    void remote.close()
    assert.equal(await drink(local), 1)
    await until('both are closed', () => local.status === 'closed' && remote.status === 'closed')
  })

  it('returns the credit of what closeRead throws away', async () => {
    const [local, remote] = await streams()
    fill(local)
    await quiet()
    const drained = local.onDrain()
    await remote.closeRead()
    await drained
  })

  it('sends the FIN of a close whose signal gave up waiting', async () => {
    const [local, remote] = await streams()
    const sent = fill(local)
    const controller = new AbortController()
    const closing = failure(local.close({ signal: controller.signal }))
    controller.abort(new Error('no time'))
    assert.equal((await closing).message, 'no time')
    let got = 0
    for await (const data of remote) got += data.byteLength
    assert.equal(got, sent)
    await local.close()
    assert.equal(local.writeStatus, 'closed')
  })

  it('rejects close when the peer resets before all is sent', async () => {
    const [local, remote] = await streams()
    fill(local)
    const closing = failure(local.close())
    remote.abort(new Error('unwanted'))
    assert.equal((await closing).name, 'StreamResetError')
  })

  it('takes bytes back in front, also when the FIN has come', async () => {
    const [local, remote] = await streams()
    await pour(local, 10)
    await until('FIN', () => remote.remoteWriteStatus === 'closed')
    const taken = await new Promise<Uint8Array>((resolve) => {
      const listener = (evt: Event & { data: { subarray (): Uint8Array } }): void => {
        remote.removeEventListener('message', listener)
        resolve(evt.data.subarray())
      }
      remote.addEventListener('message', listener)
    })
    remote.unshift(taken)
    assert.equal(await drink(remote), 10)
  })

  it('gives no credit twice for bytes that were put back', async () => {
    const [local, remote] = await streams()
    const iterator = remote[Symbol.asyncIterator]()
    fill(local)
    let taken = 0
    for (let i = 0; i < 3; i++) {
      const { value } = await iterator.next()
      if (value === undefined) throw new Error('it ended')
      taken += value.byteLength
      remote.unshift(value)
      taken -= value.byteLength
    }
    await quiet()
    // The bytes put back come on top of a window at most.
    assert.isAtMost(remote.readBufferLength, WINDOW + 3 * 16_384 + taken)
    assert.equal(remote.status, 'open')
  })

  it('aborts on what the application pushes past maxReadBufferLength, as libp2p says', async () => {
    const [, remote] = await streams({ streamOptions: { maxReadBufferLength: 70_000 } })
    remote.push(new Uint8Array(70_001))
    assert.equal(remote.status, 'aborted')
  })

  it('delivers what is pushed behind what came', async () => {
    const [local, remote] = await streams()
    local.send(Uint8Array.of(0, 1))
    await until('it came', () => remote.readBufferLength === 2)
    remote.push(Uint8Array.of(2))
    void local.close()
    assert.equal(await drink(remote), 3)
  })

  it('refuses to take bytes back once nobody reads', async () => {
    const [, remote] = await streams()
    await remote.closeRead()
    assert.throws(() => { remote.unshift(Uint8Array.of(1)) }, /not read/)
  })
})

describe('MuxadoStream inactivityTimeout', () => {
  it('resets a stream on which nothing happens, where it is asked for', async () => {
    const [local, remote] = await streams({}, { inactivityTimeout: 20 })
    const { error } = await event<Event & { error?: Error }>(local, 'close')
    assert.equal(error?.name, 'TimeoutError')
    await until('the peer knows', () => remote.status === 'reset')
  })

  it('spares a stream on which something happens', async () => {
    const { a, b } = ends({ streamOptions: { inactivityTimeout: 60 } })
    const [local, remote] = await open(a, b)
    const [, other] = await open(a, b)
    const since = performance.now()
    while (performance.now() - since < 150) {
      local.send(Uint8Array.of(1))
      await new Promise((resolve) => { setTimeout(resolve, 5) })
    }
    assert.equal(remote.status, 'open')
    assert.notEqual(other.status, 'open')
  })
})

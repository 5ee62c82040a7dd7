import { assert } from 'chai'
import type { Stream } from '@muxado/session'
import { bytes, collect, connect, failure, peek, still, text, type Link, type Options } from './pair.ts'

async function streams (options?: Options): Promise<{ near: Stream, far: Stream, link: Link }> {
  const { client, server, link } = connect(options)
  const near = client.open()
  return { near, far: await server.accept(), link }
}

describe('Stream.readable', () => {
  it('is made once, carries the bytes and ends', async () => {
    const { near, far } = await streams()
    assert.equal(far.readable, far.readable)
    await near.closeWrite(bytes(1_000))
    const got = new Uint8Array(await new Response(far.readable).arrayBuffer())
    assert.deepEqual(got, bytes(1_000))
  })

  it('returns credit only as it is read', async () => {
    const { near, far, link } = await streams({ window: 1_000, maxWindow: 1_000 })
    const reader = far.readable.getReader()
    const writing = near.write(bytes(1_500))
    await still(link)
    assert.equal(await peek(writing), 'pending')
    assert.equal((await reader.read()).value?.byteLength, 1_000)
    await writing
  })

  it('fills the buffers of a BYOB reader', async () => {
    const { near, far, link } = await streams()
    await near.write(bytes(100))
    await still(link)
    const reader = far.readable.getReader({ mode: 'byob' })
    const first = await reader.read(new Uint8Array(64))
    assert.deepEqual(first.value, bytes(100).subarray(0, 64))
    const second = await reader.read(new Uint8Array(64))
    assert.equal(second.value?.byteLength, 36)
    await near.closeWrite()
    assert.isTrue((await reader.read(new Uint8Array(64))).done)
  })

  it('gives chunks that do not share their buffer with anything', async () => {
    const { navigator } = globalThis as { navigator?: { userAgent: string } }
    const { near, far } = await streams()
    const all = bytes(100)
    await near.write(all)
    const { value } = await far.readable.getReader().read()
    // Workers copy what a stream of bytes is given into blocks of their own
    assert.equal(value?.buffer.byteLength, navigator?.userAgent === 'Cloudflare-Workers' ? 4_096 : 100)
    assert.equal(all.byteLength, 100)
  })

  it('errors when the stream dies, read or not', async () => {
    const { near, far } = await streams()
    const reader = far.readable.getReader()
    near.reset('internal')
    assert.equal((await failure(reader.closed)).code, 'STREAM_RESET')
    assert.equal((await failure(reader.read())).code, 'STREAM_RESET')
  })

  it('does not error when only the writing half fails', async () => {
    const { near, far, link } = await streams()
    const reader = near.readable.getReader()
    await far.closeWrite(text('whole'))
    await still(link)
    far.reset()
    await near.closed
    assert.equal((await reader.read()).value?.byteLength, 5)
    assert.isTrue((await reader.read()).done)
    await reader.closed
  })

  it('stops reading when it is cancelled', async () => {
    const { far, link } = await streams()
    const reader = far.readable.getReader()
    const reading = reader.read()
    await reader.cancel()
    assert.isTrue((await reading).done)
    assert.equal(far.state, 'remoteClosed')
    await still(link)
  })
})

describe('Stream.writable', () => {
  it('is made once, carries the bytes and half-closes', async () => {
    const { near, far } = await streams()
    assert.equal(near.writable, near.writable)
    await Promise.all([
      new Blob([Uint8Array.from(bytes(200_000))]).stream().pipeTo(near.writable),
      collect(far).then((got) => { assert.deepEqual(got, bytes(200_000)) })
    ])
    assert.equal(near.state, 'localClosed')
  })

  it('waits for room', async () => {
    const { near, far } = await streams({ window: 100 })
    const writer = near.writable.getWriter()
    const writing = writer.write(bytes(150))
    assert.equal(await peek(writing), 'pending')
    await far.read()
    await writing
  })

  it('resets the stream when it is aborted, even while a write waits for ever', async () => {
    const { near, far } = await streams({ window: 10 })
    const writer = near.writable.getWriter()
    const writing = failure(writer.write(bytes(100)))
    const reason = new Error('mine')
    writer.closed.catch(() => {})
    await Promise.all([writer.abort(reason), writing])
    assert.equal((await near.closed)?.cause, reason)
    assert.equal((await far.closed)?.reason, 'cancel')
  })

  it('errors when the stream dies', async () => {
    const { near, far } = await streams()
    const writer = near.writable.getWriter()
    far.reset('internal')
    assert.equal((await failure(writer.closed)).code, 'STREAM_RESET')
  })
})

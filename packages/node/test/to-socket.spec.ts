import { MuxadoError } from '@muxado/core'
import { toSocket } from '@muxado/node'
import type { StreamSocket, StreamSocketOptions } from '@muxado/node'
import type { Stream } from '@muxado/session'
import { assert } from 'chai'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { all, closed, quiet } from './socket-ends.ts'
import { sessionPair } from './support.ts'
import type { SessionPair } from './support.ts'
import { concat, deferred, equal, pattern, still, turn, until } from './transport-contract.ts'

for (const wire of [1, 2] as const) {
  describe(`toSocket over wire ${wire}`, () => {
    let pair: SessionPair
    beforeEach(async () => { pair = await sessionPair({ wire }) })
    afterEach(async () => { await pair.close() })

    /** A stream opened by the client, as its two ends. */
    async function streams (): Promise<[Stream, Stream]> {
      const a = pair.client.open()
      return [a, await pair.server.accept()]
    }

    async function sockets (options?: StreamSocketOptions): Promise<[StreamSocket, StreamSocket]> {
      const [a, b] = await streams()
      return [quiet(a, options), quiet(b, options)]
    }

    it('carries bytes both ways and ends each half by itself', async () => {
      const [a, b] = await sockets()
      b.pipe(b)
      a.end(pattern(1_000_000, 1))
      assert.isTrue(equal(await all(a), pattern(1_000_000, 1)))
      await Promise.all([closed(a), closed(b)])
      assert.equal(a.stream.state, 'closed')
      assert.equal(b.stream.state, 'closed')
    })

    it('works in a pipeline', async () => {
      const [a, b] = await sockets()
      const received = all(b)
      await pipeline(async function * () {
        for (let index = 0; index < 50; index++) yield pattern(10_000, index)
      }, a)
      assert.isTrue(equal(await received, concat(Array.from({ length: 50 }, (_, index) => pattern(10_000, index)))))
    })

    it('writes strings, and what is corked, in order', async () => {
      const [a, b] = await sockets()
      a.cork()
      a.write('one ')
      a.write(new Uint8Array(0))
      a.write(Buffer.from('two '))
      a.uncork()
      a.end('6f6e65', 'hex')
      assert.equal(String(Buffer.from(await all(b))), 'one two one')
      assert.equal(a.bytesWritten, 11)
      assert.equal(b.bytesRead, 11)
    })

    it('makes a writer wait for room, and holds at most the window unread', async () => {
      const window = 100_000
      await pair.close()
      pair = await sessionPair({ wire, window, maxWindow: window, maxQueued: 50_000 })
      const [a, b] = await sockets()
      let written = 0
      const fill = (): void => {
        while (a.write(pattern(10_000, 1))) written++
        written++
      }
      a.on('drain', fill)
      fill()
      await still(() => b.readableLength)
      // The type travels in band (spec 9.2), within the window.
      const room = wire === 2 ? window - 4 : window
      assert.equal(b.readableLength, room)
      assert.isBelow(written * 10_000, window + 50_000 + 2 * a.writableHighWaterMark + 20_000)
      assert.isTrue(a.writableNeedDrain)
      assert.equal(a.bytesWritten, written * 10_000)
      assert.equal(b.bytesRead, room)

      a.off('drain', fill)
      a.end()
      assert.equal((await all(b)).byteLength, written * 10_000)
    })

    it('returns credit for every way of reading', async () => {
      const window = 1000
      await pair.close()
      pair = await sessionPair({ wire, window, maxWindow: window })
      const size = 20 * window
      const readers: Array<[string, (socket: StreamSocket) => Promise<Uint8Array>]> = [
        ['data', async (socket) => {
          const parts: Uint8Array[] = []
          socket.on('data', (chunk: Uint8Array) => { parts.push(chunk) })
          await once(socket, 'end')
          return concat(parts)
        }],
        ['read a bit at a time', async (socket) => {
          const parts: Uint8Array[] = []
          socket.on('readable', () => {
            // bytes, since no encoding is set
            for (let part = socket.read(7) ?? socket.read(); part !== null; part = socket.read(7) ?? socket.read()) parts.push(part as Buffer)
          })
          await once(socket, 'end')
          return concat(parts)
        }],
        ['iteration', all],
        ['pause and resume', async (socket) => {
          const parts: Uint8Array[] = []
          socket.on('data', (chunk: Uint8Array) => {
            parts.push(chunk)
            socket.pause()
            setImmediate(() => { socket.resume() })
          })
          await once(socket, 'end')
          return concat(parts)
        }],
        ['text', async (socket) => {
          socket.setEncoding('latin1')
          let text = ''
          for await (const chunk of socket) text += chunk
          return Buffer.from(text, 'latin1')
        }],
        ['hexadecimal text, longer than its bytes', async (socket) => {
          socket.setEncoding('hex')
          let text = ''
          for await (const chunk of socket) text += chunk
          return Buffer.from(text, 'hex')
        }],
        ['something put back', async (socket) => {
          const [first] = await once(socket, 'data') as [Uint8Array]
          socket.pause()
          socket.unshift(first)
          return await all(socket)
        }]
      ]
      for (const [name, read] of readers) {
        const [a, b] = await sockets()
        a.end(pattern(size, 3))
        assert.isTrue(equal(await read(b), pattern(size, 3)), name)
        b.destroy()
      }
    })

    it('lets one end finish while the other goes on', async () => {
      const [a, b] = await sockets()
      a.end('question')
      assert.equal(String(Buffer.from(await all(b))), 'question')
      assert.equal(a.readyState, 'readOnly')
      assert.equal(b.readyState, 'writeOnly')
      b.write('long ')
      await turn()
      b.end('answer')
      assert.equal(String(Buffer.from(await all(a))), 'long answer')
      assert.equal(a.readyState, 'closed')
    })

    it('ends its half with the peer\'s when half-open is not allowed', async () => {
      const [a, b] = await sockets({ allowHalfOpen: false })
      b.resume()
      a.resume()
      a.end('bye')
      assert.deepEqual(await Promise.all([closed(a), closed(b)]), [false, false])
    })

    it('emits end although nobody reads, when there is nothing to read', async () => {
      const [a, b] = await sockets()
      const ended = once(b, 'end')
      a.end()
      await ended
    })

    it('turns a reset by the peer into ECONNRESET, caused by the MuxadoError', async () => {
      const [a, b] = await streams()
      const socket = toSocket(a)
      const [failed, hadError] = [once(socket, 'error'), closed(socket)]
      b.reset()
      const [error] = await failed as [NodeJS.ErrnoException]
      assert.equal(error.code, 'ECONNRESET')
      assert.match(error.message, /^ECONNRESET: /)
      assert.instanceOf(error.cause, MuxadoError)
      assert.equal((error.cause as MuxadoError).code, 'STREAM_RESET')
      assert.isTrue(await hadError)
      assert.equal(socket.readyState, 'closed')
    })

    it('turns a refusal into ECONNREFUSED', async () => {
      const stream = pair.client.open()
      const failed = once(toSocket(stream), 'error')
      ;(await pair.server.accept()).reset('refused')
      const [error] = await failed as [NodeJS.ErrnoException]
      assert.equal(error.code, 'ECONNREFUSED')
      assert.isTrue((error.cause as MuxadoError).retryable)
    })

    it('fails writes that wait when the session dies', async () => {
      const [a, b] = await sockets()
      const failed = once(a, 'error')
      b.on('error', () => {})
      const write = deferred<Error | null | undefined>()
      a.write(pattern(8_000_000, 1), write.resolve)
      await turn()
      pair.server.abort()
      assert.equal((await write.promise as NodeJS.ErrnoException).code, 'ECONNRESET')
      await failed
    })

    it('settles a write that waits when the socket is destroyed', async () => {
      const [a] = await sockets()
      const write = deferred<unknown>()
      a.write(pattern(8_000_000, 1), write.resolve)
      const buffered = deferred<NodeJS.ErrnoException | null | undefined>()
      a.write('more', buffered.resolve)
      a.destroy()
      // As with net.Socket: what was under way is over, what had not begun has failed.
      await write.promise
      assert.equal((await buffered.promise)?.code, 'ERR_STREAM_DESTROYED')
      assert.isNull(a.errored)
    })

    it('fails a half-close that waits when the peer resets', async () => {
      const [a, b] = await streams()
      const socket = toSocket(a)
      const failed = once(socket, 'error')
      socket.end(pattern(8_000_000, 1))
      await turn()
      b.reset()
      await failed
      assert.isFalse(socket.writableFinished)
    })

    it('hands over an answer that was complete before the reset', async () => {
      const [a, b] = await streams()
      const socket = toSocket(a)
      socket.pause()
      await b.closeWrite(pattern(30_000, 1))
      await until(() => socket.readableLength === 30_000 && a.state === 'remoteClosed')
      b.reset()
      await until(() => a.state === 'reset')
      const failed = once(socket, 'error')
      const parts: Uint8Array[] = []
      socket.on('data', (chunk: Uint8Array) => { parts.push(chunk) })
      socket.resume()
      await failed
      assert.isTrue(equal(concat(parts), pattern(30_000, 1)))
    })

    it('resets the stream on destroy, with and without an error', async () => {
      for (const error of [undefined, new Error('mine')]) {
        const [a, b] = await streams()
        const socket = toSocket(a)
        const failed = error === undefined ? undefined : once(socket, 'error')
        const hadError = closed(socket)
        socket.destroy(error)
        assert.deepEqual(await failed, error === undefined ? undefined : [error])
        assert.equal(await hadError, error !== undefined)
        const cause = await b.closed
        assert.equal(cause?.code, 'STREAM_RESET')
        assert.equal(cause?.reason, 'cancel')
      }
    })

    it('still delivers what was written when it is destroyed after its end', async () => {
      const [a, b] = await streams()
      const socket = toSocket(a)
      socket.destroySoon()
      await closed(socket)
      assert.isUndefined(await b.read())

      const [c, d] = await streams()
      const busy = toSocket(c)
      busy.write(pattern(60_000, 1))
      busy.destroySoon()
      assert.isFalse(await closed(busy))
      assert.isTrue(equal(await all(quiet(d)), pattern(60_000, 1)))
    })

    it('resets the stream on resetAndDestroy although everything was written, and without an error of its own', async () => {
      const [a, b] = await streams()
      const socket = toSocket(a)
      socket.end('x')
      await once(socket, 'finish')
      assert.equal(socket.resetAndDestroy(), socket)
      assert.isFalse(await closed(socket))
      assert.equal((await b.closed)?.code, 'STREAM_RESET')
    })

    it('does not mind a reset after it was closed, with nobody listening', async () => {
      const [a, b] = await streams()
      const socket = toSocket(a)
      socket.destroySoon()
      await closed(socket)
      b.reset()
      await b.closed
      await turn()
      socket.destroy(new Error('too late'))
      await turn()
    })

    it('gives back the credit of bytes that come after it was destroyed', async () => {
      const [a, b] = await sockets()
      b.end()
      await once(b, 'finish')
      b.destroy()
      a.on('error', () => {})
      a.write(pattern(10_000, 1))
      await closed(a)
      const [c, d] = await sockets()
      c.end('next')
      assert.equal(String(Buffer.from(await all(d))), 'next')
    })

    it('reports a stream that somebody else finished', async () => {
      const [a] = await streams()
      const socket = toSocket(a)
      await a.closeWrite()
      const failed = once(socket, 'error')
      socket.write('too late')
      const [error] = await failed as [MuxadoError]
      assert.equal(error.code, 'API_SEND_AFTER_FINISH')
    })

    it('takes over what the stream had received and its end', async () => {
      const [a, b] = await streams()
      await a.closeWrite(pattern(100, 1))
      await until(() => b.state === 'remoteClosed')
      assert.equal((await all(quiet(b))).byteLength, 100)
    })

    it('fails when the stream had failed before', async () => {
      const [a, b] = await streams()
      a.reset()
      await b.closed
      const [error] = await once(toSocket(b), 'error') as [NodeJS.ErrnoException]
      assert.equal(error.code, 'ECONNRESET')
    })
  })
}

// Replies as bytes, and a connection to what speaks like a Redis; a real one is reached from a browser in test/browser.
import * as net from 'node:net'
import { assert } from 'chai'
import { encodeCommand, Redis, RedisError, type Reply, ReplyParser } from '../../src/page/redis.ts'
import { dial } from '../../src/page/wish.ts'
import { enter, openPage } from '../help/console.ts'
import { closeAll, listenOn } from '../help/tunnel.ts'

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** Bytes as text, so that replies can be compared. */
function plain (reply: Reply): unknown {
  if (reply instanceof Uint8Array) return `bulk ${new TextDecoder().decode(reply)}`
  if (reply instanceof RedisError) return `error ${reply.message}`
  return Array.isArray(reply) ? reply.map(plain) : reply
}

const stream = '+OK\r\n-ERR no\r\n:-42\r\n$-1\r\n*-1\r\n$0\r\n\r\n$4\r\na\r\nb\r\n*0\r\n*3\r\n:1\r\n*1\r\n$1\r\nx\r\n-WRONG\r\n+\r\n'
const replies = ['OK', 'error ERR no', -42, null, null, 'bulk ', 'bulk a\r\nb', [], [1, ['bulk x'], 'error WRONG'], '']

describe('ReplyParser', () => {
  it('reads every kind of reply, however the bytes are cut', () => {
    for (let size = 1; size <= stream.length; size++) {
      const parser = new ReplyParser()
      const seen: unknown[] = []
      for (let at = 0; at < stream.length; at += size) seen.push(...parser.push(bytes(stream.slice(at, at + size))).map(plain))
      assert.deepEqual(seen, replies, `pieces of ${size}`)
    }
  })

  it('copies what it keeps', () => {
    const chunk = bytes('$2\r\nhi\r\n')
    const [reply] = new ReplyParser().push(chunk)
    chunk.fill(0)
    assert.equal(plain(reply ?? null), 'bulk hi')
  })

  it('throws at what is not Redis, or too much of it', () => {
    for (const text of ['HTTP/1.1 400\r\n', ':x\r\n', '$-2\r\n', '$67108865\r\n', '*1048577\r\n', '$1\r\nxy\r\n', '*1\r\n'.repeat(40), `+${'x'.repeat(70_000)}`, ':1.5\r\n', ':\r\n']) {
      assert.throws(() => new ReplyParser().push(bytes(text)), Error, undefined, text.slice(0, 20))
    }
  })
})

describe('encodeCommand', () => {
  it('counts bytes, not characters, and takes bytes as they are', () => {
    assert.equal(new TextDecoder().decode(encodeCommand(['SET', 'þ', Uint8Array.of(13, 10)])), '*3\r\n$3\r\nSET\r\n$2\r\nþ\r\n$2\r\n\r\n\r\n')
  })
})

describe('Redis', () => {
  afterEach(closeAll)

  /** A connection to a server that answers each chunk with what `answer` makes of it; undefined hangs up. */
  async function open (answer: (text: string) => string | undefined): Promise<Redis> {
    const port = await listenOn(net.createServer((socket) => {
      socket.on('error', () => {}) // a client that hangs up resets
      socket.on('data', (data) => {
        const text = answer(data.toString())
        if (text === undefined) socket.end()
        else socket.write(text)
      })
    }))
    const session = await enter(await openPage({ allow: [{ host: '127.0.0.1', port }] }))
    return new Redis(await dial(session, `127.0.0.1:${port}`))
  }

  async function failure (work: Promise<unknown>): Promise<string> {
    return await work.then(() => 'it worked', (error: Error) => error.message)
  }

  it('gives each command its reply, in order, and errors as replies', async () => {
    const redis = await open((text) => [...text.matchAll(/\r\n(\w)\r\n/g)].map(([, letter]) => letter === 'x' ? '-ERR x\r\n' : `+${letter}\r\n`).join(''))
    assert.deepEqual((await Promise.all(['a', 'b', 'x', 'c'].map((letter) => redis.send(letter)))).map(plain), ['a', 'b', 'error ERR x', 'c'])
    redis.close()
    await redis.closed
  })

  it('fails what is due when the server hangs up, or is no Redis', async () => {
    const gone = await open(() => undefined)
    assert.equal(await failure(gone.send('a')), 'Redis hung up')
    const web = await open(() => 'HTTP/1.1 400 Bad Request\r\n\r\n')
    assert.equal(await failure(web.send('a')), 'what answers is not Redis')
    await web.closed
    assert.notEqual(await failure(web.send('a')), 'it worked')
  })
})

/**
 * As much of a Redis client as a page needs to talk to one: RESP2 both ways over a stream. Knows nothing of gateways.
 *
 * @module
 */
import type { Stream } from '@muxado/session'

/** What Redis said no to; a reply like others, since a pipeline goes on behind it. */
export class RedisError extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'RedisError'
  }
}

/** A reply: simple strings and numbers as such, bulk strings as bytes, nil as null. */
export type Reply = string | number | null | RedisError | Uint8Array<ArrayBuffer> | Reply[]

/** Longer bulk strings end the connection: a page has to hold them. */
const maxBulk = 64 * 2 ** 20

/** Simple replies, errors and lengths are short; Redis itself takes 64 KiB for a line. */
const maxLine = 65_536

/** Arrays of more than this, or within more than `maxDepth` others, end the connection. Both arbitrary, far above what commands give. */
const maxItems = 1_048_576
const maxDepth = 32

/** A command as Redis takes it: an array of bulk strings. */
export function encodeCommand (args: ReadonlyArray<string | Uint8Array>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const parts = [encoder.encode(`*${args.length}\r\n`)]
  for (const arg of args) {
    const bytes = typeof arg === 'string' ? encoder.encode(arg) : new Uint8Array(arg)
    parts.push(encoder.encode(`$${bytes.length}\r\n`), bytes, encoder.encode('\r\n'))
  }
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Replies from chunks that are cut anywhere. */
export class ReplyParser {
  #chunk: Uint8Array = new Uint8Array()
  #at = 0
  #parsing: Generator<undefined, Reply, undefined> | undefined

  /**
   * The replies that `chunk` completes.
   * @throws {Error} this is not Redis, or over a limit; the parser is of no use afterwards
   */
  push (chunk: Uint8Array): Reply[] {
    this.#chunk = chunk
    this.#at = 0
    const replies: Reply[] = []
    while (this.#at < chunk.length) {
      this.#parsing ??= this.#reply(0)
      const { done, value } = this.#parsing.next()
      if (done !== true) break
      replies.push(value)
      this.#parsing = undefined
    }
    return replies
  }

  * #reply (depth: number): Generator<undefined, Reply, undefined> {
    const line = yield * this.#line()
    const rest = line.slice(1)
    switch (line[0]) {
      case '+': return rest
      case '-': return new RedisError(rest)
      case ':': return integer(rest)
      case '$': {
        const length = integer(rest)
        if (length === -1) return null
        if (length < 0 || length > maxBulk) throw new Error(`a bulk string of ${length} bytes`)
        const bytes = yield * this.#take(length)
        if (yield * this.#line()) throw new Error('a bulk string without an end')
        return bytes
      }
      case '*': {
        const length = integer(rest)
        if (length === -1) return null
        if (length < 0 || length > maxItems || depth >= maxDepth) throw new Error(`an array of ${length} items at depth ${depth}`)
        const items: Reply[] = []
        while (items.length < length) items.push(yield * this.#reply(depth + 1))
        return items
      }
      default: throw new Error('what answers is not Redis')
    }
  }

  * #line (): Generator<undefined, string, undefined> {
    const bytes: number[] = []
    for (;;) {
      while (this.#at >= this.#chunk.length) yield undefined
      const byte = this.#chunk[this.#at++] ?? 0
      if (byte === 10 && bytes.at(-1) === 13) return new TextDecoder().decode(Uint8Array.from(bytes.slice(0, -1)))
      if (bytes.length >= maxLine) throw new Error('a line without an end')
      bytes.push(byte)
    }
  }

  * #take (length: number): Generator<undefined, Uint8Array<ArrayBuffer>, undefined> {
    const parts: Uint8Array[] = []
    let left = length
    while (left > 0) {
      while (this.#at >= this.#chunk.length) yield undefined
      // A copy: the chunk is whoever's, and a small reply must not hold a large chunk.
      const part = this.#chunk.slice(this.#at, this.#at + left)
      this.#at += part.length
      left -= part.length
      parts.push(part)
    }
    const out = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }
}

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

/** A connection to Redis over a stream of `dial`. */
export class Redis {
  readonly #stream: Stream
  readonly #waiting: Waiting[] = []
  /** Resolves when the connection has ended. Never rejects. */
  readonly closed: Promise<void>

  constructor (stream: Stream) {
    this.#stream = stream
    this.closed = this.#read()
  }

  /**
   * Send a command. Several may be under way: replies come in the order of the commands.
   * @throws {Error} the connection ended; an error that Redis answers is a reply
   */
  async send (...args: ReadonlyArray<string | Uint8Array>): Promise<Reply> {
    const reply = new Promise<Reply>((resolve, reject) => { this.#waiting.push({ resolve, reject }) })
    this.#stream.write(encodeCommand(args)).catch((error: unknown) => { this.#fail(error) })
    return await reply
  }

  /** End the connection. Replies that are still due fail. */
  close (): void {
    this.#stream.reset()
  }

  async #read (): Promise<void> {
    const parser = new ReplyParser()
    try {
      for await (const chunk of this.#stream) {
        for (const reply of parser.push(chunk.subarray())) this.#waiting.shift()?.resolve(reply)
      }
      this.#fail(new Error('Redis hung up'))
    } catch (error) {
      this.#stream.reset()
      this.#fail(error)
    }
  }

  #fail (error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

function integer (text: string): number {
  if (!/^[+-]?\d{1,19}$/.test(text)) throw new Error(`'${text.slice(0, 40)}' where a number should be`)
  return Number(text)
}

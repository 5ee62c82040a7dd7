/**
 * A peer that others wrote, as a process that does what it is told: test/interop/go and test/interop/rust. One command a line, one answer a
 * line, in any order.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import pDefer from 'p-defer'
import type { DeferredPromise } from 'p-defer'

/** How a peer is started. What is left out is its own default. */
export interface PeerOptions {
  readonly role: 'client' | 'server'
  /** The port to connect to; without it the peer listens. */
  readonly dial?: number
  readonly window?: number | undefined
  /** Streams that may wait for `accept`. */
  readonly backlog?: number | undefined
  readonly typed?: boolean | undefined
  /** Milliseconds between pings; 0 for none. Needs `typed`. */
  readonly heartbeat?: number | undefined
  readonly tolerance?: number | undefined
  /** Rust: 0 leaves its streams as the crate made them (R14). */
  readonly wakes?: number | undefined
}

type Words = Record<string, string | number | undefined>

/** What a peer answered. */
export type Answer = Readonly<Record<string, string>>

/** A peer said no: `code` is the reason by its number, -1 where it has none. */
export class PeerError extends Error {
  readonly code: number
  readonly answer: Answer

  constructor (command: string, answer: Answer) {
    super(`${command}: ${answer['text'] ?? ''} (code ${answer['code']})`)
    this.code = Number(answer['code'])
    this.answer = answer
  }
}

/** What was read, by count and hash. */
export interface Read {
  readonly n: number
  readonly sha: string
  readonly eof: boolean
}

/** A running peer. */
export class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #waiting = new Map<string, { readonly command: string, readonly answer: DeferredPromise<Answer> }>()
  readonly #port = pDefer<number>()
  readonly #session = pDefer<void>()
  readonly #gone = pDefer<void>()
  #last = 0
  #said = ''

  constructor (program: string, kind: 'go' | 'rust', options: PeerOptions) {
    this.#child = spawn(program, flags(kind, options), { stdio: ['pipe', 'pipe', 'pipe'] })
    for (const { promise } of [this.#port, this.#session]) promise.catch(() => {})
    createInterface(this.#child.stdout).on('line', (line) => { this.#hear(line) })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => { this.#said += text })
    this.#child.stdin.on('error', () => {})
    this.#child.on('error', (error) => { this.#end(String(error)) })
    this.#child.on('close', (code, signal) => { this.#end(`the peer ended (${signal ?? code})${this.#said === '' ? '' : `: ${this.#said.slice(0, 2_000)}`}`) })
  }

  /** The port it listens on. */
  get port (): Promise<number> {
    return this.#port.promise
  }

  /** Resolves when its session has started. */
  get session (): Promise<void> {
    return this.#session.promise
  }

  /** Commands without an answer yet. */
  get pending (): string[] {
    return [...this.#waiting.values()].map(({ command }) => command)
  }

  /** Tell it what to do. @throws {PeerError} */
  async tell (verb: string, words: Words = {}): Promise<Answer> {
    const name = String(++this.#last)
    const command = [verb, ...Object.entries(words).filter(([, value]) => value !== undefined).map(([key, value]) => `${key}=${value}`)].join(' ')
    const answer = pDefer<Answer>()
    // A case need not wait for each answer
    answer.promise.catch(() => {})
    this.#waiting.set(name, { command, answer })
    this.#child.stdin.write(`${name} ${command}\n`)
    return await answer.promise
  }

  /** Open a stream. The Go peer tells its id; neither peer sends anything before the first write, unless streams are typed. */
  async open (type?: number): Promise<PeerStream> {
    return new PeerStream(this, await this.tell('open', { type }))
  }

  async accept (): Promise<PeerStream> {
    return new PeerStream(this, await this.tell('accept'))
  }

  /** Kill the process: its connection ends as if it had crashed. */
  async kill (): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#gone.promise
  }

  #hear (line: string): void {
    const [name = '', verdict, ...rest] = line.split(' ')
    if (name === 'listening') this.#port.resolve(Number(verdict))
    else if (name === 'session') this.#session.resolve()
    else {
      const waiting = this.#waiting.get(name)
      this.#waiting.delete(name)
      const answer: Answer = Object.fromEntries(rest.map((word) => {
        const at = word.indexOf('=')
        return [word.slice(0, at), decodeURIComponent(word.slice(at + 1).replaceAll('+', ' '))]
      }))
      if (verdict === 'ok') waiting?.answer.resolve(answer)
      else waiting?.answer.reject(new PeerError(waiting.command, answer))
    }
  }

  #end (why: string): void {
    for (const { answer } of this.#waiting.values()) answer.reject(new Error(why))
    this.#waiting.clear()
    for (const { reject } of [this.#port, this.#session]) reject(new Error(why))
    this.#gone.resolve()
  }
}

/** A stream at a peer. */
export class PeerStream {
  readonly type: number
  /** Where the peer tells it. */
  readonly id: number | undefined
  readonly #peer: Peer
  readonly #name: string

  constructor (peer: Peer, answer: Answer) {
    this.#peer = peer
    this.#name = answer['s'] ?? ''
    this.type = Number(answer['type'] ?? 0)
    this.id = answer['id'] === undefined ? undefined : Number(answer['id'])
  }

  /** Send `n` bytes of the sequence of `key`, from offset `at`, `piece` bytes a write. @throws {PeerError} */
  async write (key: number, n: number, more: { readonly at?: number, readonly piece?: number } = {}): Promise<void> {
    await this.#tell('write', { key, n, ...more })
  }

  /** Write a byte at a time until it fails; the error's number. */
  async failure (): Promise<number> {
    for (;;) {
      try {
        await this.#tell('write', { n: 1 })
      } catch (error) {
        if (error instanceof PeerError) return error.code
        throw error
      }
    }
  }

  /** Take `n` bytes, or all there is until the end, `piece` bytes a read. @throws {PeerError} */
  async read (n?: number, piece?: number): Promise<Read> {
    const answer = await this.#tell('read', { n, piece })
    return { n: Number(answer['n']), sha: answer['sha'] ?? '', eof: answer['eof'] === '1' }
  }

  /** Half-close. */
  async finish (): Promise<void> {
    await this.#tell('finish')
  }

  /** `Close` in Go, a drop in Rust. */
  async close (): Promise<void> {
    await this.#tell('close')
  }

  /** Go: reads fail from now + `ms` on. */
  async deadline (ms: number): Promise<void> {
    await this.#tell('deadline', { ms })
  }

  /** Send back what comes, then half-close. */
  async echo (): Promise<void> {
    await this.#tell('echo')
  }

  async #tell (verb: string, words: Words = {}): Promise<Answer> {
    return await this.#peer.tell(verb, { s: this.#name, ...words })
  }
}

function flags (kind: 'go' | 'rust', options: PeerOptions): string[] {
  const { role, dial, window, backlog, typed, heartbeat, tolerance, wakes } = options
  const address = dial === undefined ? undefined : `127.0.0.1:${dial}`
  if (kind === 'rust') {
    return Object.entries({ role, dial: address, window, backlog, typed: typed === true ? 1 : undefined, heartbeat, tolerance, wakes })
      .flatMap(([name, value]) => value === undefined ? [] : [`${name}=${value}`])
  }
  const ms = (value?: number): string | undefined => value === undefined ? undefined : `${value}ms`
  return Object.entries({ role, dial: address, window, backlog, typed, heartbeat: ms(heartbeat), tolerance: ms(tolerance) })
    .flatMap(([name, value]) => value === undefined ? [] : [`-${name}=${value}`])
}

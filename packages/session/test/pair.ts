// Two transports back to back, in memory, whose chunking, room and death a test controls.
import { createSession, type Bytes, type Session, type SessionOptions, type Transport } from '@muxado/session'
import { createMachine, type Action, type Machine, type MachineOptions } from '@muxado/core'
import pDefer from 'p-defer'

export interface LinkOptions {
  /** Bytes per chunk that a source yields; default: as they were written. */
  readonly chunk?: number
  /** Bytes that may wait in one direction before its sink must wait. Default 65,536. */
  readonly room?: number
  /** Copy each flush into one buffer of its own, as a socket's reads are. Default: segments as they come. */
  readonly join?: boolean
}

/** One direction. */
export class Pipe {
  /** Bytes that were ever written. */
  written = 0
  /** Bytes written and not yet taken out. */
  waiting = 0
  #held = false
  #state: 'open' | 'ended' | 'cut' | 'failed' = 'open'
  #error: Error | undefined
  #change = pDefer<void>()
  readonly #chunks: Uint8Array[] = []
  readonly #options: LinkOptions

  constructor (options: LinkOptions) {
    this.#options = options
  }

  /** Nothing comes out until `release`. */
  hold (): void { this.#held = true }

  release (): void {
    this.#held = false
    this.#changed()
  }

  /** No more will be written; what waits still comes out. */
  end (): void { this.#become('ended') }

  /** Both ends stop at once; what waits is lost. */
  cut (): void { this.#become('cut') }

  /** Both ends fail at once; what waits is lost. */
  fail (error: Error): void {
    this.#error = error
    this.#become('failed')
  }

  async sink (source: AsyncIterable<Bytes>): Promise<void> {
    for await (const bytes of source) {
      for (const part of this.#options.join === true ? [new Uint8Array(bytes.slice())] : bytes instanceof Uint8Array ? [bytes] : bytes) {
        if (this.#state !== 'open') break
        this.#chunks.push(part)
        this.written += part.byteLength
        this.waiting += part.byteLength
      }
      this.#changed()
      while (this.#state === 'open' && this.waiting >= (this.#options.room ?? 65_536)) await this.#change.promise
      if (this.#state !== 'open') break
    }
    if (this.#error !== undefined) throw this.#error
    this.end()
  }

  async * source (): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (this.#state === 'failed') throw this.#error ?? new Error('failed')
      if (this.#state === 'cut') return
      const [first] = this.#chunks
      if (!this.#held && first !== undefined) {
        const size = Math.min(first.byteLength, this.#options.chunk ?? Infinity)
        if (size === first.byteLength) this.#chunks.shift()
        else this.#chunks[0] = first.subarray(size)
        this.waiting -= size
        this.#changed()
        yield first.subarray(0, size)
      } else if (this.#state === 'ended' && !this.#held) {
        return
      } else {
        await this.#change.promise
      }
    }
  }

  #become (state: 'ended' | 'cut' | 'failed'): void {
    if (this.#state === 'open' || (this.#state === 'ended' && state !== 'ended')) this.#state = state
    this.#changed()
  }

  #changed (): void {
    this.#change.resolve()
    this.#change = pDefer()
  }
}

/** Two ends and what is between them. */
export class Link {
  readonly toServer: Pipe
  readonly toClient: Pipe
  readonly client: Transport
  readonly server: Transport
  readonly aborted: Array<Error | undefined> = []

  constructor (options: LinkOptions = {}) {
    this.toServer = new Pipe(options)
    this.toClient = new Pipe(options)
    this.client = this.#end(this.toServer, this.toClient, 'client')
    this.server = this.#end(this.toClient, this.toServer, 'server')
  }

  /** Both ends see the connection fail. */
  fail (error: Error): void {
    this.toServer.fail(error)
    this.toClient.fail(error)
  }

  /** Bytes that went either way. */
  get written (): number { return this.toServer.written + this.toClient.written }

  #end (out: Pipe, into: Pipe, name: string): Transport {
    return {
      source: into.source(),
      sink: (source) => out.sink(source),
      abort: (error) => {
        this.aborted.push(error)
        out.end()
        into.cut()
      },
      localAddress: name,
      remoteAddress: name === 'client' ? 'server' : 'client'
    }
  }
}

export type Options = Partial<SessionOptions>

/** A client and a server that talk over a link. Without heartbeats unless asked for: ids are then as one expects. */
export function connect (options: Options = {}, link: Link = new Link(), server: Options = options): { client: Session, server: Session, link: Link } {
  return {
    client: createSession(link.client, { role: 'client', heartbeat: false, ...options }),
    server: createSession(link.server, { role: 'server', heartbeat: false, ...server }),
    link
  }
}

/** A bare machine as the peer of a session: what a session meets when its peer does as the test says. */
export class Peer {
  readonly machine: Machine
  readonly actions: Action[] = []
  #change = pDefer<void>()
  #wake = pDefer<void>()

  constructor (transport: Transport, options: MachineOptions) {
    this.machine = createMachine(options)
    transport.sink(this.#segments()).catch(() => {})
    this.#receive(transport.source).catch(() => {})
  }

  /** Let the machine's words out. */
  flush (): void {
    this.#wake.resolve()
    this.#wake = pDefer()
  }

  /** The first action, from now on or already come, that `is` what is wanted. */
  async action <T extends Action['type']> (type: T, is: (action: Extract<Action, { type: T }>) => boolean = () => true): Promise<Extract<Action, { type: T }>> {
    for (;;) {
      const found = this.actions.find((action): action is Extract<Action, { type: T }> => action.type === type && is(action as Extract<Action, { type: T }>))
      if (found !== undefined) return found
      await this.#change.promise
    }
  }

  async #receive (source: AsyncIterable<Bytes>): Promise<void> {
    for await (const bytes of source) {
      for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) this.#add(this.machine.receive(part))
    }
    this.#add(this.machine.receiveEnd())
  }

  #add (actions: Action[]): void {
    this.actions.push(...actions)
    this.#change.resolve()
    this.#change = pDefer()
    this.flush()
  }

  async * #segments (): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const wake = this.#wake.promise
      yield * this.machine.transmit()
      if (this.machine.state === 'closed' && !this.machine.wantsTransmit) return
      await wake
    }
  }
}

/** Bytes with a pattern, so that a byte out of place is seen. */
export function bytes (length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >>> 8) + seed) & 0xff)
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)

/** What `text` made bytes of. */
export const words = (value: Uint8Array): string => new TextDecoder().decode(value)

/** All that a source has, as one array. */
export async function collect (source: AsyncIterable<Bytes>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of source) parts.push(chunk.slice())
  return join(parts)
}

/** The parts as one array. */
export function join (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all
}

/** Let everything run that can run without the passing of time: turns of the event loop, until the link has been still for a few. */
export async function still (link?: Link): Promise<void> {
  let seen = -1
  for (let turns = 0; turns < 4; turns++) {
    if (link !== undefined && link.written !== seen) turns = 0
    seen = link?.written ?? 0
    await turn()
  }
}

/** Let the event loop go round once. Pages have no `setImmediate`, and their timers wait for 4 ms. */
export function turn (): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve)
      return
    }
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

/** Whether a promise has settled, and how. */
export async function peek (promise: Promise<unknown>): Promise<'pending' | 'resolved' | 'rejected'> {
  await still()
  return await Promise.race([promise.then(() => 'resolved' as const, () => 'rejected' as const), still().then(() => 'pending' as const)])
}

/** What a promise rejects with. */
export async function failure (promise: Promise<unknown>): Promise<{ code?: string, message: string }> {
  try {
    await promise
  } catch (error) {
    return error as { code?: string, message: string }
  }
  throw new Error('expected a rejection')
}

/** What a call throws. */
export function thrown (call: () => unknown): { code?: string, message: string } {
  try {
    call()
  } catch (error) {
    return error as { code?: string, message: string }
  }
  throw new Error('expected an exception')
}

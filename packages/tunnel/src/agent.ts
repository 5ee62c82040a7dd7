/**
 * The agent: joins a gateway, carries each stream that comes to a connection of its own to the origin, and joins again when the session ends.
 * Knows bytes, not HTTP.
 *
 * @module
 */
import * as net from 'node:net'
import { connect } from '@muxado/node'
import type { Session } from '@muxado/session'
import { JoinRefused, requestJoin } from './join.ts'
import { aborted, type Stop } from './signals.ts'
import { spliceStream } from './splice.ts'
import { type Address, showAddress } from './values.ts'

/** How an agent behaves. */
export interface AgentOptions {
  /** Where the gateway lets agents join. */
  readonly to: Address
  readonly tls?: { readonly ca?: Buffer | undefined } | undefined
  readonly token?: string | undefined
  /** For the gateway's log. */
  readonly name: string
  /** The HTTP server to expose. */
  readonly origin: Address
  /** What the gateway's log says is exposed. Default: the origin's address. */
  readonly title?: string | undefined
  /** Milliseconds that ending waits for requests under way. */
  readonly drainMs: number
  /** Told what people should know, once for each change. */
  readonly say: (line: string) => void
  /** Whether to tell of joining and leaving as well, and not only of what is wrong. Default true. */
  readonly saySessions?: boolean
  /** The first and the longest pause before joining again. Default 250 and 30,000. */
  readonly pauseMs?: { readonly least: number, readonly most: number }
}

/**
 * Streams the gateway may have open at once. It opens one for each public request and bounds these itself; this is the same number and some for
 * the heartbeat. Each may take up to one window (64 KiB) of memory when the origin does not read.
 */
const maxInbound = 10_000 + 16

/** An origin that does not even take a connection in this time is dead. */
const dialTimeoutMs = 10_000

/** A session that lived this long was a good one: the next pause is as short as the first. */
const settledMs = 10_000

/** After a shorter session the pause is of this many attempts at the most: up to two seconds. */
const briefAttempts = 2

/**
 * Run an agent until `stop` asks it to end.
 * @throws {JoinRefused} the gateway does not want this agent
 */
export async function runAgent (options: AgentOptions, stop: Stop): Promise<void> {
  const agent = new RunningAgent(options, stop)
  await agent.run()
}

/** The pause before the `attempt`-th try (from 0): anything between the least and a limit that doubles, so that agents do not come back in step. */
export function pauseBefore (attempt: number, least: number, most: number, random: number = Math.random()): number {
  return least + random * (Math.min(most, least * 2 ** (attempt + 1)) - least)
}

/**
 * Which attempt the next one is. A gateway that was there comes back soon, as a rule; one that throws its agents out again and again gets some
 * peace.
 */
export function nextAttempt (attempt: number, came: 'joined' | 'failed', livedMs: number): number {
  if (came === 'failed') return attempt + 1
  return livedMs > settledMs ? 0 : Math.min(attempt + 1, briefAttempts)
}

class RunningAgent {
  readonly #options: AgentOptions
  readonly #stop: Stop
  readonly #leaving = new Set<Promise<void>>()
  #said = ''
  #origin: 'unknown' | 'up' | 'down' = 'unknown'

  constructor (options: AgentOptions, stop: Stop) {
    this.#options = options
    this.#stop = stop
  }

  async run (): Promise<void> {
    const { least, most } = this.#options.pauseMs ?? { least: 250, most: 30_000 }
    this.#probe()
    let attempt = -1
    while (!this.#stop.asked.aborted) {
      const began = performance.now()
      const came = await this.#once()
      attempt = nextAttempt(attempt, came, performance.now() - began)
      await pause(pauseBefore(attempt, least, most), this.#stop.asked)
    }
    await Promise.all(this.#leaving)
  }

  /** From connecting to the end of the session, or until the gateway releases this agent. */
  async #once (): Promise<'joined' | 'failed'> {
    const { to, say, name, origin, title, token } = this.#options
    const where = showAddress(to)
    const session = await this.#connect()
    if (session === undefined) return 'failed'
    try {
      const welcome = await requestJoin(session, { name, target: title ?? showAddress(origin), token })
      this.#said = ''
      if (this.#options.saySessions !== false) say(`joined ${where}: ${title ?? showAddress(origin)} is now at ${welcome.url}`)
      void this.#serve(session)
      await Promise.race([welcome.released, session.closed, aborted(this.#stop.asked)])
      if (!this.#stop.asked.aborted && this.#options.saySessions !== false) await this.#sayWhy(session, where)
      welcome.leave()
      this.#leave(session)
      return 'joined'
    } catch (error) {
      session.abort()
      if (error instanceof JoinRefused) {
        throw new JoinRefused(`The gateway at ${where} refuses this agent: ${error.message}. Set MUXADO_TOKEN (or --token) to the gateway's own`)
      }
      this.#sayOnce(`what answers at ${where} is no gateway (${messageOf(error)}): --to must be its join address; trying again`)
      return 'failed'
    }
  }

  async #connect (): Promise<Session | undefined> {
    const { to, tls } = this.#options
    try {
      return await connect({
        host: to.host,
        port: to.port,
        tls: tls === undefined ? undefined : { ca: tls.ca },
        signal: this.#stop.asked,
        maxInbound,
        // The gateway was chosen by whoever runs this agent, and resets a stream whenever a public client leaves early: that is no attack.
        resetBurst: Infinity
      })
    } catch (error) {
      if (!this.#stop.asked.aborted) this.#sayOnce(`cannot reach the gateway: ${messageOf(error)}. Trying until it is there`)
      return undefined
    }
  }

  async #serve (session: Session): Promise<void> {
    try {
      for await (const stream of session) {
        const socket = net.connect({ ...this.#options.origin, allowHalfOpen: true, noDelay: true })
        const timer = setTimeout(() => { socket.destroy(new Error('no connection in time')) }, dialTimeoutMs)
        spliceStream(stream, socket, (error) => {
          clearTimeout(timer)
          this.#sayOrigin(error)
        })
        socket.once('close', () => { clearTimeout(timer) })
      }
    } catch {
      // The session has ended: `#once` tells why.
    }
  }

  /** Let what is under way end; the next session need not wait for it. */
  #leave (session: Session): void {
    if (session.state === 'closed') return
    session.goAway()
    const bound = AbortSignal.any([this.#stop.now, AbortSignal.timeout(this.#options.drainMs)])
    const leaving = session.close({ drain: true, signal: bound }).catch(async () => { await session.close() }).finally(() => {
      this.#leaving.delete(leaving)
    })
    this.#leaving.add(leaving)
  }

  async #sayWhy (session: Session, where: string): Promise<void> {
    if (session.state !== 'closed') return this.#sayOnce(`the gateway at ${where} is leaving; joining again`)
    const { error } = await session.closed
    this.#sayOnce(`lost the gateway at ${where}${error === undefined ? '' : ` (${error.message})`}; joining again`)
  }

  /** People who start the agent before their server should hear of it before the first visitor does. */
  #probe (): void {
    const socket = net.connect({ ...this.#options.origin })
    socket.once('connect', () => {
      this.#origin = 'up'
      socket.destroy()
    })
    socket.once('error', (error) => { this.#sayOrigin(error) })
  }

  #sayOrigin (error?: Error): void {
    const is = error === undefined ? 'up' : 'down'
    const was = this.#origin
    this.#origin = is
    if (is === was) return
    const where = showAddress(this.#options.origin)
    if (is === 'down') this.#options.say(`nothing answers at ${where} (${messageOf(error)}): requests get 502 until a server listens there`)
    else if (was === 'down') this.#options.say(`${where} answers again`)
  }

  #sayOnce (line: string): void {
    if (line === this.#said) return
    this.#said = line
    this.#options.say(line)
  }
}

async function pause (ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

function messageOf (error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0])
  // What `connect` advises is for programs; here it is an option.
  return (error instanceof Error ? error.message : String(error)).replace('as tls.ca', 'with --tls-ca FILE')
}

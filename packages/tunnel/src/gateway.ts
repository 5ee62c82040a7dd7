/**
 * A gateway: the public entrance, the address where agents join, and the list of those that have. Requests go to the agent that joined last.
 *
 * @module
 */
import type { Agent } from 'node:http'
import { createAgent, listen } from '@muxado/node'
import type { Session } from '@muxado/session'
import { type Entrance, type EntranceOptions, openEntrance } from './entrance.ts'
import { type Admitted, JoinRefused, admit, printable } from './join.ts'
import type { Figures } from './live.ts'
import { type Address, showUrl } from './values.ts'

/** How a gateway behaves. */
export interface GatewayOptions extends Omit<EntranceOptions, 'routes' | 'onFault'> {
  /** Where agents join; port 0 takes any free one. */
  readonly join: Address
  /** What agents must show. Default: nothing. */
  readonly token?: string | undefined
  /** PEM: agents join over TLS. */
  readonly tls?: { readonly cert: Buffer, readonly key: Buffer } | undefined
  /** Told what people should know. */
  readonly say: (line: string) => void
  /** Told when an agent has joined or left. */
  readonly onChange?: () => void
}

/** A gateway that runs. */
export interface Gateway {
  /** Of the public entrance. */
  readonly url: string
  /** Where agents join. */
  readonly join: Address
  /** What is going on, for the live line. */
  figures (): Figures
  /** Requests that `close` would wait for. */
  readonly underWay: number
  /**
   * End: requests under way get `drainMs`, or until `now` aborts. Agents are told at once that they may join elsewhere, unless they are to be
   * kept because whoever ends this gateway ends them as well.
   */
  close (drainMs: number, now?: AbortSignal, agents?: 'release' | 'keep'): Promise<void>
}

interface Joined {
  readonly session: Session
  readonly agent: Agent
  readonly admitted: Admitted
}

/** Connections that have not said who they are yet. Beyond it, new ones are hung up on: each may hold a few KiB for some seconds. */
const maxStrangers = 64

/** An agent opens one stream to join and one for its heartbeat; the rest is slack. */
const maxInbound = 8

/** A round trip to show, also on an idle tunnel; a dead agent is noticed within eleven seconds. */
const heartbeat = { intervalMs: 1000, toleranceMs: 10_000 }

/** Receive window for growth, beyond one initial window for each request. */
const growthBudget = 256 * 2 ** 20
const initialWindow = 65_536

/**
 * Run a gateway.
 * @throws the error of listening at either address
 */
export async function startGateway (options: GatewayOptions): Promise<Gateway> {
  const gateway = new RunningGateway(options)
  await gateway.open()
  return gateway
}

class RunningGateway implements Gateway {
  readonly #options: GatewayOptions
  #entrance: Entrance | undefined
  #listener: Awaited<ReturnType<typeof listen>> | undefined
  /** The newest first. */
  readonly #joined: Joined[] = []
  #strangers = 0
  /** Of sessions that have ended. */
  readonly #ended = { bytesIn: 0, bytesOut: 0 }
  readonly #told = new Map<string, number>()
  #phase: 'open' | 'ending' = 'open'

  constructor (options: GatewayOptions) {
    this.#options = options
  }

  get url (): string {
    return this.#entrance === undefined ? '' : showUrl(this.#entrance.address)
  }

  get join (): Address {
    return { host: this.#options.join.host, port: this.#listener?.port ?? 0 }
  }

  get underWay (): number {
    return this.#entrance?.finite ?? 0
  }

  async open (): Promise<void> {
    const { join, tls, maxRequests } = this.#options
    this.#entrance = await openEntrance({
      ...this.#options,
      // A session that drains takes no new streams, but ends those it has.
      routes: () => this.#joined.filter(({ session }) => session.state === 'open')
    })
    try {
      this.#listener = await listen({
        host: join.host,
        port: join.port,
        tls,
        heartbeat,
        maxInbound,
        memoryBudget: (maxRequests + maxInbound) * initialWindow + growthBudget,
        onError: (error) => { this.#once(error.message) }
      })
    } catch (error) {
      await this.#entrance.close(0)
      throw error
    }
    void this.#welcome(this.#listener)
  }

  figures (): Figures {
    let { bytesIn, bytesOut } = this.#ended
    for (const { session } of this.#joined) {
      const stats = session.stats()
      bytesIn += stats.bytesSent
      bytesOut += stats.bytesReceived
    }
    return {
      agents: this.#joined.length,
      streams: this.#entrance?.active ?? 0,
      requests: this.#entrance?.taken ?? 0,
      bytesIn,
      bytesOut,
      rtt: this.#joined[0]?.session.rtt
    }
  }

  async close (drainMs: number, now?: AbortSignal, agents: 'release' | 'keep' = 'release'): Promise<void> {
    this.#phase = 'ending'
    await this.#listener?.close()
    if (agents === 'release') for (const joined of this.#joined) joined.admitted.release()
    await this.#entrance?.close(drainMs, now)
    await Promise.all(this.#joined.map(async ({ session }) => { await session.close() }))
  }

  async #welcome (sessions: AsyncIterable<Session>): Promise<void> {
    for await (const session of sessions) {
      if (this.#strangers >= maxStrangers) {
        session.abort()
        continue
      }
      this.#strangers += 1
      void this.#admit(session).finally(() => { this.#strangers -= 1 })
    }
  }

  async #admit (session: Session): Promise<void> {
    const from = session.remoteAddress ?? 'an unknown address'
    try {
      const admitted = await admit(session, this.#options.token, this.url)
      this.#add({ session, agent: createAgent(session), admitted }, `agent ${admitted.name} joined from ${from} and exposes ${admitted.target}`)
    } catch (error) {
      const why = printable(error instanceof Error ? error.message : String(error))
      this.#once(error instanceof JoinRefused ? `refused an agent from ${host(from)}: ${why}` : `${host(from)} did not join: ${why}`)
      // The refusal should arrive: the agent hangs up when it has read it, and `close` does not wait for ever.
      await session.close({ drain: error instanceof JoinRefused, signal: AbortSignal.timeout(1000) }).catch(() => { session.abort() })
    }
  }

  #add (joined: Joined, line: string): void {
    const { session } = joined
    this.#joined.unshift(joined)
    this.#options.say(line)
    this.#options.onChange?.()
    void this.#refuseStreams(session)
    void session.closed.then(({ error }) => {
      const stats = session.stats()
      this.#ended.bytesIn += stats.bytesSent
      this.#ended.bytesOut += stats.bytesReceived
      this.#joined.splice(this.#joined.indexOf(joined), 1)
      this.#options.onChange?.()
      if (this.#phase === 'ending') return
      const left = this.#joined.length === 0 ? '; requests get 503 until one joins' : ''
      this.#options.say(`agent ${joined.admitted.name} left${error === undefined ? '' : ` (${printable(error.message)})`}${left}`)
    })
  }

  /** Streams go from the gateway to the agent, not the other way. */
  async #refuseStreams (session: Session): Promise<void> {
    try {
      for await (const stream of session) stream.reset('refused')
    } catch {
      // The session has ended; `closed` tells why.
    }
  }

  /** Strangers cannot fill the log: each line at most once a minute. */
  #once (line: string): void {
    const now = performance.now()
    if (now - (this.#told.get(line) ?? -Infinity) < 60_000) return
    if (this.#told.size > 1000) this.#told.clear()
    this.#told.set(line, now)
    this.#options.say(line)
  }
}

function host (address: string): string {
  return address.replace(/:\d+$/, '')
}

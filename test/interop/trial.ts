/**
 * What a case gets: sessions of ours with a peer at the other end, over TCP on loopback, and everything cleaned up behind it.
 *
 * @module
 */
import { connect, listen } from '@muxado/node'
import type { Session, SessionOptions } from '@muxado/session'
import type { PeerKind } from './build.ts'
import { Peer } from './peer.ts'
import type { PeerOptions } from './peer.ts'
import { Raw } from './raw.ts'
import { Tap } from './tap.ts'

/** Which end of the session we are; we dial as client and listen as server. */
export type Role = 'client' | 'server'

/** How both ends are set up. */
export interface PairOptions extends Pick<PeerOptions, 'backlog' | 'heartbeat' | 'tolerance' | 'wakes'> {
  /** Default true. */
  readonly typed?: boolean
  /** Default: that of the dialect. */
  readonly window?: number
  /** Of the peer, where it was set up otherwise. */
  readonly theirWindow?: number
  /** More of ours. */
  readonly session?: Omit<SessionOptions, 'role' | 'wire' | 'typed' | 'window'>
}

/** A session of ours, and the peer of it. */
export interface Pair {
  readonly session: Session
  readonly peer: Peer
  readonly tap: Tap
}

/** A session of ours, and bytes by hand at the other end. */
export interface Scripted {
  readonly session: Session
  readonly raw: Raw
  readonly tap: Tap
}

/** How the other end comes about. */
interface Other<Far> {
  readonly listen: () => Promise<{ readonly far: Far, readonly port: number }>
  readonly dial: (port: number) => Promise<Far>
}

/** One run of one case. */
export class Trial {
  /** Ours. */
  readonly role: Role
  /** Whether there is time for what takes minutes. */
  readonly long: boolean
  readonly #kind: PeerKind
  readonly #program: string
  readonly #taps: Tap[] = []
  readonly #peers: Peer[] = []
  readonly #cleanup: Array<() => unknown> = []

  constructor (kind: PeerKind, program: string, role: Role, long: boolean) {
    this.#kind = kind
    this.#program = program
    this.role = role
    this.long = long
  }

  get kind (): PeerKind {
    return this.#kind
  }

  /** The role of the peer. */
  get theirRole (): Role {
    return this.role === 'client' ? 'server' : 'client'
  }

  /** A session with the peer. */
  async pair (options: PairOptions = {}): Promise<Pair> {
    const { typed = true, window, theirWindow = window, backlog, heartbeat, tolerance } = options
    const settings = { role: this.theirRole, typed, window: theirWindow, backlog, heartbeat, tolerance }
    const { session, tap, far: peer } = await this.#join(2, options, {
      listen: async () => {
        const far = this.#start(settings)
        return { far, port: await far.port }
      },
      dial: async (port) => this.#start({ ...settings, dial: port })
    })
    await peer.session
    return { session, peer, tap }
  }

  /** A session with bytes by hand at the other end. */
  async script (wire: 1 | 2, options: PairOptions = {}): Promise<Scripted> {
    const { session, tap, far } = await this.#join(wire, options, {
      listen: async () => {
        const far = this.#close(await Raw.listen(wire))
        return { far, port: far.port }
      },
      dial: async (port) => this.#close(await Raw.dial(wire, port))
    })
    await far.connected
    return { session, raw: far, tap }
  }

  /** Bytes by hand at one end, the peer at the other: to see what the peer does. Roles as if the bytes were of ours. */
  async provoke (options: PairOptions = {}): Promise<{ readonly raw: Raw, readonly peer: Peer }> {
    const { typed = true, window, backlog, heartbeat, tolerance, wakes } = options
    if (this.role === 'client') {
      const peer = this.#start({ role: 'server', typed, window, backlog, heartbeat, tolerance, wakes })
      const raw = this.#close(await Raw.dial(2, await peer.port))
      await Promise.all([raw.connected, peer.session])
      return { raw, peer }
    }
    const raw = this.#close(await Raw.listen(2))
    const peer = this.#start({ role: 'client', dial: raw.port, typed, window, backlog, heartbeat, tolerance, wakes })
    await Promise.all([raw.connected, peer.session])
    return { raw, peer }
  }

  /** Clean up; what we sent and should not have. */
  async end (): Promise<string[]> {
    for (const undo of this.#cleanup.reverse()) await undo()
    return this.#taps.flatMap((tap) => tap.rules.broken)
  }

  /** What is under way, for people. */
  describe (): string {
    const pending = this.#peers.flatMap((peer) => peer.pending)
    return [...this.#taps.map((tap) => tap.describe()), ...pending.map((command) => `the peer has not answered: ${command}`)].join('\n')
  }

  #start (options: PeerOptions): Peer {
    const peer = new Peer(this.#program, this.#kind === 'rust' ? 'rust' : 'go', options)
    this.#peers.push(peer)
    this.#cleanup.push(async () => { await peer.kill() })
    return peer
  }

  #close (raw: Raw): Raw {
    this.#cleanup.push(() => { raw.close() })
    return raw
  }

  async #join<Far> (wire: 1 | 2, options: PairOptions, other: Other<Far>): Promise<{ session: Session, tap: Tap, far: Far }> {
    const { typed = true, window = wire === 1 ? 65_536 : 262_144 } = options
    const ours: Omit<SessionOptions, 'role'> = { heartbeat: false, ...options.session, wire, typed, window }
    const rules = { wire, role: this.role, typed: wire === 2 && typed, window, maxFrame: ours.maxFrame ?? (wire === 1 ? 16_383 : 65_536) }
    if (this.role === 'client') {
      const { far, port } = await other.listen()
      const tap = await this.#tap(port, 'ours', rules)
      const session = await connect({ host: '127.0.0.1', port: tap.port, ...ours })
      this.#cleanup.push(() => { session.abort() })
      return { session, tap, far }
    }
    const listener = await listen({ host: '127.0.0.1', port: 0, ...ours })
    this.#cleanup.push(async () => { await listener.close({ sessions: true }) })
    const tap = await this.#tap(listener.port ?? 0, 'theirs', rules)
    const far = await other.dial(tap.port)
    const session = await listener.accept()
    this.#cleanup.push(() => { session.abort() })
    return { session, tap, far }
  }

  async #tap (...args: Parameters<typeof Tap.open>): Promise<Tap> {
    const tap = await Tap.open(...args)
    this.#taps.push(tap)
    this.#cleanup.push(() => { tap.close() })
    return tap
  }
}

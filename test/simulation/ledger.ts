/**
 * What was written, what was read, and what ended how, at both ends of each stream. Everything that an application is told must have a cause
 * in what the application at the other end did, or in what became of the session. Knows nothing of how either end works.
 *
 * @module
 */
import type { MuxadoError, Session, Stream } from '@muxado/session'
import { sequence, sequenceByte } from '../support/bytes.ts'
import type { EndPlan, SidePlan } from './plan.ts'

/** What was found wrong. */
export class Violation extends Error {}

/** Throws what was found wrong. */
export function demand (holds: boolean, wrong: () => string): asserts holds {
  if (!holds) throw new Violation(wrong())
}

/** What has to be known of a session to judge what it says. */
export interface SessionFacts {
  readonly session: Session
  /** The application has ended it. */
  readonly closing: 'no' | 'drain' | 'close' | 'abort'
  /** It has said that it goes away. */
  readonly leaving: boolean
  readonly plan: EndPlan
}

/** One end of one stream. */
export class Side {
  readonly name: string
  readonly plan: SidePlan
  readonly facts: SessionFacts
  /** Of the bytes written here. */
  readonly key: number
  stream: Stream | undefined
  /** The other end. Set right after both are made. */
  peer: Side = this
  /** Gives back what it reads. */
  readonly echoes: boolean
  /** Bytes given to the stream. */
  #offered = 0
  /** The application has half-closed. */
  #finished = false
  /** Bytes that were read, and of these how many the stream knows to be dealt with. */
  read = 0
  taken = 0
  /** The application has stopped reading: what ends then ends without a word. */
  dropped = false
  /** All that was given to the stream before the half-close goes out. */
  exact = true
  /** The end of what the peer writes was seen. */
  ended = false
  /** The application has killed it, or has let it be killed. */
  killed: 'no' | 'killed' | 'refused' = 'no'
  /** Behind a relay, ends of streams have causes at four sessions. */
  relayed = false
  /** How it ended: not yet, well, or with an error. */
  outcome: 'none' | 'well' | MuxadoError = 'none'
  /** Reads and writes that wait. */
  reading = 0
  writing = 0

  constructor (name: string, plan: SidePlan, facts: SessionFacts, key: number) {
    this.name = name
    this.plan = plan
    this.facts = facts
    this.key = key
    this.echoes = plan.write.style === 'echo'
  }

  get finished (): boolean {
    return this.#finished || (this.echoes && this.ended)
  }

  set finished (finished: boolean) {
    this.#finished = finished
  }

  /** Bytes that the peer may come to read. */
  get offered (): number {
    return this.echoes ? this.read : this.#offered
  }

  /** The next `size` bytes to write, which count as written. */
  produce (size: number): Uint8Array<ArrayBuffer> {
    const bytes = sequence(this.key, this.#offered, size)
    this.#offered += size
    return bytes
  }

  /** Bytes were read: they must be the next that the peer wrote. */
  got (bytes: Uint8Array): void {
    const { key } = this.peer.echoes ? this : this.peer
    demand(!this.ended, () => `${this.name}: bytes behind the end`)
    demand(this.read + bytes.length <= this.peer.offered, () => `${this.name}: read ${this.read + bytes.length} bytes, of which only ${this.peer.offered} were written`)
    for (let at = 0; at < bytes.length; at++) {
      demand(bytes[at] === sequenceByte(key, this.read + at), () => `${this.name}: byte ${this.read + at} is not what was written`)
    }
    this.read += bytes.length
  }

  /** The end was read. */
  end (): void {
    if (this.dropped) return
    this.ended = true
    demand(this.peer.finished, () => `${this.name}: an end that the peer did not write`)
    demand(this.read === this.peer.offered || !this.peer.exact, () => `${this.name}: ended after ${this.read} of ${this.peer.offered} bytes`)
  }

  /** The stream has ended, both ways. */
  over (error: MuxadoError | undefined): void {
    this.outcome = error ?? 'well'
    if (error) this.#judge(error)
  }

  /** An early end must have a cause. */
  #judge (error: MuxadoError): void {
    const { peer, facts } = this
    if (this.killed !== 'no') return
    const wrong = (why: string): never => { throw new Violation(`${this.name}: ${error.code} (${error.message}), ${why}`) }
    switch (error.code) {
      case 'SESSION_CLOSED':
      case 'SESSION_TRANSPORT':
      case 'SESSION_HEARTBEAT':
      case 'PEER_EOF':
        if (facts.session.state !== 'closed') wrong('but the session lives')
        if (error.code === 'SESSION_CLOSED' && facts.closing === 'drain') wrong('but the session waits until its streams have ended')
        return
      case 'STREAM_REFUSED':
        if (!error.retryable || (peer.stream !== undefined && peer.killed !== 'refused')) wrong('but it was accepted')
        if (peer.killed !== 'refused' && !this.relayed && !refuses(peer.facts)) wrong('but nothing stands in its way')
        return
      case 'SESSION_GONE_AWAY':
        if (!error.retryable || (peer.stream !== undefined && !this.relayed)) wrong('but it was accepted')
        if (!peer.facts.leaving && peer.facts.session.state !== 'closed' && !this.relayed) wrong('but nobody goes away')
        return
      case 'STREAM_CANCELLED':
        // Half-closed and not read any more: what still comes is not wanted. And a session that is aborted takes its streams along
        if (!(this.finished && this.dropped) && facts.closing !== 'abort') wrong('but nobody cancelled it here')
        return
      case 'STREAM_RESET':
        if (this.relayed || peer.killed !== 'no' || (peer.dropped && peer.finished)) return
        if (error.reason === 'protocol' && peer.facts.plan.limits.typeTimeoutMs !== undefined) return
        wrong('but nobody reset it')
        return
      default: wrong('which nobody caused')
    }
  }
}

/** Whether a session may turn streams away. */
function refuses ({ leaving, session, plan: { limits: { maxInbound, memoryBudget, acceptBacklog } } }: SessionFacts): boolean {
  return leaving || session.state === 'closed' || maxInbound !== undefined || memoryBudget !== undefined || acceptBacklog !== undefined
}

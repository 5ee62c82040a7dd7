/**
 * The heartbeat on a link: its streams, its timer, what it does when the peer is silent (spec 9.3). The rules are core's.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import type { Machine } from '@muxado/core'
import { createHeartbeat } from '@muxado/core/heartbeat'
import type { Heartbeat } from '@muxado/core/heartbeat'
import { HEARTBEAT, HEARTBEAT_PRIORITY } from './options.ts'
import type { HeartbeatOptions } from './options.ts'
import { timer } from './race.ts'

/** What the heartbeat needs of a link. */
export interface PulseLink {
  readonly machine: Machine
  consume (streamId: number, bytes: number): void
  finish (streamId: number): void
  /** See to it that what is queued goes out. */
  schedule (): void
}

/** Answers the peer's pings, and asks if it is told to. */
export class Pulse {
  readonly #link: PulseLink
  readonly #dead: (error: Error) => void
  readonly #heartbeat: Heartbeat | undefined
  readonly #asking: number | undefined
  readonly #answering = new Set<number>()
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param options when to ask; undefined to answer only
   * @param dead called, once, when the peer has been silent too long or answers what was not asked
   */
  constructor (link: PulseLink, options: HeartbeatOptions | undefined, dead: (error: Error) => void) {
    this.#link = link
    this.#dead = dead
    if (options === undefined) return
    this.#heartbeat = createHeartbeat({ intervalMs: 10_000, ...options, now: performance.now() })
    this.#asking = link.machine.open({ type: HEARTBEAT, priority: HEARTBEAT_PRIORITY })
    link.schedule()
    this.#arm(this.#heartbeat)
  }

  /** Milliseconds that the last answered ping took; undefined before. */
  get rtt (): number | undefined {
    return this.#heartbeat?.rtt
  }

  /** Something came from the peer. */
  alive (now: number): void {
    this.#heartbeat?.alive(now)
  }

  /** The peer opened a heartbeat stream. */
  accept (streamId: number): void {
    this.#answering.add(streamId)
  }

  /** Bytes came. Returns false when the stream is none of the heartbeat's. */
  deliver (streamId: number, data: Uint8Array): boolean {
    if (streamId === this.#asking) {
      this.#link.consume(streamId, data.byteLength)
      if (this.#heartbeat?.pong(data, performance.now()) === false) this.#fail('the peer answered what was not asked')
      else if (this.#heartbeat !== undefined) this.#arm(this.#heartbeat)
      return true
    }
    if (!this.#answering.has(streamId)) return false
    this.#link.consume(streamId, data.byteLength)
    // Not taken is only what is beyond the credit of a peer that does not read its own answers.
    this.#link.machine.send(streamId, data.slice())
    this.#link.schedule()
    return true
  }

  /** The stream finished, or was reset. Returns false when it is none of the heartbeat's. */
  end (streamId: number): boolean {
    if (streamId === this.#asking) {
      this.#heartbeat?.stop()
      this.stop()
      return true
    }
    if (!this.#answering.delete(streamId)) return false
    this.#link.finish(streamId)
    return true
  }

  /** Ask no more. */
  stop (): void {
    clearTimeout(this.#timer)
  }

  #arm (heartbeat: Heartbeat): void {
    clearTimeout(this.#timer)
    const { deadline } = heartbeat
    if (deadline < Infinity) this.#timer = timer(Math.max(1, deadline - performance.now()), () => { this.#tick(heartbeat) })
  }

  #tick (heartbeat: Heartbeat): void {
    switch (heartbeat.tick(performance.now())) {
      case 'ping':
        if (this.#asking !== undefined) this.#link.machine.send(this.#asking, heartbeat.ping)
        this.#link.schedule()
        break
      case 'dead':
        this.#fail('the peer does not answer')
        return
    }
    this.#arm(heartbeat)
  }

  #fail (text: string): void {
    this.stop()
    this.#dead(new MuxadoError('SESSION_HEARTBEAT', text))
  }
}

/**
 * The heartbeat as an extension: one stream to ask on, the peer's to answer on (spec 9.3). When to ask and to give up is core's to know.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { createHeartbeat, type Heartbeat } from '@muxado/core/heartbeat'
import type { Clock } from './clock.ts'
import type { Extension, HeartbeatOptions, Session, Stream, WaitOptions } from './types.ts'

/** The type of heartbeat streams, per dialect. */
const TYPES = { 1: 0xfffffeff, 2: 0xffffffff } as const

/** More urgent than anything else: an answer that waits behind bulk data would measure the bulk data. The reference's number. */
const PRIORITY = 0x7fffffff

/** One per session. */
export class HeartbeatExtension implements Extension {
  readonly type: number
  readonly #clock: Clock
  readonly #heartbeat: Heartbeat
  /** When the timer fires. There is one, and it is set anew only for an earlier time: bytes that come in cost no timer. */
  #due: number = Infinity
  #cancel: () => void = () => {}

  constructor (wire: 1 | 2, options: HeartbeatOptions | undefined, clock: Clock) {
    this.type = TYPES[wire]
    this.#clock = clock
    this.#heartbeat = createHeartbeat({ ...options, now: clock.now() })
  }

  get rtt (): number | undefined {
    return this.#heartbeat.rtt
  }

  /** Bytes of any kind came from the peer. */
  alive (now: number): void {
    this.#heartbeat.alive(now)
  }

  start (session: Session, accept: (options?: WaitOptions) => Promise<Stream>): void {
    void this.#answer(accept)
    this.#ask(session)
  }

  #ask (session: Session): void {
    const stream = session.open({ type: this.type, priority: PRIORITY })
    const die = (text: string): void => { session.abort(new MuxadoError('SESSION_HEARTBEAT', text, { reason: 'none' })) }
    const wind = (): void => {
      this.#cancel()
      this.#due = this.#heartbeat.deadline
      if (this.#due < Infinity) this.#cancel = this.#clock.after(this.#due - this.#clock.now(), tick)
    }
    const tick = (): void => {
      const verdict = this.#heartbeat.tick(this.#clock.now())
      // No credit for four bytes means that the last answer has not come either: there is no second ping to keep
      if (verdict === 'ping') stream.push(this.#heartbeat.ping)
      else if (verdict === 'dead') die('the peer gave no sign of life')
      wind()
    }
    stream.consume({
      data: (chunk) => {
        if (!this.#heartbeat.pong(chunk, this.#clock.now())) die('the peer answered a ping with something else')
        if (this.#heartbeat.deadline < this.#due) wind()
        return chunk.byteLength
      },
      // A peer that refuses the stream, or ends it, does not answer pings. That is no reason to lose what else it does; the reference differs
      end: () => { stream.reset() },
      error: () => {
        this.#heartbeat.stop()
        this.#cancel()
      }
    })
    wind()
  }

  /** Give back what comes on the peer's streams, reading only as they take it: a flood of pings waits in the peer. Two streams are as good as one. */
  async #answer (accept: (options?: WaitOptions) => Promise<Stream>): Promise<void> {
    try {
      for (;;) {
        const stream = await accept()
        stream.priority = PRIORITY
        stream.sink(stream).catch(() => {})
      }
    } catch {
      // The session ended
    }
  }
}

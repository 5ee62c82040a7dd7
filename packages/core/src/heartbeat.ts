/**
 * Is the peer still there? When to ask, what an answer means, when to give up (spec 9.3). Has no clock and no stream: the host passes the
 * time in and carries the bytes.
 *
 * @module
 */
import { checkInteger } from './options.ts'
import { MAX_31, writeU32 } from './wire/codec.ts'

/** How to make a `Heartbeat`. */
export interface HeartbeatSettings {
  /** Milliseconds from the start, or from the last answer, to the next ping. 1 to 2^31-1; default 3,000. */
  readonly intervalMs?: number
  /** Milliseconds that the peer may be silent while a ping is out: any byte is a sign of life. 1 to 2^31-1; default 10,000. */
  readonly toleranceMs?: number
  /** The time, in milliseconds of any clock that only goes forward. All later times must be of the same clock. */
  readonly now: number
}

/** What `tick` calls for. */
export type HeartbeatAction = 'ping' | 'dead'

/** A heartbeat under way. */
export interface Heartbeat {
  /** When `tick` is wanted next, by the host's clock; Infinity once stopped or dead. */
  readonly deadline: number
  /** The four bytes to send when `tick` said `'ping'`: a counter, so that a late answer is told from the one awaited. A fresh array each time. */
  readonly ping: Uint8Array<ArrayBuffer>
  /** Milliseconds that the last answered ping took; undefined before. */
  readonly rtt: number | undefined
  /**
   * Time has come to `now`. Returns `'ping'` when the ping is to be sent, `'dead'`, once, when the peer has been silent too long, undefined
   * when nothing is due. A tick later than `deadline` by more than the interval says that the host slept: the peer gets its full tolerance again.
   */
  tick (now: number): HeartbeatAction | undefined
  /** A byte of any kind came in. */
  alive (now: number): void
  /** Bytes came back on our ping stream, in any chunking. Returns false when they are not what was sent. */
  pong (bytes: Uint8Array, now: number): boolean
  /** The peer does not answer pings (it has no such extension): never ask, never give up. */
  stop (): void
}

/** Make a heartbeat. @throws {MuxadoError} API_ARGUMENT */
export function createHeartbeat (settings: HeartbeatSettings): Heartbeat {
  return new Pulse(settings)
}

/** `resting` until a ping is due, `waiting` while one is out, `stopped` for good. */
type State = 'resting' | 'waiting' | 'stopped'

class Pulse implements Heartbeat {
  deadline: number
  rtt: number | undefined
  readonly #intervalMs: number
  readonly #toleranceMs: number
  #state: State = 'resting'
  #counter = 0
  /** How many bytes of the ping have come back. */
  #echoed = 0
  /** When the last ping went out. */
  #pingedAt = 0

  constructor (settings: HeartbeatSettings) {
    this.#intervalMs = checkInteger('intervalMs', settings.intervalMs ?? 3_000, 1, MAX_31)
    this.#toleranceMs = checkInteger('toleranceMs', settings.toleranceMs ?? 10_000, 1, MAX_31)
    this.deadline = settings.now + this.#intervalMs
  }

  get ping (): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(4)
    writeU32(bytes, 0, this.#counter)
    return bytes
  }

  tick (now: number): HeartbeatAction | undefined {
    const late = now - this.deadline
    if (!(late >= 0)) return undefined
    if (this.#state === 'resting') {
      this.#state = 'waiting'
      this.#counter++
      this.#pingedAt = now
      this.alive(now)
      return 'ping'
    }
    if (late > this.#intervalMs) {
      // Nobody ticked for long: this end slept, and what the peer sent meanwhile may still wait to be read.
      this.alive(now)
      return undefined
    }
    this.stop()
    return 'dead'
  }

  alive (now: number): void {
    if (this.#state === 'waiting') this.deadline = now + this.#toleranceMs
  }

  pong (bytes: Uint8Array, now: number): boolean {
    for (const byte of bytes) {
      if (this.#state !== 'waiting' || byte !== this.ping[this.#echoed]) return false
      if (++this.#echoed < 4) continue
      this.#echoed = 0
      this.rtt = now - this.#pingedAt
      this.#state = 'resting'
      this.deadline = now + this.#intervalMs
    }
    return true
  }

  stop (): void {
    this.#state = 'stopped'
    this.deadline = Infinity
  }
}

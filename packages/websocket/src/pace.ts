/**
 * Keeps what is on its way to the peer near what the path holds, so that bulk waits in the session's scheduler, where an urgent stream
 * overtakes it, and not in buffers that nobody can see. Knows no socket.
 *
 * @module
 */
import type { Session } from '@muxado/session'

/** Bytes between two marks: about one flush. */
const MARK_EVERY = 131_072

/** Bytes on their way that are always allowed: what a socket holds before its own marks hold it back. */
const FLOOR = 131_072

/** Milliseconds of sending beyond the path's own that may be on their way, or the pauses between echoes show in bulk on a fast path. */
const SLACK_MS = 1

/** Milliseconds after which the shortest round trip is measured anew, for paths change: it costs one round trip without bulk. */
const REFRESH_MS = 10_000

/** Browsers round their clocks: nothing takes no time. */
const LEAST_MS = 0.05

interface Mark {
  /** Bytes sent before it. */
  readonly at: number
  /** When it was sent; undefined while it waits to be. */
  sentAt: number | undefined
  /** How much had arrived by then, and when that was told. */
  arrived: number
  since: number
}

/**
 * One per connection. Now and then it sends a mark that the peer echoes: what was sent before has arrived then. As in BBR, as much may be on its
 * way as the path carries in some two of its shortest round trips. A peer without echo is not paced.
 */
export class Pacer {
  /** How to send a mark; undefined while nobody knows how. */
  #send: (() => void) | undefined
  /** `silent` until the first echo; `draining` lets the way become empty, to measure it. */
  #state: 'silent' | 'echoing' | 'draining' = 'silent'
  #sent = 0
  #marked = 0
  #arrived = 0
  #echoedAt = 0
  readonly #marks: Mark[] = []
  /** Bytes a millisecond. */
  #rate = 0
  #shortest = Infinity
  #shortestAt = 0
  #wake: (() => void) | undefined

  /** Mark with `send`, which sends at once; `echo` is to be called for each answer. */
  start (send: () => void): void {
    this.#send = () => {
      send()
      this.#stamp()
    }
  }

  /**
   * Unless it marks otherwise already, mark on a stream of `type`, the heartbeat's, which every peer that has a heartbeat echoes. One end only may
   * do this: an echo waits for its sender's own pacing, so two ends would wait for each other.
   */
  attach (session: Session, type: number): void {
    if (this.#send !== undefined) return
    const stream = session.open({ type, priority: 0x7fffffff })
    let echoed = 0
    const stop = (): void => {
      this.#send = undefined
      this.#wake?.()
    }
    stream.consume({
      data: (chunk) => {
        for (echoed += chunk.byteLength; echoed >= 4; echoed -= 4) this.echo()
        return chunk.byteLength
      },
      end: () => { stream.reset() },
      error: stop
    })
    // It leads the next flush, being the most urgent
    this.#send = () => { stream.push(new Uint8Array(4)) }
    void stream.closed.then(stop)
  }

  /** A flush of so many bytes is about to be sent. */
  flushing (bytes: number): void {
    this.#stamp()
    this.#sent += bytes
  }

  /** The flush was sent. Resolves when there is room for another; undefined when there is. */
  flushed (): Promise<void> | undefined {
    if (this.#send !== undefined && this.#sent - this.#marked >= MARK_EVERY) {
      this.#marked = this.#sent
      this.#marks.push({ at: this.#sent, sentAt: undefined, arrived: 0, since: 0 })
      this.#send()
    }
    return this.#isFull() ? this.#room() : undefined
  }

  /** A mark came back. */
  echo (): void {
    const mark = this.#marks.shift()
    if (mark?.sentAt === undefined) return
    const now = performance.now()
    const took = Math.max(now - mark.sentAt, LEAST_MS)
    if (this.#state === 'silent') this.#state = 'echoing'
    this.#arrived = mark.at
    this.#echoedAt = now
    if (took <= this.#shortest && this.#state === 'echoing') {
      this.#shortest = took
      this.#shortestAt = now
    }
    this.#rate = Math.max((mark.at - mark.arrived) / Math.max(now - mark.since, LEAST_MS), this.#rate * 0.97)
    this.#wake?.()
  }

  #stamp (): void {
    const now = performance.now()
    for (const mark of this.#marks) {
      if (mark.sentAt !== undefined) continue
      mark.sentAt = now
      mark.arrived = this.#arrived
      // Since the last echo, not since now: what echoes in one burst tell of took as long as there was none, or a path looks ten times as fast
      mark.since = mark === this.#marks[0] ? now : this.#echoedAt
    }
  }

  async #room (): Promise<void> {
    while (this.#isFull()) await new Promise<void>((resolve) => { this.#wake = resolve })
  }

  /** Only while a mark is on its way is there something to wait for. */
  #isFull (): boolean {
    const now = performance.now()
    const isUnderWay = this.#marks[0]?.sentAt !== undefined
    if (this.#send === undefined || this.#state === 'silent') return false
    if (this.#state === 'draining') {
      if (isUnderWay) return true
      this.#state = 'echoing'
      this.#shortest = Infinity
      this.#shortestAt = now
    } else if (isUnderWay && now - this.#shortestAt > REFRESH_MS) {
      this.#state = 'draining'
      return true
    }
    const path = this.#shortest === Infinity ? 0 : this.#rate * (2 * this.#shortest + SLACK_MS)
    return isUnderWay && this.#sent - this.#arrived >= Math.max(FLOOR, path)
  }
}

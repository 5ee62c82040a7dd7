/**
 * Keeps what is on its way to the peer near what the path holds, so that bulk waits in the session's scheduler, where an urgent stream
 * overtakes it, and not in buffers that nobody can see. Knows no socket.
 *
 * @module
 */
import { createSession, type Bytes, type Session, type SessionOptions, type Stream, type Transport } from '@muxado/session'

/** Bytes between two marks: about one flush. Each costs 12 bytes and a write there and back. */
const MARK_EVERY = 131_072

/** Bytes on their way that are always allowed: what a socket holds before its own marks hold it back. */
const FLOOR = 131_072

/** Milliseconds of sending beyond the path's own that may be on their way, or the pauses between echoes show in bulk on a fast path. */
const SLACK_MS = 3

/** Milliseconds after which the shortest round trip is measured anew, for paths change: it costs one round trip without bulk. */
const REFRESH_MS = 10_000

interface Mark {
  /** Bytes sent before it. */
  readonly at: number
  /** When it was sent, and how much had arrived by then; undefined while it waits to be sent. */
  sentAt: number | undefined
  arrived: number
}

/**
 * One per session. It writes marks on a stream of the heartbeat's type, which every peer that has a heartbeat echoes. A mark that comes back says
 * that all before it has arrived. As in BBR, what the path carries in some two of its shortest round trips may be on
 * its way. A peer without echo is not paced.
 */
export class Pacer {
  #stream: Stream | undefined
  /** `silent` until the first echo; `draining` lets the way become empty, to measure it. */
  #state: 'silent' | 'echoing' | 'draining' = 'silent'
  #sent = 0
  #marked = 0
  #arrived = 0
  readonly #marks: Mark[] = []
  #echoed = 0
  /** Bytes a millisecond. */
  #rate = 0
  #shortest = Infinity
  #shortestAt = 0
  #wake: (() => void) | undefined

  /** Pull from `source` only when there is room on the way. */
  async * gate (source: AsyncIterable<Bytes>): AsyncGenerator<Bytes, void, undefined> {
    for await (const bytes of source) {
      const now = performance.now()
      // What a mark waits for is the next flush, which it leads: it is the most urgent
      for (let i = this.#marks.length - 1; i >= 0; i--) {
        const mark = this.#marks[i]
        if (mark === undefined || mark.sentAt !== undefined) break
        mark.sentAt = now
        mark.arrived = this.#arrived
      }
      yield bytes
      this.#sent += bytes.byteLength
      if (this.#sent - this.#marked >= MARK_EVERY) this.#mark()
      while (this.#isFull()) await new Promise<void>((resolve) => { this.#wake = resolve })
    }
  }

  /** Begin, over the session that the gate is under. */
  attach (session: Session, type: number): void {
    const stream = session.open({ type, priority: 0x7fffffff })
    const stop = (): void => {
      this.#stream = undefined
      this.#wake?.()
    }
    stream.consume({
      data: (chunk) => {
        for (this.#echoed += chunk.byteLength; this.#echoed >= 4; this.#echoed -= 4) this.#echo()
        return chunk.byteLength
      },
      end: () => { stream.reset() },
      error: stop
    })
    this.#stream = stream
    void stream.closed.then(stop)
  }

  #mark (): void {
    if (this.#stream === undefined) return
    this.#marked = this.#sent
    this.#marks.push({ at: this.#sent, sentAt: undefined, arrived: 0 })
    this.#stream.push(new Uint8Array(4))
  }

  /** Only while a mark is on its way is there something to wait for. */
  #isFull (): boolean {
    const now = performance.now()
    const isUnderWay = this.#marks[0]?.sentAt !== undefined
    if (this.#stream === undefined || this.#state === 'silent') return false
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

  #echo (): void {
    const mark = this.#marks.shift()
    if (mark?.sentAt === undefined) return
    const now = performance.now()
    const took = Math.max(now - mark.sentAt, 0.05) // browsers round their clocks
    if (this.#state === 'silent') this.#state = 'echoing'
    this.#arrived = mark.at
    if (took <= this.#shortest && this.#state === 'echoing') {
      this.#shortest = took
      this.#shortestAt = now
    }
    this.#rate = Math.max((mark.at - mark.arrived) / took, this.#rate * 0.97)
    this.#wake?.()
  }
}

/** The type of the heartbeat's streams, per dialect (spec 9.3). */
const ECHOED = { 1: 0xfffffeff, 2: 0xffffffff } as const

/** A session over `transport` that is paced where it can be: where there is a heartbeat. */
export function createPacedSession (transport: Transport, options: SessionOptions & { readonly wire: 1 | 2, readonly pace?: boolean | undefined }): Session {
  const { heartbeat, typed = true, pace = true, wire } = options
  if (!pace || heartbeat === false || (wire === 2 && !typed)) return createSession(transport, options)
  const pacer = new Pacer()
  const session = createSession({ ...transport, sink: (source) => transport.sink(pacer.gate(source)) }, options)
  pacer.attach(session, ECHOED[wire])
  return session
}

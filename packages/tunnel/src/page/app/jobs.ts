/**
 * What the page does with streams to have something to look at: downloads, an echo, a stream that nobody reads. Knows no DOM.
 *
 * @module
 */
import type { Session, Stream } from '@muxado/session'
import { wish } from '../wish.ts'

/** A stream with a purpose. */
export interface Job {
  readonly stream: Stream
  readonly title: string
  /** Of `total` bytes, how many were read; undefined where there is no end to reach. */
  progress (): { readonly done: number, readonly total: number } | undefined
  /** Begin to read it; undefined where it is read anyway. */
  readonly read: (() => void) | undefined
}

/** Round trips that are remembered. */
const remembered = 300

/** Milliseconds between two pings. */
const everyMs = 100

/** Sends 64 bytes ten times a second and times their way back. */
export class Echo {
  readonly stream: Stream
  /** Milliseconds, the newest last. */
  readonly trips: number[] = []
  readonly #sentAt: number[] = []
  #bytes = 0

  constructor (stream: Stream) {
    this.stream = stream
    const timer = setInterval(() => {
      this.#sentAt.push(performance.now())
      stream.push(new Uint8Array(64))
    }, everyMs)
    stream.consume({
      data: (chunk) => {
        for (this.#bytes += chunk.length; this.#bytes >= 64; this.#bytes -= 64) this.#came()
        return chunk.length
      },
      end: () => {},
      error: () => {}
    })
    void stream.closed.then(() => { clearInterval(timer) })
  }

  /** The round trip that this share of them did not exceed, 0 to 1; undefined before the first. */
  quantile (share: number): number | undefined {
    const sorted = this.trips.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  }

  #came (): void {
    const sent = this.#sentAt.shift()
    if (sent === undefined) return
    this.trips.push(performance.now() - sent)
    if (this.trips.length > remembered) this.trips.shift()
  }
}

/** Download so many bytes and forget them. */
export async function download (session: Session, bytes: number, priority: number): Promise<Job> {
  const { stream } = await wish(session, { want: 'download', bytes }, { priority })
  const progress = drain(stream)
  return { stream, title: 'download', progress: () => ({ done: progress.done, total: bytes }), read: undefined }
}

/** Ask for a download and leave it unread: it costs its window, and nobody waits for it. */
export async function unread (session: Session, bytes: number, priority: number): Promise<Job> {
  const { stream } = await wish(session, { want: 'download', bytes }, { priority })
  let progress: { done: number } | undefined
  return {
    stream,
    title: 'unread download',
    progress: () => progress === undefined ? undefined : { done: progress.done, total: bytes },
    read () { progress ??= drain(stream) }
  }
}

/** Open an echo. */
export async function echo (session: Session, priority: number): Promise<Echo> {
  return new Echo((await wish(session, { want: 'echo' }, { priority })).stream)
}

function drain (stream: Stream): { done: number } {
  const progress = { done: 0 }
  stream.consume({
    data (chunk) {
      progress.done += chunk.length
      return chunk.length
    },
    end () { stream.close().catch(() => {}) },
    error () {}
  })
  return progress
}

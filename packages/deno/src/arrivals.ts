/**
 * Sessions that nobody took yet, and those who wait for one. Knows nothing of connections.
 *
 * @module
 */
import type { Session } from '@muxado/session'

type Taker = (session: Session | undefined) => void

const DONE: IteratorResult<Session, undefined> = { done: true, value: undefined }

/** First come, first served, on both sides. */
export class Arrivals {
  readonly #ready = new Set<Session>()
  readonly #takers = new Set<Taker>()
  readonly #roomier: () => void
  #state: 'open' | 'ended' = 'open'

  /** @param roomier called when there may be room for more: one was taken, one died, somebody waits */
  constructor (roomier: () => void) {
    this.#roomier = roomier
  }

  /** Sessions that wait. */
  get size (): number {
    return this.#ready.size
  }

  /** Hand `session` to whoever waits longest, or keep it until somebody asks or it ends. */
  offer (session: Session): void {
    for (const taker of this.#takers) {
      this.#takers.delete(taker)
      taker(session)
      return
    }
    this.#ready.add(session)
    session.closed.then(() => {
      if (this.#ready.delete(session)) this.#roomier()
    }, () => {})
  }

  /** The next session; undefined when none will come. @throws `signal.reason` */
  async take (signal?: AbortSignal): Promise<Session | undefined> {
    signal?.throwIfAborted()
    for (const session of this.#ready) {
      this.#ready.delete(session)
      this.#roomier()
      return session
    }
    if (this.#state === 'ended') return undefined
    return await new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#takers.delete(taker)
        reject(signal?.reason)
      }
      const taker: Taker = (session) => {
        signal?.removeEventListener('abort', giveUp)
        resolve(session)
      }
      this.#takers.add(taker)
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** Nothing follows: whoever waits is told so. Returns what nobody has taken. */
  end (): Session[] {
    this.#state = 'ended'
    for (const taker of this.#takers) taker(undefined)
    this.#takers.clear()
    const rest = [...this.#ready]
    this.#ready.clear()
    return rest
  }

  /** Leaving it ends a wait under way, and loses no session. */
  iterate (): AsyncIterator<Session, undefined> {
    const left = new AbortController()
    return {
      next: async () => {
        try {
          const value = await this.take(left.signal)
          return value === undefined ? DONE : { done: false, value }
        } catch {
          return DONE // the only way to fail is to have been left
        }
      },
      return: async () => {
        left.abort()
        return DONE
      }
    }
  }
}

/**
 * Sessions that nobody took yet, and those who wait for one. Knows nothing of sockets.
 *
 * @module
 */
import type { Session } from '@muxado/session'

/** First come, first served, on both sides. */
export class Arrivals {
  readonly #ready = new Set<Session>()
  readonly #waiters = new Set<(session: Session | undefined) => void>()
  #state: 'open' | 'ended' = 'open'

  /** Sessions that wait. */
  get size (): number {
    return this.#ready.size
  }

  /** Hand `session` to whoever waits longest, or keep it until somebody asks or it ends. */
  offer (session: Session): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter)
      waiter(session)
      return
    }
    this.#ready.add(session)
    session.closed.then(() => { this.#ready.delete(session) }, () => {})
  }

  /** The next session; undefined when none will come. @throws `signal.reason` */
  async take (signal?: AbortSignal): Promise<Session | undefined> {
    signal?.throwIfAborted()
    for (const session of this.#ready) {
      this.#ready.delete(session)
      return session
    }
    if (this.#state === 'ended') return undefined
    return await new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiters.delete(waiter)
        reject(signal?.reason)
      }
      const waiter = (session: Session | undefined): void => {
        signal?.removeEventListener('abort', giveUp)
        resolve(session)
      }
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', giveUp)
    })
  }

  /** Nothing follows: whoever waits is told so. Returns what nobody has taken. */
  end (): Session[] {
    this.#state = 'ended'
    for (const waiter of this.#waiters) waiter(undefined)
    this.#waiters.clear()
    const rest = [...this.#ready]
    this.#ready.clear()
    return rest
  }

  /** Leaving it ends a wait under way, and loses no session. */
  iterate (): AsyncIterator<Session, undefined> {
    const left = new AbortController()
    const done = { done: true, value: undefined } as const
    return {
      next: async () => {
        try {
          const value = await this.take(left.signal)
          return value === undefined ? done : { done: false, value }
        } catch {
          return done // the only way to fail is to have been left
        }
      },
      return: async () => {
        left.abort()
        return done
      }
    }
  }
}

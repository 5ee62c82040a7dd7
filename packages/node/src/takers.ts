/**
 * A queue whose takers may wait, and may give up. Knows nothing of what it holds.
 *
 * @module
 */

/** A value that is there, or comes, or never will. */
export interface Taking<T extends object> {
  /** The value; undefined when the queue ended or `cancel` was called first. */
  readonly value: Promise<T | undefined>
  readonly cancel: () => void
}

/** Values go to whoever waits longest, else wait themselves, in order. */
export class Takers<T extends object> {
  readonly #ready = new Set<T>()
  readonly #waiters = new Set<(value: T | undefined) => void>()
  #state: 'open' | 'ended' = 'open'

  /** Values that wait. */
  get size (): number {
    return this.#ready.size
  }

  /** Whether a value offered now is taken at once. */
  get wanted (): boolean {
    return this.#waiters.size > 0
  }

  offer (value: T): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter)
      waiter(value)
      return
    }
    this.#ready.add(value)
  }

  /** Forget a value that nobody has taken. */
  withdraw (value: T): void {
    this.#ready.delete(value)
  }

  take (): Taking<T> {
    for (const value of this.#ready) {
      this.#ready.delete(value)
      return { value: Promise.resolve(value), cancel: () => {} }
    }
    if (this.#state === 'ended') return { value: Promise.resolve(undefined), cancel: () => {} }
    let waiter: (value: T | undefined) => void = () => {}
    const value = new Promise<T | undefined>((resolve) => { waiter = resolve })
    this.#waiters.add(waiter)
    const cancel = (): void => {
      if (this.#waiters.delete(waiter)) waiter(undefined)
    }
    return { value, cancel }
  }

  /** Nothing follows: whoever waits is told so. Returns what nobody has taken. */
  end (): T[] {
    this.#state = 'ended'
    for (const waiter of this.#waiters) waiter(undefined)
    this.#waiters.clear()
    const rest = [...this.#ready]
    this.#ready.clear()
    return rest
  }

  /** By hand, since a generator that waits could not be ended from outside. Leaving it loses nothing. */
  iterate (): AsyncIterator<T, undefined> {
    const mine = new Set<Taking<T>>()
    let state: 'open' | 'left' = 'open'
    return {
      next: async (): Promise<IteratorResult<T, undefined>> => {
        if (state === 'left') return { done: true, value: undefined }
        const taking = this.take()
        mine.add(taking)
        const value = await taking.value
        mine.delete(taking)
        return value === undefined ? { done: true, value: undefined } : { done: false, value }
      },
      return: async () => {
        state = 'left'
        for (const taking of mine) taking.cancel()
        return { done: true, value: undefined }
      }
    }
  }
}

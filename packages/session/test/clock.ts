// Time that passes when a test says so.
import type { Clock } from '../src/clock.ts'
import { still } from './pair.ts'

export class FakeClock implements Clock {
  #now = 0
  readonly timers: Set<{ readonly at: number, readonly fire: () => void }> = new Set()

  now (): number {
    return this.#now
  }

  after (ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + ms, fire }
    this.timers.add(timer)
    return () => { this.timers.delete(timer) }
  }

  /** Let `ms` pass, timer by timer, and what each of them sets off. */
  async pass (ms: number): Promise<void> {
    const end = this.#now + ms
    await still()
    for (;;) {
      const [next] = Array.from(this.timers).sort((a, b) => a.at - b.at)
      if (next === undefined || next.at > end) break
      this.#now = Math.max(this.#now, next.at)
      this.timers.delete(next)
      next.fire()
      await still()
    }
    this.#now = end
  }

  /** Let `ms` pass in one jump, as for a process that slept: timers fire late, when it is over. */
  async sleep (ms: number): Promise<void> {
    this.#now += ms
    await this.pass(0)
  }
}

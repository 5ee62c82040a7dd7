/**
 * Which page answers for which name. Knows sessions only as owners.
 *
 * @module
 */
import type { Session } from '@muxado/session'

/** Names that one page may hold. Arbitrary; a page needs one. */
const maxPerSession = 16

/** Names whose page has gone are remembered, so that their clients hear so, up to this many. */
const maxGone = 1000

const pattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** All names of a gateway. */
export class Names {
  readonly #held = new Map<string, Session>()
  readonly #gone = new Set<string>()

  /** Names that are held. */
  get size (): number {
    return this.#held.size
  }

  /** Take `name` for `session`. Returns why not, if not. */
  claim (name: unknown, session: Session): string | undefined {
    if (typeof name !== 'string' || !pattern.test(name)) return 'a name is 1 to 40 lower-case letters, digits and inner hyphens'
    if (this.#held.has(name)) return `the name ${name} is taken by another tab`
    let count = 0
    for (const owner of this.#held.values()) if (owner === session) count += 1
    if (count >= maxPerSession) return `one tab serves ${maxPerSession} names at most`
    this.#held.set(name, session)
    this.#gone.delete(name)
    return undefined
  }

  /** Give `name` up. */
  release (name: string): void {
    this.#held.delete(name)
    this.#gone.add(name)
    for (const oldest of this.#gone) {
      if (this.#gone.size <= maxGone) break
      this.#gone.delete(oldest)
    }
  }

  /** The page that answers for `name`; `'gone'` when it has given the name up, undefined when nobody had it. */
  find (name: string): Session | 'gone' | undefined {
    return this.#held.get(name) ?? (this.#gone.has(name) ? 'gone' : undefined)
  }
}

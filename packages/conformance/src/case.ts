/**
 * What a case is, and short ways to write one. Runs nothing.
 *
 * @module
 */
import type { Talk } from './talk.ts'
import type { Reason, Role, Terms, WireNumber } from './wire.ts'

/** How much a case asks: what a peer has to do, what it had better do, what must not bring it down. */
export type Level = 'must' | 'should' | 'survive'

/** What the endpoint under test has to do beside its echo, for a case to run; see the README. */
export type Need = 'opens' | 'asks' | 'goaway' | 'close' | 'reset' | 'finish' | 'hold'

/** The commands that an endpoint may obey, in the order of the README. */
export const COMMANDS: readonly Need[] = ['goaway', 'close', 'reset', 'finish', 'hold']

/** What else a case can have. */
export interface Lab {
  readonly terms: Terms
  /** What the endpoint does beside its echo. */
  readonly can: readonly Need[]
  /** Another conversation with the same endpoint; hung up when the case is over. */
  connect (): Promise<Talk>
}

/**
 * What is checked when the steps of a case are done: the session lives; it has died, with a reason; it lives or has ended, with `calm` where
 * it says anything; it has ended, as the case has checked itself. Wherever it may have ended, a new connection is served.
 */
export type Afterwards = 'lives' | 'either' | 'ended' | { readonly dies: Reason }

/** One question to an endpoint. */
export interface Case {
  /** Its section of docs/PROTOCOL.md, and a name: `3.2-syn-repeated`. */
  readonly id: string
  readonly level: Level
  /** What is done, and what is to come of it. */
  readonly title: string
  readonly wires: readonly WireNumber[]
  /** Roles of this command in which there is something to ask. */
  readonly roles: readonly Role[]
  /** Wire 2: only with typed streams, or only without. Undefined: both. */
  readonly typed?: boolean
  readonly needs: readonly Need[]
  /** It may take this long at least, in milliseconds, whatever the limit is. */
  readonly patienceMs?: number
  /** It is run by itself, since it is hard on the endpoint. */
  readonly alone: boolean
  readonly afterwards: Afterwards
  readonly steps: (talk: Talk, lab: Lab) => Promise<void> | void
}

/** What differs from an ordinary case: both dialects, both roles, no needs, and a session that lives on. */
export type More = Partial<Omit<Case, 'id' | 'level' | 'title' | 'steps'>>

type Steps = Case['steps']

function define (level: Level, id: string, title: string, steps: Steps, more: More = {}): Case {
  return { id, level, title, wires: [1, 2], roles: ['client', 'server'], needs: [], alone: false, afterwards: 'lives', steps, ...more }
}

/** A case of what every peer has to do. */
export function must (id: string, title: string, steps: Steps, more?: More): Case {
  return define('must', id, title, steps, more)
}

/** A case of what a peer had better do. */
export function should (id: string, title: string, steps: Steps, more?: More): Case {
  return define('should', id, title, steps, more)
}

/** A case of what must not bring a peer down: the session goes on or ends, other connections are served. */
export function survive (id: string, title: string, steps: Steps, more?: More): Case {
  return define('survive', id, title, steps, { afterwards: 'either', alone: true, ...more })
}

/** A case in which what is sent ends the session with a reason. */
export function fatal (id: string, title: string, reason: Reason, steps: Steps, more?: More): Case {
  return define('must', id, title, steps, { afterwards: { dies: reason }, ...more })
}

/** The section that a case asks about. */
export function sectionOf (id: string): string {
  return id.slice(0, id.indexOf('-'))
}

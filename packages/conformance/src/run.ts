/**
 * Runs cases against an endpoint, a connection or more for each, and collects what came of them.
 *
 * @module
 */
import { type Case, type Lab, type Level, type Need, sectionOf } from './case.ts'
import { cases as all } from './cases/index.ts'
import { type Endpoint, NoConnection } from './endpoint.ts'
import { Talk } from './talk.ts'
import { Unmet } from './unmet.ts'
import { field } from './reader.ts'
import { numberOf, type Role, type Terms, WINDOW, type WireNumber } from './wire.ts'

/** How to run. */
export interface Settings {
  /** The dialect. Default 1. */
  readonly wire?: WireNumber
  /** The role of this command. Default `'client'`. */
  readonly role?: Role
  /** Wire 2: whether streams are typed (spec 9.2). Default true. */
  readonly typed?: boolean
  /** The initial window of both ends. Default: that of the dialect. */
  readonly window?: number
  /** What the endpoint does beside its echo. Default nothing; cases that need more are skipped. */
  readonly can?: readonly Need[]
  /** Only the cases that one of these patterns fits: the front of an id, or `*` for anything. Default: all. */
  readonly only?: readonly string[]
  /** Only cases of these levels. Default: all. */
  readonly levels?: readonly Level[]
  /** Milliseconds that a case may take. Default 5,000. */
  readonly timeoutMs?: number
  /** Milliseconds to wait for a connection. Default: `timeoutMs`. */
  readonly connectMs?: number
  /** Cases that run at once. Default 4. */
  readonly jobs?: number
  /** Hears of each case when it is done, in no certain order. */
  readonly onResult?: (result: Result) => void
}

/** What came of a case. */
export interface Result {
  readonly id: string
  readonly section: string
  readonly level: Level
  readonly title: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly ms: number
  /** What the endpoint would have to do for the case to run. */
  readonly needs?: readonly Need[]
  /** What should have come, and what came. */
  readonly expected?: string
  readonly came?: string
  /** What was sent, in hexadecimal, a line for each write. */
  readonly sent?: readonly string[]
  /** The frames that came, a line for each. */
  readonly received?: readonly string[]
}

/** What came of all cases. */
export interface Report {
  readonly endpoint: string
  readonly wire: WireNumber
  readonly role: Role
  readonly typed: boolean
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly results: readonly Result[]
}

/** The cases that `settings` choose, in the order of the specification; those that do not apply to dialect and role are left out. */
export function choose (settings: Settings): readonly Case[] {
  const { wire = 1, role = 'client', typed = true, only, levels } = settings
  return all.filter((one) =>
    one.wires.includes(wire) && one.roles.includes(role) && (one.typed === undefined || (wire === 2 && one.typed === typed)) &&
    (only === undefined || only.some((pattern) => matches(pattern, one.id))) && (levels === undefined || levels.includes(one.level)))
}

/** Whether a pattern fits an id: `3.2`, `3.2-syn`, `*-goaway-*`. */
export function matches (pattern: string, id: string): boolean {
  const expression = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')
  return new RegExp(`^${expression}${pattern.includes('*') ? '$' : ''}`).test(id)
}

/**
 * Run what `settings` choose against an endpoint.
 * @throws {NoConnection} when there is no connection to begin with
 */
export async function run (endpoint: Endpoint, settings: Settings = {}): Promise<Report> {
  const { wire = 1, role = 'client', typed = true, timeoutMs = 5000, can = [], jobs = 4, onResult } = settings
  const terms: Terms = { wire, role, typed: wire === 2 && typed, window: settings.window ?? WINDOW[wire] }
  const bench = new Bench(endpoint, terms, can, timeoutMs, settings.connectMs ?? timeoutMs)
  const chosen = choose(settings)
  const results = new Map<string, Result>()
  const done = (result: Result): void => {
    results.set(result.id, result)
    onResult?.(result)
  }
  const able: Case[] = []
  for (const one of chosen) {
    const missing = one.needs.filter((need) => !can.includes(need))
    if (missing.length === 0) able.push(one)
    else done({ ...about(one), outcome: 'skipped', ms: 0, needs: missing })
  }
  if (able.length > 0) await bench.greet()
  const together = able.filter(({ alone }) => !alone).values()
  const work = async (): Promise<void> => {
    for (const one of together) done(await bench.ask(one))
  }
  await Promise.all(Array.from({ length: jobs }, work))
  for (const one of able) if (one.alone) done(await bench.ask(one))
  const ordered = chosen.flatMap(({ id }) => results.get(id) ?? [])
  const count = (outcome: Result['outcome']): number => ordered.filter((result) => result.outcome === outcome).length
  return {
    endpoint: endpoint.url, wire, role, typed: terms.typed, passed: count('passed'), failed: count('failed'), skipped: count('skipped'), results: ordered
  }
}

/** Where cases are tried out. */
class Bench {
  readonly #endpoint: Endpoint
  readonly #terms: Terms
  readonly #can: readonly Need[]
  readonly #timeoutMs: number
  readonly #connectMs: number

  constructor (endpoint: Endpoint, terms: Terms, can: readonly Need[], timeoutMs: number, connectMs: number) {
    this.#endpoint = endpoint
    this.#terms = terms
    this.#can = can
    this.#timeoutMs = timeoutMs
    this.#connectMs = connectMs
  }

  /** Whether there is anybody. */
  async greet (): Promise<void> {
    const socket = await this.#endpoint.connect(this.#connectMs)
    socket.on('error', () => {})
    socket.destroy()
  }

  /** Run one case. */
  async ask (one: Case): Promise<Result> {
    const talks: Talk[] = []
    let expired = false
    let limit: ReturnType<typeof setTimeout> | undefined
    const start = performance.now()
    const connect = async (): Promise<Talk> => {
      const talk = new Talk(await this.#endpoint.connect(this.#connectMs), this.#terms)
      talks.push(talk)
      if (expired) talk.expire()
      return talk
    }
    try {
      const first = await connect()
      // Waiting for an endpoint that dials is not the case's time.
      limit = setTimeout(() => {
        expired = true
        for (const talk of talks) talk.expire()
      }, Math.max(this.#timeoutMs, one.patienceMs ?? 0))
      await one.steps(first, { terms: this.#terms, can: this.#can, connect })
      await this.#afterwards(one, first, connect)
      return { ...about(one), outcome: 'passed', ms: Math.round(performance.now() - start) }
    } catch (error) {
      const [first] = talks
      return {
        ...about(one),
        outcome: 'failed',
        ms: Math.round(performance.now() - start),
        ...complaint(error),
        sent: first?.sent ?? [],
        received: first?.received ?? []
      }
    } finally {
      clearTimeout(limit)
      for (const talk of talks) talk.destroy()
    }
  }

  async #afterwards ({ afterwards }: Case, talk: Talk, connect: Lab['connect']): Promise<void> {
    if (afterwards === 'lives') {
      await talk.lives()
      return
    }
    if (typeof afterwards === 'object') await talk.dies(afterwards.dies)
    if (afterwards === 'either') await livesOrLeaves(talk)
    talk.end()
    try {
      const fresh = await connect()
      await fresh.whole()
    } catch (error) {
      throw error instanceof Unmet ? new Unmet(`a new connection to be served: ${error.expected}`, error.came) : error
    }
  }
}

/** The session lives, or has ended; if with a GOAWAY, then one that says `calm`. */
async function livesOrLeaves (talk: Talk): Promise<void> {
  try {
    await talk.lives()
  } catch (error) {
    if (talk.state === 'open') throw error
    const { goodbye } = talk
    if (goodbye !== undefined && field(goodbye, 1) !== numberOf(talk.wire, 'calm')) throw error
  }
}

function about ({ id, level, title }: Case): Pick<Result, 'id' | 'section' | 'level' | 'title'> {
  return { id, section: sectionOf(id), level, title }
}

function complaint (error: unknown): Pick<Result, 'expected' | 'came'> {
  if (error instanceof Unmet) return { expected: error.expected, came: error.came }
  if (error instanceof NoConnection) return { expected: 'a connection', came: error.message }
  // A mistake of ours: the report is where somebody sees it.
  return { expected: 'the case to run', came: error instanceof Error ? error.stack ?? error.message : String(error) }
}

/**
 * One schedule from its first event to its last: sets up sessions as planned, lets time pass event by event, and after each of them looks
 * whether everything is as it must be. Brings the schedule to an end in which everything that can end well has to.
 *
 * @module
 */
import type { Machine } from '@muxado/core'
import { createSession, type Session, type TraceFrame } from '@muxado/session'
import { createRandom } from '../support/random.ts'
import { Applications, item, type Theatre } from './applications.ts'
import { checkCredit, checkEnd, checkMachine, checkPulse, checkStall, checkUnread, Tally, type End } from './checks.ts'
import { demand, Side, Violation } from './ledger.ts'
import { Link } from './network.ts'
import type { EndPlan, Plan } from './plan.ts'
import { install, still, Time, turn } from './time.ts'

/** What came of a schedule. */
export interface Outcome {
  /** What is wrong, if anything. */
  readonly wrong: string | undefined
  readonly events: number
  /** Streams that were opened, bytes that sessions gave to the network, and virtual milliseconds that passed. */
  readonly streams: number
  readonly bytes: number
  readonly ms: number
  /** What happened, if it was asked for. */
  readonly trace: readonly string[]
}

/** No schedule has as many events, unless it never comes to an end. */
const EVENTS = 60_000
/** Virtual milliseconds that the end of a schedule may take at most. */
const PATIENCE = 120_000

/** A wait, of a stream's end or of the session's as a whole. */
interface Wait { readonly end: End | undefined, readonly what: string }

/** Play a schedule. */
export async function play (plan: Plan, trace = false): Promise<Outcome> {
  const time = new Time(createRandom(plan.seed ^ 0x51ed270b))
  const restore = install(time)
  const { stackTraceLimit } = Error
  // Errors are many, and nobody looks at their stacks unless something is wrong
  if (!trace) Error.stackTraceLimit = 0
  const world = new World(plan, time, trace)
  // What nobody waits for must not fail unseen
  const unseen = (error: unknown): void => { world.fail(new Error('a promise was rejected, and nobody was there', { cause: error })) }
  process.on('unhandledRejection', unseen)
  try {
    await world.play()
    await turn()
    return world.outcome
  } finally {
    process.off('unhandledRejection', unseen)
    restore()
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The schedule's sessions, network and applications. */
class World implements Theatre {
  readonly finale: Promise<void>
  readonly #plan: Plan
  readonly #time: Time
  readonly #links: readonly Link[]
  readonly #ends: End[] = []
  readonly #applications: Applications
  readonly #waits = new Set<Wait>()
  readonly #trace: string[] | undefined
  #end: () => void = () => {}
  #phase: 'running' | 'finale' = 'running'
  #wrong: string | undefined
  #events = 0

  constructor (plan: Plan, time: Time, trace: boolean) {
    this.#plan = plan
    this.#time = time
    this.#trace = trace ? [] : undefined
    this.finale = new Promise((resolve) => { this.#end = resolve })
    this.#links = plan.links.map((link, at) => new Link(time, link, [item(plan.ends, 2 * at), item(plan.ends, 2 * at + 1)], plan.seed + 1000 * at))
    for (const [at, end] of plan.ends.entries()) this.#ends.push(this.#start(end, at))
    for (const [at, end] of this.#ends.entries()) end.peer = item(this.#ends, at ^ 1)
    this.#applications = new Applications(this, plan, this.#ends)
  }

  /** A session at one end of its link. */
  #start (plan: EndPlan, at: number): End {
    const { wire, typed, window, links } = this.#plan
    const link = item(this.#links, at >> 1)
    const side = at % 2 === 0 ? 0 : 1
    const role = side === 0 ? 'client' : 'server'
    const name = links.length > 1 ? `${role} ${at >> 1}` : role
    const tally = new Tally()
    const session = createSession(link.transports[side], {
      role, wire, typed, window, ...plan.limits, heartbeat: plan.heartbeat,
      trace: (frame) => {
        tally.count(frame)
        this.#trace?.push(this.#line(`${name} ${frameText(frame)}`))
      }
    })
    // For snapshots, which say all there is to know
    const { machine } = session as Session & { machine: Machine }
    const end: End = {
      name, plan, window, typed, session, machine, link, side, tally, heartbeats: plan.heartbeat !== false && (wire === 1 || typed),
      snapshot: machine.snapshot(), seen: -1, acts: 0, closing: 'no', leaving: false, ended: undefined, death: undefined, committed: 0, opened: 0,
      peer: undefined as never // set as soon as both are made
    }
    this.run(this.wait(undefined, `${name}: its end`, session.closed).then((ended) => {
      this.say(end, () => `${name} is closed: ${ended.error?.code ?? 'well'} ${ended.reason}${ended.local ? ', by itself' : ''}`)
      end.ended = ended
      checkEnd(end, ended, this.#time.now)
    }))
    return end
  }

  // What actors need

  pause (ms: number): Promise<void> {
    if (this.#phase === 'finale') return Promise.resolve()
    return Promise.race([this.finale, new Promise<void>((resolve) => { this.#time.after(ms, resolve) })])
  }

  get now (): number {
    return this.#time.now
  }

  later (ms: number, run: () => void): void {
    this.#time.after(ms, run)
  }

  async wait<T> (side: Side | undefined, what: string, promise: Promise<T>): Promise<T> {
    const entry: Wait = { end: side?.facts as End | undefined, what: side ? `${side.name}: ${what}` : what } // facts are ends here
    this.#waits.add(entry)
    this.#act(side)
    try {
      return await promise
    } finally {
      this.#waits.delete(entry)
      this.#act(side)
    }
  }

  /** Something was done to, or came from, an end of a session, or all of them. */
  #act (who: Side | End | undefined): void {
    if (!who) for (const end of this.#ends) end.acts++
    else (who instanceof Side ? who.facts as End : who).acts++ // facts are ends here
  }

  say (who: Side | End | undefined, text: () => string): void {
    this.#act(who)
    this.#trace?.push(this.#line(text()))
  }

  #line (text: string): string {
    return `${this.#time.now.toFixed(0).padStart(6)}  ${text}`
  }

  run (actor: Promise<unknown>): void {
    actor.catch((error: unknown) => { this.fail(error) })
  }

  /** Something is wrong; what comes first counts. */
  fail (error: unknown): void {
    this.#wrong ??= error instanceof Violation ? error.message : `threw ${error instanceof Error ? error.stack ?? error.message : String(error)}`
  }

  // From the first event to the last

  async play (): Promise<void> {
    try {
      this.#applications.begin()
      const { horizon } = this.#plan
      await this.#pass(horizon, () => false)
      await this.#conclude()
    } catch (error) {
      this.fail(error)
    }
  }

  get outcome (): Outcome {
    const bytes = this.#links.reduce((sum, { directions: [there, back] }) => sum + there.written + back.written, 0)
    return { wrong: this.#wrong, events: this.#events, streams: this.#applications.opened, bytes, ms: this.#time.now, trace: this.#trace ?? [] }
  }

  /** Let events happen for `ms`, until `enough`, or there are none left, or something is wrong. */
  async #pass (ms: number, enough: () => boolean): Promise<void> {
    const until = this.#time.now + ms
    await still()
    while (this.#wrong === undefined && !enough()) {
      const event = this.#time.next(until)
      if (!event) return
      event.run()
      await still()
      this.#check()
      demand(++this.#events < EVENTS, () => `no end after ${EVENTS} events`)
    }
  }

  /** Everything that is planned has happened, and everything that was begun has ended, at both ends. */
  get #complete (): boolean {
    for (const { end } of this.#waits) if (end) return false
    return [...this.#plan.streams, ...this.#plan.commands].every(({ at }) => at <= this.#time.now) && this.#left().length === 0
  }

  /** Streams in the tables of sessions that live, heartbeats aside. */
  #left (): string[] {
    return this.#ends.filter(({ death, peer }) => !death && !peer.death).flatMap(({ name, machine, session }) => {
      const left = machine.snapshot().streams.filter(({ type }) => type < 0xfffffeff).map(({ id }) => `stream ${id} of the ${name}`)
      const { streams } = session.stats()
      return left.length === 0 && streams > 2 ? [`${streams} streams of the ${name}, where heartbeats are two at most`] : left
    })
  }

  async #conclude (): Promise<void> {
    this.say(undefined, () => 'everybody reads and writes to the end')
    this.#phase = 'finale'
    this.#end()
    // What is broken need not come to an end, but has to be noticed where a heartbeat asks
    const notice = Math.max(...this.#plan.ends.map(({ heartbeat }) => heartbeat === false ? 50 : heartbeat.intervalMs + heartbeat.toleranceMs + 50))
    const begun = this.#time.now
    const hopeless = (): boolean => this.#links.some(({ state, struckAt }) => state !== 'healthy' && this.#time.now > Math.max(begun, struckAt) + notice)
    await this.#pass(PATIENCE, () => hopeless() || this.#complete)
    if (this.#wrong !== undefined) return
    if (this.#links.every(({ state }) => state === 'healthy')) {
      demand(this.#complete, () => `no progress: ${[...this.#waiting(), ...this.#left()].join('; ')}`)
    }
    await this.#close()
    if (this.#wrong !== undefined) return
    const living = this.#ends.filter(({ ended }) => ended === undefined).map(({ name }) => name)
    demand(living.length === 0, () => `closed, and not over: ${living.join()}`)
    await this.#pass(10_000, () => false)
    demand(this.#waits.size === 0, () => `waits for ever: ${this.#waiting().join('; ')}`)
    demand(this.#time.timers === 0, () => `${this.#time.timers} timers are left`)
  }

  #waiting (): string[] {
    return Array.from(this.#waits, ({ what }) => what)
  }

  /** All sessions close, each in its way. */
  async #close (): Promise<void> {
    const { first, drain, gap } = this.#plan.closing
    this.say(undefined, () => 'everybody closes')
    for (const [at, end] of this.#ends.entries()) {
      const leads = end.side === first
      this.later(leads ? 0 : gap, () => { this.#applications.command({ end: at, at: 0, what: leads && drain ? 'hurry' : 'close', ms: 50 }) })
    }
    const longest = Math.max(...this.#plan.ends.map(({ limits }) => limits.lingerMs))
    await this.#pass(2 * longest + 200, () => this.#ends.every(({ ended }) => ended !== undefined))
  }

  // What must hold

  #check (): void {
    const { now } = this.#time
    for (const end of this.#ends) {
      if (!end.death && end.machine.state === 'closed') {
        end.death = { at: now, silence: now - end.link.directions[1 - end.side as 0 | 1].takenAt }
      }
      checkPulse(end, now)
    }
    for (let at = 0; at < this.#ends.length; at += 2) this.#checkLink(item(this.#ends, at), item(this.#ends, at + 1))
    for (const { end, what } of this.#waits) demand(!end?.ended, () => `the session has ended, and it still waits: ${what}`)
  }

  /** Look at a machine again if anything has happened to it. Returns whether it has. */
  #look (end: End): boolean {
    const { acts, machine, tally, side, link: { directions } } = end
    const out = directions[side]
    const into = directions[side === 0 ? 1 : 0]
    // Every way in which a machine changes moves one of these forward, or bytes in its queues
    const seen = acts + tally.frames + into.taken + out.written + machine.queued / 1e6 + (machine.state === 'closed' ? 0.5 : 0)
    if (seen === end.seen) return false
    end.seen = seen
    end.snapshot = machine.snapshot()
    checkMachine(end, end.snapshot)
    return true
  }

  #checkLink (a: End, b: End): void {
    const changed = this.#look(a)
    if (!this.#look(b) && !changed) return
    const { snapshot: here } = a
    const { snapshot: there } = b
    const { state, aborted, directions } = a.link
    if (state !== 'healthy' || a.death || b.death || aborted[0] || aborted[1]) return
    checkCredit(a, here, b, there)
    checkCredit(b, there, a, here)
    const quiet = directions[0].idle && directions[1].idle && !a.machine.wantsTransmit && !b.machine.wantsTransmit
    const relayed = this.#plan.links.length > 1
    for (const { near, far } of this.#applications.slots) {
      for (const side of [near, far]) {
        const end = side.facts as End // facts are ends here
        if (end !== a && end !== b) continue
        const [mine, theirs] = end === a ? [here, there] : [there, here]
        checkUnread(side, end, mine)
        if (quiet && !relayed) checkStall(side, mine, theirs)
      }
    }
  }
}

function frameText ({ direction, type, streamId, length, fin, syn, priority, streamType, reason, increment, lastStreamId }: TraceFrame): string {
  const parts = [
    direction === 'in' ? '<' : '>', syn && type === 'data' ? 'data syn' : type, streamId, type === 'data' && `[${length}]`, fin && 'fin', priority && `priority ${priority}`,
    streamType && `type ${streamType}`, reason, increment, lastStreamId !== undefined && `last ${lastStreamId}`
  ]
  return parts.filter((part) => part !== undefined && part !== false && part !== 0).join(' ')
}

/**
 * What applications do with sessions: accept, open, relay, leave and close as planned. What they do with streams is in `actors.ts`. Knows nothing
 * of the network.
 *
 * @module
 */
import { MuxadoError, type Stream } from '@muxado/session'
import { act, GIVEN_UP, type Stage } from './actors.ts'
import type { End } from './checks.ts'
import { demand, Side, Violation } from './ledger.ts'
import type { CommandPlan, Plan, StreamPlan } from './plan.ts'

/** A stream as planned, and its two ends. */
export interface Slot { readonly plan: StreamPlan, readonly near: Side, readonly far: Side }

/** What applications need beyond what their actors need. */
export interface Theatre extends Stage {
  readonly now: number
  wait<T> (side: Side | undefined, what: string, promise: Promise<T>): Promise<T>
  say (who: Side | End | undefined, text: () => string): void
}

/** The applications at all ends. */
export class Applications {
  readonly slots: readonly Slot[]
  readonly #theatre: Theatre
  readonly #plan: Plan
  readonly #ends: readonly End[]
  /** Slots by the link and the id of a stream. */
  readonly #opened = new Map<string, Slot>()

  constructor (theatre: Theatre, plan: Plan, ends: readonly End[]) {
    this.#theatre = theatre
    this.#plan = plan
    this.#ends = ends
    this.slots = plan.streams.map((stream, at) => this.#slot(stream, at))
  }

  /** How many streams were opened, on all links. */
  get opened (): number {
    return this.#opened.size
  }

  /** Everything begins, or will. */
  begin (): void {
    for (const [at, end] of this.#ends.entries()) {
      const relays = this.#plan.links.length > 1 && (at === 1 || at === 2)
      this.#theatre.run(this.#accept(end, (stream) => {
        if (relays) this.#relay(end, stream, item(this.#ends, 3 - at))
        else this.#take(end, stream)
      }))
    }
    for (const slot of this.slots) this.#theatre.later(slot.plan.at, () => { this.#open(slot) })
    for (const command of this.#plan.commands) this.#theatre.later(command.at, () => { this.command(command) })
  }

  #slot (plan: StreamPlan, at: number): Slot {
    const relayed = this.#plan.links.length > 1
    const opener = item(this.#ends, plan.opener)
    const other = relayed ? item(this.#ends, 3 - plan.opener) : opener.peer
    const near = new Side(`s${at} ${opener.name}`, plan.near, opener, 2 * at)
    const far = new Side(`s${at} ${other.name}`, plan.far, other, 2 * at + 1)
    near.peer = far
    far.peer = near
    near.relayed = far.relayed = relayed
    near.finished = plan.finish
    return { plan, near, far }
  }

  async #accept (end: End, take: (stream: Stream) => void): Promise<void> {
    const { style, pause, stop } = end.plan.accept
    const { session, name } = end
    const streams = session[Symbol.asyncIterator]()
    let patience = style === 'cancel' ? 3 : 0
    let left = stop
    try {
      for (;;) {
        if (left-- === 0) await this.#theatre.finale
        let stream: Stream | undefined
        if (style === 'iterate') {
          stream = (await this.#theatre.wait(undefined, `${name}: an accept`, streams.next())).value
          if (!stream) break
        } else if (patience-- > 0) {
          const controller = new AbortController()
          this.#theatre.later(7, () => { controller.abort(GIVEN_UP) })
          stream = await this.#theatre.wait(undefined, `${name}: an accept`, session.accept({ signal: controller.signal })).catch((error: unknown) => {
            if (error === GIVEN_UP) return undefined
            throw error
          })
          if (!stream) continue
        } else {
          stream = await this.#theatre.wait(undefined, `${name}: an accept`, session.accept())
        }
        take(stream)
        if (pause > 0) await this.#theatre.pause(pause)
      }
    } catch (error) {
      if (error instanceof Violation) throw error
      demand(session.state === 'closed' && error instanceof MuxadoError, () => `${name}: accept fails with ${String(error)}, and the session is ${session.state}`)
    }
  }

  /** The slot of a stream that somebody has opened on a link. */
  #known (end: End, stream: Stream): Slot {
    const slot = this.#opened.get(keyOf(end, stream))
    demand(slot !== undefined, () => `the ${end.name} accepts stream ${stream.id}, which nobody opened`)
    demand(stream.type === slot.plan.type, () => `the ${end.name} accepts stream ${stream.id} with type ${stream.type}, opened with ${slot.plan.type}`)
    return slot
  }

  #take (end: End, stream: Stream): void {
    this.#theatre.say(end, () => `${end.name} accepts ${stream.id}`)
    const { far } = this.#known(end, stream)
    demand(!far.stream, () => `${far.name} was accepted twice`)
    act(this.#theatre, far, stream)
  }

  /** Carry a stream on to the next link. */
  #relay (end: End, stream: Stream, onto: End): void {
    const slot = this.#known(end, stream)
    let onward: Stream
    try {
      onward = onto.session.open({ type: stream.type, priority: stream.priority })
    } catch {
      this.#theatre.say(end, () => `${end.name} cannot relay ${stream.id}`)
      stream.reset('refused')
      return
    }
    this.#theatre.say(end, () => `${end.name} relays ${stream.id} as ${onward.id}`)
    this.#opened.set(keyOf(onto, onward), slot)
    for (const [from, to, of] of [[stream, onward, onto], [onward, stream, end]] as const) {
      this.#theatre.run(this.#theatre.wait(undefined, `a relay to ${to.id} of the ${of.name}`, to.sink(from)).catch(() => {}))
    }
  }

  #open (slot: Slot): void {
    const { plan, near } = slot
    const end = near.facts as End // facts are ends here
    const { type, priority, finish } = plan
    try {
      const stream = end.session.open({ type, priority, finish })
      this.#theatre.say(near, () => `${near.name} opens ${stream.id}`)
      this.#opened.set(keyOf(end, stream), slot)
      act(this.#theatre, near, stream)
    } catch (error) {
      if (!(error instanceof MuxadoError)) throw error
      this.#theatre.say(near, () => `${near.name} cannot open: ${error.code}`)
      const away = error.code === 'SESSION_GONE_AWAY' && (end.peer.leaving || end.peer.session.state === 'closed')
      demand(error.retryable && (away || (error.code === 'SESSION_CLOSED' && (end.closing !== 'no' || end.session.state === 'closed'))),
        () => `${near.name}: open fails with ${error.code} (${error.message})`)
    }
  }

  command ({ end: at, what, ms }: CommandPlan): void {
    const end = item(this.#ends, at)
    const { session, name, plan: { limits: { lingerMs } } } = end
    if (session.state === 'closed') return
    this.#theatre.say(end, () => `${name} ${what}`)
    end.leaving = true
    if (what === 'goAway') {
      session.goAway('none', 'bye')
      return
    }
    const before = end.closing
    // A drain waits, until somebody loses patience
    const hasten = (): void => { if (end.closing !== 'abort') end.closing = 'close' }
    if (what === 'abort') end.closing = 'abort'
    else if (before === 'no') end.closing = 'drain'
    if (what === 'close') hasten()
    if (what === 'abort') {
      if (ms > 0) session.abort(new Error('enough'))
      else session.abort()
      this.#soon(name, what, session.closed, 0)
    } else if (what === 'close') {
      this.#soon(name, what, session.close(), 2 * lingerMs)
    } else if (what === 'drain') {
      this.#theatre.run(this.#theatre.wait(undefined, `${name}: ${what}`, session.close({ drain: true })))
    } else {
      const controller = new AbortController()
      this.#theatre.later(ms, () => {
        hasten()
        controller.abort(GIVEN_UP)
      })
      this.#soon(name, what, session.close({ drain: true, signal: controller.signal }), ms)
    }
  }

  /** Something that has to be over within `ms`, whatever the network does. */
  #soon (name: string, what: string, promise: Promise<unknown>, ms: number): void {
    const { now } = this.#theatre
    this.#theatre.run(this.#theatre.wait(undefined, `${name}: ${what}`, promise).then(() => {
      demand(this.#theatre.now <= now + ms, () => `${name}: ${what} took ${this.#theatre.now - now} ms, and may take ${ms}`)
    }))
  }
}

/** Names of ends differ by link, and so do ids of streams. */
function keyOf ({ name }: End, { id }: Stream): string {
  return `${name.replace(/\D/g, '')}:${id}`
}

/** The item at `at`, which is there. */
export function item<T> (items: readonly T[], at: number): T {
  const one = items[at]
  if (one === undefined) throw new Error(`nothing at ${at}`)
  return one
}

/**
 * What must hold at every moment at both ends of a connection, and whether a session may end as it says it did. Looks at snapshots of the
 * machines and at the frames that they say they have sent and received. Knows nothing of schedules.
 *
 * @module
 */
import type { Machine, Snapshot, StreamSnapshot, TraceFrame } from '@muxado/core'
import type { Session, SessionEnd } from '@muxado/session'
import { countFrame, countsOf, type Counts } from '../support/conduct.ts'
import { demand, Violation, type SessionFacts, type Side } from './ledger.ts'
import type { Link } from './network.ts'

/** One end of a connection. */
export interface End extends SessionFacts {
  readonly name: string
  readonly window: number
  readonly session: Session
  readonly machine: Machine
  readonly link: Link
  readonly side: 0 | 1
  readonly tally: Tally
  /** It asks for signs of life. */
  readonly heartbeats: boolean
  readonly typed: boolean
  peer: End
  closing: 'no' | 'drain' | 'close' | 'abort'
  leaving: boolean
  ended: SessionEnd | undefined
  /** When its machine was first seen closed, and how long no byte had come then. */
  death: { readonly at: number, readonly silence: number } | undefined
  /** The last snapshot, and what it was taken of: nothing changes without a change in these. */
  snapshot: Snapshot
  seen: number
  /** Things done to it, and that came from it. */
  acts: number
  /** Windows promised, and streams opened, when it was last looked at. */
  committed: number
  opened: number
}

/** What is known of a stream that waits for its turn to send. */
interface Wait {
  /** How many DATA frames had been sent when it was first seen to wait, or was last served. */
  since: number
  priority: number
  /** Bytes it may send, of those that were there when it was last looked at: as long as some are left it has not ceased to wait. */
  left: number
  /** Most priorities that there were at once since then, and most streams of its own. */
  levels: number
  equals: number
}

/** Counts frames, stream by stream. */
export class Tally {
  /** How many frames, and how many of them were DATA that was sent. */
  frames = 0
  data = 0
  /** Whose DATA came last. */
  body = 0
  /** What was wrong with a frame that was sent. */
  wrong: string | undefined
  readonly #counts: Counts[] = []
  readonly #waits = new Map<number, Wait>()

  of (id: number): Counts {
    return countsOf(this.#counts, id)
  }

  count (frame: TraceFrame): void {
    this.frames++
    if (frame.type === 'data') {
      if (frame.direction === 'in') this.body = frame.streamId
      else this.#served(frame)
    }
    this.wrong ??= countFrame(this.#counts, frame)
  }

  /** A stream has its turn. If that takes all it had, it waits no more, and begins to wait anew when there is more to send. */
  #served ({ streamId, length }: TraceFrame): void {
    const wait = this.#waits.get(streamId)
    if (wait) {
      const late = this.#late(wait)
      if (late > 0) this.wrong ??= `${late} DATA frames of others too many before that of stream ${streamId}`
      wait.left -= length
      wait.since = this.data + 1
      if (wait.left <= 0) this.#waits.delete(streamId)
    }
    this.data++
  }

  /** Look at a stream among all others. Returns how many DATA frames of others too many have gone before its own; 0 or less: none. */
  overdue ({ id, ready, priority, queued, credit }: StreamSnapshot, all: readonly StreamSnapshot[]): number {
    if (!ready) {
      this.#waits.delete(id)
      return 0
    }
    let wait = this.#waits.get(id)
    // With another priority it begins to wait anew
    if (wait?.priority !== priority) this.#waits.set(id, wait = { since: this.data, priority, left: 0, levels: 0, equals: 0 })
    wait.left = Math.min(queued, queued + credit)
    const priorities = all.map((stream) => stream.priority)
    wait.levels = Math.max(wait.levels, new Set(priorities).size)
    wait.equals = Math.max(wait.equals, priorities.filter((one) => one === priority).length)
    return this.#late(wait)
  }

  /**
   * Equals take turns, and one turn in 16 goes to the priority that has waited longest (spec 5.5), or to the highest if both were last served in
   * the turn before.
   */
  #late ({ since, levels, equals }: Wait): number {
    return this.data - since - (levels === 1 ? equals : 16 * (levels - 1) * equals + 1)
  }
}

/** The parser's state inside a body that a stream takes. */
const AT_BODY = 3

/** One machine by itself: windows add up, memory stays within its bounds. */
export function checkMachine (end: End, { streams, partial }: Snapshot): void {
  const { plan: { limits }, window, tally, session, machine } = end
  if (tally.wrong !== undefined) throw new Violation(`the ${end.name} sends ${tally.wrong}`)
  let committed = 0
  let queued = 0
  for (const stream of streams) {
    const { id, available, unread, consumed, credit } = stream
    const coming = partial.state === AT_BODY && tally.body === id ? partial.remaining : 0
    if (available < 0 || unread < 0 || consumed < 0) wrong(end, stream, 'less than nothing')
    if (available + unread + consumed + coming !== stream.window) wrong(end, stream, `available, unread, consumed and ${coming} to come are not the window`)
    if (stream.window > Math.max(window, limits.maxWindow ?? 0)) wrong(end, stream, 'a window too large')
    // A type in band is queued before there is credit for it
    if (credit < (stream.queued > 0 ? -4 : 0)) wrong(end, stream, 'more sent than there was credit for')
    const overdue = tally.overdue(stream, streams)
    if (overdue > 0) wrong(end, stream, `${overdue} DATA frames of others too many have gone before it`)
    committed += stream.window
    queued += stream.queued
  }
  const { opened } = session.stats()
  const most = Math.max(limits.memoryBudget ?? Infinity, end.committed) + (opened - end.opened) * window
  if (committed > most) throw new Violation(`the ${end.name} has promised windows of ${committed} bytes, with a budget of ${limits.memoryBudget}`)
  end.committed = committed
  end.opened = opened
  if (queued !== machine.queued) throw new Violation(`the ${end.name} has ${queued} bytes in queues, and says ${machine.queued}`)
  const room = (limits.maxQueued ?? Infinity) + streams.length * ((limits.maxFrame ?? 0) + 4)
  if (queued > room) throw new Violation(`the ${end.name} holds ${queued} bytes to send, with a limit of ${limits.maxQueued}`)
}

function wrong ({ name }: End, stream: StreamSnapshot, what: string): never {
  throw new Violation(`${what}: stream ${stream.id} of the ${name} is ${JSON.stringify(stream)}`)
}

/** What one machine may send, and what is on its way, is what the other allows. */
export function checkCredit (from: End, mine: Snapshot, to: End, theirs: Snapshot): void {
  for (const stream of mine.streams) {
    const { id } = stream
    const here = from.tally.of(id)
    const there = to.tally.of(id)
    const opposite = find(theirs, id)
    const all = stream.credit + stream.queued + (here.paidOut - there.paidIn) + (there.creditOut - here.creditIn)
    if (opposite?.receive === 'open') {
      if (all + opposite.granting !== opposite.available) wrong(from, stream, `${all} in credit or on its way, ${opposite.granting} due, but ${opposite.available} allowed`)
    } else if (!opposite && !there.synIn && stream.local && all !== from.window) {
      wrong(from, stream, `the peer does not know it yet, and it has credit of ${all}`)
    }
  }
}

function find ({ streams }: Snapshot, id: number): StreamSnapshot | undefined {
  for (const stream of streams) if (stream.id === id) return stream
  return undefined
}

/** What was delivered and not taken by the application is what the machine holds to be unread: credit follows consumption. */
export function checkUnread (side: Side, end: End, snapshot: Snapshot): void {
  const { stream, plan, dropped, killed, echoes } = side
  if (!stream || dropped || echoes || killed !== 'no' || plan.read.style === 'readable') return
  const now = find(snapshot, stream.id)
  if (!now) return
  const { state, remaining } = snapshot.partial
  const coming = state === AT_BODY && end.tally.body === stream.id ? remaining : 0
  const type = !now.local && snapshot.wire === 2 && end.typed ? 4 : 0
  const received = end.tally.of(stream.id).paidIn - coming - type
  demand(now.unread === received - side.taken, () => `${side.name}: ${received} bytes came, ${side.taken} were taken, and ${now.unread} are unread`)
}

/** With nothing on its way, whoever waits must wait for the application at the other end. */
export function checkStall (side: Side, here: Snapshot, there: Snapshot): void {
  const { stream, peer } = side
  if (!stream || side.outcome !== 'none') return
  const mine = find(here, stream.id)
  const theirs = find(there, stream.id)
  if (side.writing > 0 && mine) {
    demand(mine.credit <= 0, () => `${side.name}: a write waits with credit for ${mine.credit} bytes`)
    demand(theirs === undefined || theirs.unread > 0, () => `${side.name}: a write waits, and the peer has read everything`)
  }
  if (side.reading > 0) {
    demand(!mine || mine.unread === 0, () => `${side.name}: a read waits, and ${mine?.unread} bytes are unread`)
    demand(mine?.receive !== 'finished', () => `${side.name}: a read waits, and the peer has finished`)
    demand(peer.writing > 0 || peer.echoes || !peer.stream || peer.outcome !== 'none' || side.read >= peer.offered || !peer.exact,
      () => `${side.name}: a read waits at ${side.read} bytes, and ${peer.offered} were written`)
    demand(!peer.stream || !peer.finished || peer.writing > 0 || peer.outcome !== 'none', () => `${side.name}: a read waits, and the peer has half-closed`)
  }
  demand(mine !== undefined, () => `${side.name}: not over, and its machine has forgotten it`)
  demand(!peer.stream || typeof peer.outcome === 'string', () => `${side.name}: lives, and the other end is dead`)
}

/** A session may not stay up when nothing has come for longer than its heartbeat allows. */
export function checkPulse (end: End, now: number): void {
  const { heartbeat } = end.plan
  // A peer that has never answered may be one that refuses to
  const { leaving, plan: { limits: { maxInbound, memoryBudget, typeTimeoutMs } } } = end.peer
  const answers = end.session.rtt !== undefined || (!leaving && maxInbound === undefined && memoryBudget === undefined && typeTimeoutMs === undefined)
  if (!heartbeat || !end.heartbeats || !answers || end.death) return
  const since = end.link.directions[1 - end.side as 0 | 1].takenAt
  demand(now <= since + heartbeat.intervalMs + heartbeat.toleranceMs, () => `the ${end.name} has heard nothing since ${since} and lives`)
}

/** What a session says of its end must have a cause. */
export function checkEnd (end: End, { error, local }: SessionEnd, now: number): void {
  const { name, closing, peer, link, plan } = end
  const broken = link.state !== 'healthy'
  const wrong = (): string => `the ${name} ended with ${error?.code ?? 'no error'} (${error?.message ?? ''})${local ? ' by itself' : ''}, which nobody caused`
  const left = peer.closing !== 'no' || peer.death !== undefined
  switch (error?.code) {
    case undefined: return demand(closing === 'close' || closing === 'drain' || left || broken, wrong)
    case 'PEER_EOF': return demand(left || broken, wrong)
    case 'SESSION_TRANSPORT': return demand(broken || link.aborted[1 - end.side as 0 | 1], wrong)
    case 'SESSION_CLOSED': return demand(closing === 'abort' && local, wrong)
    case 'SESSION_HEARTBEAT': {
      const silence = end.death?.silence ?? now - link.directions[1 - end.side as 0 | 1].takenAt
      return demand(plan.heartbeat !== false && silence >= plan.heartbeat.toleranceMs, () => `the ${name} found its peer dead after a silence of ${silence}`)
    }
    default: demand(false, wrong)
  }
}

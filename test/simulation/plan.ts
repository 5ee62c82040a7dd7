/**
 * What a simulated schedule consists of, as plain data drawn from a seed: two or four ends of sessions, the network between them, and what
 * the applications on top do, when. Plain data, so that a failing schedule can be made smaller by leaving parts out. Knows nothing of sessions.
 *
 * @module
 */
import { createRandom, type Random } from '../support/random.ts'

/** How one end of a session is set up. */
export interface EndPlan {
  /** Options of the session beyond those that both ends share. */
  limits: {
    maxWindow?: number
    maxFrame?: number
    maxInbound?: number
    memoryBudget?: number
    maxQueued?: number
    acceptBacklog?: number
    typeTimeoutMs?: number
    lingerMs: number
  }
  heartbeat: false | { intervalMs: number, toleranceMs: number }
  /** When a flush comes: a few microtasks later (the session's own way), when all microtasks are done, or some time later. */
  flush: 'microtasks' | 'turn' | 'late'
  /** What the peer sees of a transport that is aborted: the end behind what was sent, or a failure and nothing of what is on its way. */
  abort: 'end' | 'reset'
  /** How streams are taken: `pause` ms between them, and none any more after `stop` of them until the end of the schedule. */
  accept: { style: 'accept' | 'iterate' | 'cancel', pause: number, stop: number }
}

/** One direction of a connection. */
export interface DirectionPlan {
  latencyMs: number
  bytesPerMs: number
  /** Bytes under way at which the sink has to wait. */
  room: number
  /** Bytes a chunk has at most; 0: as many as there are; below 0: as many as that, at random. */
  chunk: number
  /** Nothing arrives in the `ms` from `at` on. */
  stall: { at: number, ms: number } | undefined
}

/** How a connection ends before its time. */
export interface Fate {
  /** The direction whose bytes are counted: 0, from the client; 1, from the server. */
  direction: 0 | 1
  /** It strikes when this many bytes have arrived. */
  atByte: number
  /**
   * `reset`: both ends fail. `end`: both ends see the end of input. `half`: the receiver does, and the sender is not told. `source`: the
   * receiver's source fails. `sink`: the sender's sink fails. `mute`: from here on this direction loses everything, and nobody is told.
   * `dead`: both do.
   */
  how: 'reset' | 'end' | 'half' | 'source' | 'sink' | 'mute' | 'dead'
}

/** One connection. */
export interface LinkPlan {
  directions: [DirectionPlan, DirectionPlan]
  fate: Fate | undefined
}

/** A read: wait `pause` ms, read up to `max`, and give up the wait after `cancel` ms. */
export interface ReadStep { pause: number, max: number | undefined, cancel: number | undefined }

/** A write: wait `pause` ms, write `size` bytes, as one piece or as a list, wait for room or not, and give up after `cancel` ms. */
export interface WriteStep { pause: number, size: number, list: boolean, wait: boolean, cancel: number | undefined }

/** How one end of a stream is read: `steps` first, then all of it, nothing until the end of the schedule, or never again. */
export interface ReadPlan { style: 'read' | 'iterate' | 'consume' | 'readable', steps: ReadStep[], tail: 'all' | 'hold' | 'drop' }

/** How one end of a stream is written: `steps`, then the half-close. `hold`: at the end of the schedule. `throw`: a source that fails. */
export interface WritePlan { style: 'write' | 'push' | 'sink' | 'writable' | 'echo', steps: WriteStep[], tail: 'finish' | 'last' | 'hold' | 'throw' }

/** Something done to a stream `at` ms after this end got it. */
export interface OpPlan { at: number, what: 'reset' | 'abort' | 'closeRead' | 'close' | 'priority' | 'dispose', value: number }

/** What one end does with a stream. */
export interface SidePlan { read: ReadPlan, write: WritePlan, ops: OpPlan[] }

/** A stream. */
export interface StreamPlan {
  /** Which end opens it: an index into `ends`. */
  opener: number
  at: number
  type: number
  priority: number
  /** Half-closed at once. */
  finish: boolean
  near: SidePlan
  far: SidePlan
}

/** Something done to a session. */
export interface CommandPlan { end: number, at: number, what: 'goAway' | 'close' | 'drain' | 'hurry' | 'abort', ms: number }

/** A whole schedule. */
export interface Plan {
  readonly seed: number
  wire: 1 | 2
  typed: boolean
  window: number
  /** One, or two with a relay in the middle that pipes the streams of one into the other. */
  links: LinkPlan[]
  /** Client and server of each link. */
  ends: EndPlan[]
  streams: StreamPlan[]
  commands: CommandPlan[]
  /** Virtual milliseconds after which it is brought to its end. */
  horizon: number
  /** Who closes at the end, and how. */
  closing: { first: 0 | 1, drain: boolean, gap: number }
}

const WINDOWS = [1, 2, 3, 5, 8, 16, 50, 100, 1000, 5000, 70_000]

/** The schedule of a seed. */
export function drawPlan (seed: number): Plan {
  const random = createRandom(seed)
  const window = random.pick(WINDOWS)
  const wire = random.pick([1, 2] as const)
  const typed = !random.oneIn(4)
  const relay = random.oneIn(8)
  const links = [drawLink(random, relay), ...(relay ? [drawLink(random, relay)] : [])]
  const slowest = Math.max(...links.flatMap(({ directions }) => directions.map(({ latencyMs, stall }) => latencyMs + (stall?.ms ?? 0))))
  const ends = links.flatMap(() => [drawEnd(random, window, slowest), drawEnd(random, window, slowest)])
  const streams: StreamPlan[] = []
  for (let count = random.pick([1, 1, 1, 2, 2, 3, 5]); count > 0; count--) {
    streams.push({
      // Through a relay, streams are opened at the two outer ends only
      opener: relay ? random.pick([0, 3]) : random.below(2),
      at: moment(random),
      type: wire === 1 || typed ? random.pick([0, 7, 0xfffffefe]) : 0,
      priority: random.oneIn(3) ? random.below(4) : 0,
      finish: random.oneIn(12),
      near: drawSide(random, window, false),
      far: drawSide(random, window, true)
    })
  }
  const commands: CommandPlan[] = []
  while (random.oneIn(commands.length === 0 ? 3 : 4)) {
    const what = random.pick(['goAway', 'goAway', 'close', 'drain', 'drain', 'hurry', 'abort'] as const)
    commands.push({ end: random.below(ends.length), at: moment(random), what, ms: random.pick([0, 1, 10, 60]) })
  }
  const closing = { first: random.pick([0, 1] as const), drain: random.oneIn(2), gap: random.pick([0, 1, 30]) }
  return { seed, wire, typed, window, links, ends, streams, commands, horizon: random.pick([30, 100, 300]), closing }
}

function moment (random: Random): number {
  return random.oneIn(3) ? 0 : random.oneIn(3) ? random.below(200) : random.below(20)
}

function drawLink (random: Random, relay: boolean): LinkPlan {
  const latencyMs = random.pick([0, 0, 1, 1, 5, 20, 100])
  const direction = (): DirectionPlan => ({
    latencyMs: random.oneIn(5) ? random.pick([0, 1, 50]) : latencyMs,
    bytesPerMs: random.pick([Infinity, Infinity, Infinity, 1000, 50]),
    room: random.pick([1, 1, 100, 5000, 65_536, 65_536]),
    chunk: random.pick([0, 0, 0, 1, -10, -40, 9, 700, -3000]),
    stall: random.oneIn(5) ? { at: random.below(100), ms: random.pick([1, 10, 100, 1000]) } : undefined
  })
  const directions: [DirectionPlan, DirectionPlan] = [direction(), direction()]
  if (!random.oneIn(relay ? 6 : 3)) return { directions, fate: undefined }
  const how = random.pick(['reset', 'reset', 'end', 'end', 'half', 'source', 'sink', 'mute', 'dead'] as const)
  return { directions, fate: { direction: random.pick([0, 1]), atByte: random.oneIn(3) ? random.below(600) : random.below(80), how } }
}

function drawEnd (random: Random, window: number, slowest: number): EndPlan {
  const patience = random.oneIn(6) ? random.pick([1, 20, 60]) : 4 * slowest + random.pick([50, 200, 1000])
  return {
    limits: {
      maxWindow: window * random.pick([1, 1, 2, 5, 20]),
      // Frames of one byte in a window of thousands are slow and show nothing that a small window does not
      maxFrame: Math.max(random.pick([1, 2, 5, 100, 1000, 16_383, 16_383, 16_383]), Math.ceil(window / 50)),
      ...(random.oneIn(4) && { maxInbound: random.pick([0, 1, 2, 4]) }),
      ...(random.oneIn(5) && { memoryBudget: window * random.pick([1, 2, 3, 10]) }),
      ...(random.oneIn(3) && { maxQueued: random.pick([0, 1, 10, 1000]) }),
      ...(random.oneIn(4) && { acceptBacklog: random.pick([0, 1, 2]) }),
      ...(random.oneIn(8) && { typeTimeoutMs: random.pick([0, 1, 50]) }),
      lingerMs: random.pick([0, 5, 100, 1000])
    },
    heartbeat: random.oneIn(2) ? false : { intervalMs: random.pick([50, 200, 1000]), toleranceMs: patience },
    flush: random.pick(['microtasks', 'turn', 'turn', 'late']),
    abort: random.pick(['end', 'reset']),
    accept: { style: random.pick(['accept', 'accept', 'iterate', 'cancel']), pause: random.pick([0, 0, 0, 5, 40]), stop: random.oneIn(6) ? random.below(3) : Infinity }
  }
}

function drawSide (random: Random, window: number, far: boolean): SidePlan {
  const write = drawWrite(random, window, far)
  const ops: OpPlan[] = []
  while (random.oneIn(ops.length === 0 ? 4 : 3)) {
    const what = random.pick(['reset', 'reset', 'abort', 'closeRead', 'close', 'close', 'priority', 'dispose'] as const)
    ops.push({ at: moment(random), what, value: random.below(6) })
  }
  return { read: drawRead(random, window, write), write, ops }
}

function drawRead (random: Random, window: number, write: WritePlan): ReadPlan {
  const style = write.style === 'push' ? 'consume' : random.oneIn(12) ? 'readable' : random.pick(['read', 'read', 'read', 'iterate', 'iterate', 'consume'] as const)
  const steps: ReadStep[] = []
  for (let count = random.below(4); count > 0; count--) {
    steps.push({
      pause: pause(random),
      max: random.oneIn(2) ? random.pick([1, 2, random.between(1, 40), Math.ceil(window / 2)]) : undefined,
      cancel: random.oneIn(6) ? random.pick([0, 1, 30]) : undefined
    })
  }
  return { style, steps, tail: random.pick(['all', 'all', 'all', 'all', 'hold', 'drop']) }
}

function drawWrite (random: Random, window: number, far: boolean): WritePlan {
  const style = far && random.oneIn(5) ? 'echo' : random.oneIn(12) ? 'writable' : random.pick(['write', 'write', 'write', 'push', 'sink'] as const)
  const steps: WriteStep[] = []
  // What does not fit into a window costs a round trip each: a few of them show all there is to see
  let left = Math.min(random.oneIn(12) ? 20_000 : 1_000, Math.max(12, window * 4))
  for (let count = random.below(5); count > 0; count--) {
    const size = Math.min(left, random.pick([0, 1, 2, random.below(40), random.below(3000), Math.ceil(window / 2), window, window + 1, 2 * window + 1]))
    left -= size
    steps.push({ pause: pause(random), size, list: random.oneIn(4), wait: !random.oneIn(4), cancel: random.oneIn(12) ? random.pick([0, 1, 30]) : undefined })
  }
  return { style, steps, tail: random.pick(['finish', 'finish', 'finish', 'last', 'hold', 'throw']) }
}

function pause (random: Random): number {
  return random.oneIn(2) ? 0 : random.pick([1, 1, 3, 10, 50])
}

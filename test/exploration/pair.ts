/**
 * Two machines, the bytes between them and what their hosts know, as one state: what may happen next, what it leads to, and whether everything
 * is as it must be. Each event makes a new state and leaves the old one as it was.
 *
 * @module
 */
import type { Action, MachineOptions, MuxadoError, Snapshot, TraceFrame } from '@muxado/core'
import { concat } from '../support/bytes.ts'
import { countFrame, countsOf, type Counts } from '../support/conduct.ts'
import { clone } from './clone.ts'
import type { OpenMachine, Record } from './open-core.ts'
import { begin, hash, mix, mixAny } from './table.ts'

/** What is explored: both machines' options, and how often their hosts may do what. */
export interface Configuration {
  readonly name: string
  readonly options: Omit<MachineOptions, 'role' | 'trace'>
  /** Streams that each end opens: by the options they are opened with. */
  readonly opens: readonly [ReadonlyArray<Open>, ReadonlyArray<Open>]
  /** Sizes of writes, and bytes that each end writes on each stream at most. */
  readonly sends: readonly number[]
  readonly bytes: number
  /** Which ends write. */
  readonly talks: readonly [boolean, boolean]
  /** Readers also take a single byte of several. */
  readonly sips: boolean
  /** Streams are finished; if not, they end by resets only. */
  readonly finishes: boolean
  /** Resets by each end. */
  readonly resets: readonly [number, number]
  readonly goAways: readonly [number, number]
  readonly closes: readonly [number, number]
  /** The connection may end, for this end, behind any byte. */
  readonly ends: readonly [boolean, boolean]
  /** A priority that streams may be given. */
  readonly priority?: number
  /** `every`: bytes on their way come in in every possible split. `few`: one, or all of them. `all`: as they were sent. */
  readonly splits: 'every' | 'few' | 'all'
  /** A transmission may also stop after one frame. */
  readonly single: boolean
  /** Small enough for the gate. */
  readonly quick?: boolean
}

/** How a stream is opened. */
export interface Open { readonly priority?: number, readonly type?: number, readonly finish?: boolean }

/** Something that happens. */
export type Event =
  | { readonly what: 'open' | 'transmit' | 'one' | 'end' | 'goAway' | 'close', readonly at: 0 | 1 }
  | { readonly what: 'receive', readonly at: 0 | 1, readonly bytes: number }
  | { readonly what: 'send' | 'consume', readonly at: 0 | 1, readonly id: number, readonly bytes: number }
  | { readonly what: 'finish' | 'reset' | 'priority', readonly at: 0 | 1, readonly id: number }

/** What a host knows of a stream. */
export interface View {
  readonly id: number
  readonly local: boolean
  /** Bytes that `send` took, that it did not take, and whether it owes a `resume`. */
  taken: number
  rest: number
  owed: 'no' | 'yes'
  finished: boolean
  delivered: number
  consumed: number
  ended: boolean
  death: 'none' | 'reset' | 'aborted'
}

/** One end. */
export interface End {
  machine: OpenMachine
  snapshot: Snapshot
  views: View[]
  counts: Counts[]
  /** Whose DATA came last. */
  body: number
  opened: number
  resets: number
  goAways: number
  closes: number
  /** How the session ended. */
  ended: 'no' | 'closed' | 'cut' | 'died'
  /** It has heard that the peer goes away. */
  drained: boolean
  /** Of everything above. */
  a: number
  b: number
}

/** Everything at one moment. */
export interface State {
  readonly ends: readonly [End, End]
  /** Bytes on their way to each end. */
  readonly pipes: readonly [Uint8Array, Uint8Array]
}

/** What was found wrong. */
export class Violation extends Error {}

function demand (holds: boolean, wrong: () => string): asserts holds {
  if (!holds) throw new Violation(wrong())
}

const NAMES = ['client', 'server'] as const
const NOTHING = new Uint8Array(0)

/** The parser's state inside a body that a stream takes. */
const AT_BODY = 3

/** Whose frames are being counted: copies of a machine share its options, and so the function that looks on. */
let looking: End | undefined

function look (frame: TraceFrame): void {
  if (!looking) return
  if (frame.direction === 'in' && frame.type === 'data') looking.body = frame.streamId
  const wrong = countFrame(looking.counts, frame)
  if (wrong !== undefined) throw new Violation(`sends ${wrong}`)
}

/** Byte `at` of what an end writes on a stream. */
function byteOf (end: 0 | 1, id: number, at: number): number {
  return 1 + end * 128 + (id & 7) * 16 + (at & 15)
}

/** One configuration: its first state, and every step from one state to the next. */
export class Pair {
  readonly first: State
  /** The streams that were there before the last step, or are there now, as they are now. */
  touched: readonly Record[] = []
  readonly #configuration: Configuration

  constructor (configuration: Configuration, createMachine: (options: MachineOptions) => OpenMachine) {
    this.#configuration = configuration
    const end = (role: 'client' | 'server'): End => {
      const machine = createMachine({ ...configuration.options, role, trace: look })
      const fresh: End = {
        machine, snapshot: machine.snapshot(), views: [], counts: [], body: 0, opened: 0, resets: 0, goAways: 0, closes: 0, ended: 'no', drained: false, a: 0, b: 0
      }
      seal(fresh)
      return fresh
    }
    this.first = { ends: [end('client'), end('server')], pipes: [NOTHING, NOTHING] }
  }

  /** Everything that may happen next. */
  events ({ ends, pipes }: State): Event[] {
    const { opens, sends, bytes, talks, sips, finishes, resets, goAways, closes, ends: cuts, priority, splits, single } = this.#configuration
    const events: Event[] = []
    for (const at of [0, 1] as const) {
      const end = ends[at]
      const coming = pipes[at].length
      if (end.machine.wantsTransmit) {
        events.push({ what: 'transmit', at })
        if (single) events.push({ what: 'one', at })
      }
      if (coming > 0) {
        const first = splits === 'all' ? coming : 1
        const step = splits === 'every' ? 1 : Math.max(1, coming - 1)
        for (let size = first; size <= coming; size += step) events.push({ what: 'receive', at, bytes: size })
      }
      if (end.ended !== 'no') continue
      const peer = ends[1 - at as 0 | 1]
      if (cuts[at] || (peer.ended !== 'no' && coming === 0 && !peer.machine.wantsTransmit)) events.push({ what: 'end', at })
      if (end.opened < opens[at].length && !end.drained) events.push({ what: 'open', at })
      if (end.goAways < goAways[at]) events.push({ what: 'goAway', at })
      if (end.closes < closes[at]) events.push({ what: 'close', at })
      for (const view of end.views) {
        if (view.death !== 'none') continue
        const { id } = view
        if (talks[at] && !view.finished && view.owed === 'no') {
          if (view.rest > 0) events.push({ what: 'send', at, id, bytes: view.rest })
          else for (const size of sends) if (view.taken + size <= bytes) events.push({ what: 'send', at, id, bytes: size })
        }
        if (finishes && !view.finished) events.push({ what: 'finish', at, id })
        if (end.resets < resets[at] && !(view.finished && view.ended)) events.push({ what: 'reset', at, id })
        const unread = view.delivered - view.consumed
        if (unread > 0) events.push({ what: 'consume', at, id, bytes: unread })
        if (unread > 1 && sips) events.push({ what: 'consume', at, id, bytes: 1 })
        if (priority !== undefined && end.snapshot.streams.some((stream) => stream.id === id && stream.priority !== priority)) events.push({ what: 'priority', at, id })
      }
    }
    return events
  }

  /** The state that an event leads to. Throws a `Violation` if that is not as it must be. */
  next (state: State, event: Event): State {
    const { at } = event
    const end = copyEnd(state.ends[at])
    const peer = state.ends[1 - at as 0 | 1]
    let [into, out] = [state.pipes[at], state.pipes[1 - at as 0 | 1]]
    const records = Array.from(end.machine.$end.streams.values())
    looking = end
    switch (event.what) {
      case 'transmit':
      case 'one': {
        const sent = concat(end.machine.transmit(event.what === 'one' ? 1 : undefined))
        demand(sent.length > 0, () => `the ${NAMES[at]} wants to transmit, and has nothing to say`)
        out = out.length > 0 ? concat([out, sent]) : sent
        perform(end, at, end.machine.poll(), peer, 'host')
        break
      }
      case 'receive':
        perform(end, at, end.machine.receive(into.slice(0, event.bytes)), peer, 'peer')
        into = into.subarray(event.bytes)
        break
      case 'end':
        into = NOTHING
        perform(end, at, end.machine.receiveEnd(), peer, 'end')
        break
      case 'close':
        end.closes++
        end.ended = 'closed'
        perform(end, at, end.machine.close(), peer, 'host')
        break
      default:
        this.#command(end, peer, event)
    }
    looking = undefined
    for (const record of end.machine.$end.streams.values()) if (!records.includes(record)) records.push(record)
    this.touched = records
    end.snapshot = end.machine.snapshot()
    seal(end)
    const next: State = at === 0 ? { ends: [end, peer], pipes: [into, out] } : { ends: [peer, end], pipes: [out, into] }
    this.#check(next, at)
    return next
  }

  #command (end: End, peer: End, event: Event): void {
    const { at } = event
    const { machine } = end
    const { opens, priority = 0 } = this.#configuration
    switch (event.what) {
      case 'open': {
        const options = opens[at][end.opened++] ?? {}
        try {
          const id = machine.open(options)
          end.views.push({ id, local: true, taken: 0, rest: 0, owed: 'no', finished: options.finish === true, delivered: 0, consumed: 0, ended: false, death: 'none' })
        } catch (error) {
          // It may know of a GOAWAY that this host will hear of in a moment
          demand((error as MuxadoError).code === 'SESSION_GONE_AWAY' && leaves(peer), () => `the ${NAMES[at]} cannot open: ${String(error)}`)
        }
        break
      }
      case 'goAway':
        end.goAways++
        machine.goAway()
        break
      case 'send': {
        const view = viewOf(end, event.id)
        const data = Uint8Array.from({ length: event.bytes }, (_, index) => byteOf(at, view.id, view.taken + index))
        const taken = machine.send(view.id, data)
        demand(taken >= 0 && taken <= data.length, () => `send on stream ${view.id} takes ${taken} of ${data.length}`)
        view.taken += taken
        view.rest = data.length - taken
        view.owed = taken < data.length ? 'yes' : 'no'
        break
      }
      case 'finish': {
        const view = viewOf(end, event.id)
        machine.finish(view.id)
        view.finished = true
        view.owed = 'no'
        view.rest = 0
        break
      }
      case 'reset':
        end.resets++
        machine.reset(event.id)
        kill(viewOf(end, event.id), 'reset')
        break
      case 'consume':
        machine.consume(event.id, event.bytes)
        viewOf(end, event.id).consumed += event.bytes
        break
      case 'priority':
        machine.setPriority(event.id, priority)
        break
      default: throw new Error(`no such event: ${event.what}`)
    }
  }

  /** What must hold in every state; only the end `at` has changed. */
  #check (state: State, at: 0 | 1): void {
    const { ends, pipes } = state
    const { options } = this.#configuration
    const end = ends[at]
    const { streams, partial } = end.snapshot
    let committed = 0
    for (const stream of streams) {
      const { id, available, unread, consumed, window } = stream
      const wrong = (what: string) => (): string => `${what}: stream ${id} of the ${NAMES[at]} is ${JSON.stringify(stream)}`
      const coming = partial.state === AT_BODY && end.body === id ? partial.remaining : 0
      demand(available >= 0 && unread >= 0 && consumed >= 0 && stream.credit >= (stream.queued > 0 ? -4 : 0), wrong('less than nothing'))
      demand(available + unread + consumed + coming === window, wrong(`not its window, with ${coming} to come`))
      demand(window <= Math.max(options.window ?? 0, options.maxWindow ?? 0), wrong('a window too large'))
      const view = end.views.find((one) => one.id === id)
      demand(view?.death === 'none' || (!view && stream.typing > 0), wrong('a stream that its host does not know'))
      demand(!view || stream.typing > 0 || unread === view.delivered - view.consumed, wrong('not what its host has unread'))
      committed += window
    }
    demand(committed <= Math.max(options.memoryBudget ?? Infinity, end.opened * (options.window ?? 0)), () => `the ${NAMES[at]} has promised windows of ${committed} bytes`)
    if (ends[0].ended !== 'no' || ends[1].ended !== 'no') return
    checkCredit(ends[0], ends[1], options.window ?? 0)
    checkCredit(ends[1], ends[0], options.window ?? 0)
    if (pipes[0].length > 0 || pipes[1].length > 0 || ends[0].machine.wantsTransmit || ends[1].machine.wantsTransmit) return
    checkRest(ends, 0)
    checkRest(ends, 1)
  }

  /** The hash of a state. */
  hash ({ ends: [client, server], pipes }: State): void {
    begin()
    mix(client.a)
    mix(client.b)
    mix(server.a)
    mix(server.b)
    for (const pipe of pipes) {
      mix(pipe.length)
      for (const byte of pipe) mix(byte)
    }
  }
}

function viewOf ({ views }: End, id: number): View {
  const view = views.find((one) => one.id === id)
  if (!view) throw new Error(`no stream ${id}`)
  return view
}

function leaves (end: End): boolean {
  return end.goAways > 0 || end.ended !== 'no'
}

/** What a host no longer cares for is the same for all states. */
function kill (view: View, death: 'reset' | 'aborted'): void {
  view.death = death
  view.owed = 'no'
  view.rest = 0
}

function copyEnd (end: End): End {
  return { ...end, machine: clone(end.machine), views: end.views.map((view) => ({ ...view })), counts: end.counts.map((count) => ({ ...count })) }
}

/** Hash an end, once. Budgets are left out: they are thousands of times larger than anything here can spend. */
function seal (end: End): void {
  begin()
  const { snapshot, views, machine: { $end } } = end
  for (const name in snapshot) if (name !== 'budgets') mixAny(snapshot[name as keyof Snapshot])
  // What a snapshot does not say, and what comes next depends on
  mix($end.lastServedId)
  for (const stream of $end.stalled) mix(stream.id)
  const { $turn, $levels } = $end.scheduler
  for (const { priority, served, streams } of $levels) {
    mix(priority)
    if ($levels.length > 1) mix($turn - served)
    for (const stream of streams.$items) if (stream) mix(stream.id)
  }
  if ($levels.length > 1) mix($turn % 16)
  mixAny(views)
  mix(end.opened)
  mix(end.resets)
  mix(end.goAways)
  mix(end.closes)
  mixAny(end.ended)
  mix(end.drained ? 1 : 0)
  end.a = hash.a
  end.b = hash.b
}

// What hosts are told

function perform (end: End, at: 0 | 1, actions: readonly Action[], peer: End, by: 'host' | 'peer' | 'end'): void {
  const name = NAMES[at]
  let over = false
  for (const action of actions) {
    demand(!over, () => `the ${name} is told of ${action.type} after close`)
    switch (action.type) {
      case 'accept': {
        const { streamId: id } = action
        const opposite = peer.views.find((view) => view.id === id)
        demand(opposite?.local === true && !end.views.some((view) => view.id === id), () => `the ${name} accepts ${id}, which nobody opened, or again`)
        end.views.push({ id, local: false, taken: 0, rest: 0, owed: 'no', finished: false, delivered: 0, consumed: 0, ended: false, death: 'none' })
        break
      }
      case 'drain':
        end.drained = true
        demand(leaves(peer), () => `the ${name} hears of a GOAWAY that nobody sent`)
        break
      case 'close':
        over = true
        if (end.ended === 'closed') demand(action.error === undefined, () => `the ${name} closes and is told of ${action.error?.code}`)
        else {
          end.ended = by === 'end' ? 'cut' : 'died'
          demand(by === 'end', () => `the ${name} died by itself: ${action.error?.code} ${action.error?.message}`)
        }
        break
      default: told(end, at, action, peer, by)
    }
  }
  if (over) demand(end.views.every((view) => view.death !== 'none' || (view.finished && view.ended)), () => `the ${name} closed and did not tell its streams`)
}

function told (end: End, at: 0 | 1, action: Exclude<Action, { type: 'accept' | 'drain' | 'close' }>, peer: End, by: 'host' | 'peer' | 'end'): void {
  const { streamId: id } = action
  const wrong = (what: string) => (): string => `the ${NAMES[at]} is told of ${action.type} on stream ${id}, ${what}`
  const view = end.views.find((one) => one.id === id)
  demand(view !== undefined, wrong('which nobody knows'))
  demand(view.death === 'none', wrong('which is dead'))
  const opposite = peer.views.find((one) => one.id === id)
  switch (action.type) {
    case 'deliver':
      demand(!view.ended && action.data.length > 0 && view.delivered + action.data.length <= (opposite?.taken ?? 0), wrong('more than was sent'))
      for (const byte of action.data) demand(byte === byteOf(1 - at as 0 | 1, id, view.delivered++), wrong(`byte ${view.delivered - 1} is another`))
      break
    case 'finish':
      demand(!view.ended && opposite?.finished === true && opposite.taken === view.delivered, wrong(`after ${view.delivered} of ${opposite?.taken} bytes`))
      view.ended = true
      break
    case 'resume':
      demand(view.owed === 'yes' && action.credit > 0, wrong('which is not owed'))
      view.owed = 'no'
      break
    case 'abort':
      judge(action.error, view, opposite, end, peer, by, wrong)
      kill(view, 'aborted')
      break
    default: action satisfies never
  }
}

function judge ({ code, retryable }: MuxadoError, view: View, opposite: View | undefined, end: End, peer: End, by: 'host' | 'peer' | 'end', wrong: (what: string) => () => string): void {
  switch (code) {
    case 'STREAM_RESET': return demand(opposite?.death === 'reset', wrong('which nobody reset'))
    case 'STREAM_REFUSED': return demand(view.local && retryable && !opposite, wrong('refused, but it was accepted'))
    case 'SESSION_GONE_AWAY': return demand(view.local && retryable && !opposite && leaves(peer), wrong('gone away, but it was accepted or nobody goes'))
    case 'SESSION_CLOSED': return demand(end.ended === 'closed', wrong('closed, but it is not'))
    case 'PEER_EOF': return demand(by === 'end', wrong('and the input has not ended'))
    default: demand(false, wrong(code))
  }
}

// What must hold between the two

function checkCredit (from: End, to: End, window: number): void {
  for (const stream of from.snapshot.streams) {
    const { id } = stream
    const [here, there] = [countsOf(from.counts, id), countsOf(to.counts, id)]
    const opposite = to.snapshot.streams.find((one) => one.id === id)
    const all = stream.credit + stream.queued + (here.paidOut - there.paidIn) + (there.creditOut - here.creditIn)
    const allowed = opposite?.receive === 'open' ? opposite.available - opposite.granting : !opposite && !there.synIn && stream.local ? window : all
    demand(all === allowed, () => `stream ${id}: ${all} bytes in credit or on their way, and ${allowed} allowed: ${JSON.stringify([stream, opposite])}`)
  }
}

/** Nothing is on its way: whoever waits must wait for the other host, and what is over must be gone. */
function checkRest (ends: State['ends'], at: 0 | 1): void {
  const [end, peer] = [ends[at], ends[1 - at as 0 | 1]]
  let live = 0
  for (const view of end.views) {
    if (view.death !== 'none' || (view.finished && view.ended)) continue
    live++
    const wrong = (what: string) => (): string => `at rest, stream ${view.id} of the ${NAMES[at]} ${what}`
    const opposite = peer.views.find((one) => one.id === view.id)
    demand(opposite !== undefined && opposite.death === 'none', wrong('lives at one end only'))
    demand(opposite.delivered === view.taken, wrong(`has lost ${view.taken - opposite.delivered} bytes`))
    demand(!view.finished || opposite.ended, wrong('was finished, and nobody was told'))
    const mine = end.snapshot.streams.find((one) => one.id === view.id)
    demand(view.owed === 'no' || (opposite.delivered > opposite.consumed && mine?.credit === 0), wrong(`waits with credit ${mine?.credit} and nothing unread`))
    demand(mine?.queued === 0, wrong('has bytes left'))
  }
  const { streams, control } = end.snapshot
  demand(streams.length === live, () => `at rest, the ${NAMES[at]} keeps ${streams.length} streams, and ${live} live`)
  demand(control.length === 0, () => `at rest, the ${NAMES[at]} keeps ${JSON.stringify(control)}`)
}

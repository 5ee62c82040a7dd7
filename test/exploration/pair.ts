/**
 * Two machines, the bytes between them and what their hosts know, as one state: what may happen next, what it leads to, and whether everything
 * is as it must be. Each event makes a new state and leaves the old one as it was.
 *
 * @module
 */
import type { MachineOptions, MuxadoError, Snapshot, TraceFrame } from '@muxado/core'
import { concat } from '../support/bytes.ts'
import { countFrame } from '../support/conduct.ts'
import { clone } from './clone.ts'
import { byteOf, kill, leaves, perform } from './hosts.ts'
import type { OpenMachine, Record } from './open-core.ts'
import { check } from './rules.ts'
import { demand, NAMES, Violation, type Configuration, type End, type Event, type State, type View } from './state.ts'
import { begin, hash, mix, mixAny } from './table.ts'

const NOTHING = new Uint8Array(0)

/** Whose frames are being counted: copies of a machine share its options, and so the function that looks on. */
let looking: End | undefined

function look (frame: TraceFrame): void {
  if (!looking) return
  if (frame.direction === 'in' && frame.type === 'data') looking.body = frame.streamId
  const wrong = countFrame(looking.counts, frame)
  if (wrong !== undefined) throw new Violation(`sends ${wrong}`)
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
    check(this.#configuration, next, at)
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

/**
 * One end of a pair at all its moments: what may happen at it and what that leads to, by the real machine, once for each moment and event. What
 * an end does depends on nothing but what it is and the bytes that come in, so what was tried once is known for all pairs it stands in.
 *
 * @module
 */
import type { MachineOptions, MuxadoError, TraceFrame } from '@muxado/core'
import { concat } from '../support/bytes.ts'
import { countFrame } from '../support/conduct.ts'
import { clone } from './clone.ts'
import { mixMachine } from './digest.ts'
import { byteOf, fresh, kill, leaves, perform, viewOf } from './hosts.ts'
import type { OpenMachine, Record } from './open-core.ts'
import type { Pipes } from './pipes.ts'
import { checkEnd } from './rules.ts'
import { demand, NAMES, Violation, type Configuration, type End, type Event, type Line, type Outcome, type Status, type View } from './state.ts'
import { begin, hash, mixAny } from './table.ts'

/** Whose frames are being counted: copies of a machine share its options, and so the function that looks on. */
let looking: End | undefined

function look (frame: TraceFrame): void {
  if (!looking) return
  const wrong = countFrame(looking.counts, frame)
  if (wrong !== undefined) throw new Violation(`sends ${wrong}`)
}

/** All moments of one end. */
export class Ends {
  readonly first: End
  readonly #configuration: Configuration
  readonly #pipes: Pipes
  /** More than one priority: it counts whose turn it was when. */
  readonly #turns: boolean
  readonly #known = new Map<string, End>()
  readonly #statuses = new Map<string, Status>()

  constructor (at: 0 | 1, configuration: Configuration, createMachine: (options: MachineOptions) => OpenMachine, pipes: Pipes) {
    this.#configuration = configuration
    this.#pipes = pipes
    this.#turns = configuration.priority !== undefined || configuration.opens.flat().some(({ priority = 0 }) => priority > 0)
    const machine = createMachine({ ...configuration.options, role: NAMES[at], trace: look })
    this.first = this.#seal({
      at, machine, views: [], counts: [], opened: 0, resets: 0, goAways: 0, closes: 0, ended: 'no', drained: false,
      number: 0, wants: false, lines: [], control: 0, status: { number: 0, pairs: new Map() }, commands: [], outcomes: new Map(), received: new Map()
    })
  }

  /** How many there are. */
  get size (): number {
    return this.#known.size
  }

  /** What an event leads to; what comes in with `receive` is given by its number. Throws a `Violation` if that is not as it must be. */
  follow (end: End, event: Event, chunk: number): Outcome {
    const known = event.what === 'receive' ? end.received.get(chunk) : end.outcomes.get(event)
    if (known) return known
    const outcome = this.#try(end, event, chunk)
    if (event.what === 'receive') end.received.set(chunk, outcome)
    else end.outcomes.set(event, outcome)
    return outcome
  }

  #try (before: End, event: Event, chunk: number): Outcome {
    const end = copyEnd(before)
    const { at, machine } = end
    const records = Array.from(machine.$end.streams.values())
    let sent = 0
    let claims: Array<(peer: End) => void>
    looking = end
    try {
      switch (event.what) {
        case 'transmit':
        case 'one':
          sent = this.#pipes.number(concat(machine.transmit(event.what === 'one' ? 1 : undefined)))
          demand(sent > 0, () => `the ${NAMES[at]} wants to transmit, and has nothing to say`)
          claims = perform(end, machine.poll(), 'host')
          break
        case 'receive':
          claims = perform(end, machine.receive(this.#pipes.bytes(chunk).slice()), 'peer')
          break
        case 'end':
          claims = perform(end, machine.receiveEnd(), 'end')
          break
        case 'close':
          end.closes++
          end.ended = 'closed'
          claims = perform(end, machine.close(), 'host')
          break
        default:
          claims = this.#command(end, event)
      }
    } finally {
      looking = undefined
    }
    for (const record of machine.$end.streams.values()) if (!records.includes(record)) records.push(record)
    return { end: this.#seal(end), sent, claims, pairs: records.map(({ send, receive }) => `(${send}, ${receive})`) }
  }

  #command (end: End, event: Event): Array<(peer: End) => void> {
    const { at, machine } = end
    const { opens, priority = 0 } = this.#configuration
    switch (event.what) {
      case 'open': {
        const options = opens[at][end.opened++] ?? {}
        try {
          end.views.push(fresh(machine.open(options), true, options.finish))
        } catch (error) {
          // It may know of a GOAWAY that this host will hear of in a moment
          const wrong = (): string => `the ${NAMES[at]} cannot open: ${String(error)}`
          demand((error as MuxadoError).code === 'SESSION_GONE_AWAY', wrong)
          return [(peer) => { demand(leaves(peer), wrong) }]
        }
        break
      }
      case 'goAway':
        end.goAways++
        machine.goAway()
        break
      case 'send': {
        const view = known(end, event.id)
        const data = Uint8Array.from({ length: event.bytes }, (_, index) => byteOf(at, view.id, view.taken + index))
        const taken = machine.send(view.id, data)
        demand(taken >= 0 && taken <= data.length, () => `send on stream ${view.id} takes ${taken} of ${data.length}`)
        view.taken += taken
        view.rest = data.length - taken
        view.owed = taken < data.length ? 'yes' : 'no'
        break
      }
      case 'finish': {
        const view = known(end, event.id)
        machine.finish(view.id)
        view.finished = true
        view.owed = 'no'
        view.rest = 0
        break
      }
      case 'reset':
        end.resets++
        machine.reset(event.id)
        kill(known(end, event.id), 'reset')
        break
      case 'consume':
        machine.consume(event.id, event.bytes)
        known(end, event.id).consumed += event.bytes
        break
      case 'priority':
        machine.setPriority(event.id, priority)
        break
      default: throw new Error(`no such event: ${event.what}`)
    }
    return []
  }

  /** An end as it is now: the one that was known, if there was one like it. */
  #seal (end: End): End {
    const lines = Array.from(end.machine.$end.streams.values(), (record) => lineOf(end, record))
    begin()
    const { machine, views, counts, opened, resets, goAways, closes, ended, drained } = end
    mixMachine(machine, this.#turns)
    mixAny([views, opened, resets, goAways, closes, ended, drained])
    // Of what was counted, only what is said of the streams that live, and whether a frame may still be sent
    for (const { sending, receiving } of lines) mixAny([sending, receiving])
    for (const { id, synOut, synIn, finOut, finIn, finComing, rstOut, rstIn } of counts) mixAny([id, synOut, synIn, finOut, finIn, finComing, rstOut, rstIn])
    const name = `${hash.a}:${hash.b}`
    const known = this.#known.get(name)
    if (known) return known
    checkEnd(this.#configuration, end)
    end.number = this.#known.size
    end.wants = machine.wantsTransmit
    end.lines = lines
    end.control = machine.$end.control.size
    end.status = this.#status(end)
    end.commands = this.#commands(end)
    this.#known.set(name, end)
    return end
  }

  /** What the host may do next. */
  #commands (end: End): Event[] {
    const { opens, sends, bytes, talks, sips, finishes, resets, goAways, closes, priority, single } = this.#configuration
    const { at } = end
    const events: Event[] = []
    if (end.wants) {
      events.push({ what: 'transmit', at })
      if (single) events.push({ what: 'one', at })
    }
    if (end.ended !== 'no') return events
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
      if (priority !== undefined && end.lines.some((line) => line.id === id && line.priority !== priority)) events.push({ what: 'priority', at, id })
    }
    return events
  }

  #status ({ views, machine: { $end: { streams, forgotten } } }: End): Status {
    const pairs = new Map<number, string>()
    for (const { id } of views) pairs.set(id, forgotten.has(id) ? '(reset, reset)' : '(finished, finished)')
    for (const { id, send, receive } of streams.values()) pairs.set(id, `(${send}, ${receive})`)
    const name = JSON.stringify(Array.from(pairs))
    const status = this.#statuses.get(name) ?? { number: this.#statuses.size, pairs }
    this.#statuses.set(name, status)
    return status
  }
}

function known (end: End, id: number): View {
  const view = viewOf(end, id)
  if (!view) throw new Error(`no stream ${id}`)
  return view
}

function copyEnd (end: End): End {
  return {
    ...end,
    machine: clone(end.machine),
    views: end.views.map((view) => ({ ...view })),
    counts: end.counts.map((count) => ({ ...count })),
    outcomes: new Map(),
    received: new Map()
  }
}

function lineOf ({ counts }: End, { id, local, priority, queued, credit, receive, available, granting }: Record): Line {
  const { paidOut = 0, paidIn = 0, creditOut = 0, creditIn = 0 } = counts.find((one) => one.id === id) ?? {}
  return {
    id, local, priority, queued, credit, open: receive === 'open', sending: credit + paidOut - creditIn, receiving: available - granting + paidIn - creditOut
  }
}

/**
 * Two ends and the bytes between them as one state: what may happen next, what it leads to, and whether everything is as it must be. Each event
 * makes a new state and leaves the old one as it was.
 *
 * @module
 */
import type { MachineOptions } from '@muxado/core'
import { Ends } from './ends.ts'
import type { OpenMachine } from './open-core.ts'
import { Pipes } from './pipes.ts'
import { checkCredit, checkRest } from './rules.ts'
import type { Configuration, Event, Outcome, State } from './state.ts'
import { begin, mix } from './table.ts'

/** Events that need no more than their name, for each end. */
const CUT = [{ what: 'end', at: 0 }, { what: 'end', at: 1 }] as const satisfies Event[]
/** Events of bytes that come in, by how many, for each end. */
const RECEIVED: readonly [Event[], Event[]] = [[], []]

function received (at: 0 | 1, bytes: number): Event {
  return RECEIVED[at][bytes] ??= { what: 'receive', at, bytes }
}

/** One configuration: its first state, and every step from one state to the next. */
export class Pair {
  readonly first: State
  readonly #configuration: Configuration
  readonly #pipes = new Pipes()
  readonly #client: Ends
  readonly #server: Ends
  readonly #window: number

  constructor (configuration: Configuration, createMachine: (options: MachineOptions) => OpenMachine) {
    this.#configuration = configuration
    this.#window = configuration.options.window ?? 0
    this.#client = new Ends(0, configuration, createMachine, this.#pipes)
    this.#server = new Ends(1, configuration, createMachine, this.#pipes)
    this.first = { ends: [this.#client.first, this.#server.first], pipes: [0, 0] }
  }

  /** How many moments of one end or the other were met. */
  get ends (): number {
    return this.#client.size + this.#server.size
  }

  /** Everything that may happen next. */
  events ({ ends, pipes }: State): Event[] {
    const { ends: cuts, splits } = this.#configuration
    const events = [...ends[0].commands, ...ends[1].commands]
    for (const at of [0, 1] as const) {
      const coming = this.#pipes.length(pipes[at])
      for (let size = splits === 'every' ? 1 : Math.max(1, coming); size <= coming; size++) events.push(received(at, size))
      const peer = ends[1 - at as 0 | 1]
      if (ends[at].ended === 'no' && (cuts[at] || (peer.ended !== 'no' && coming === 0 && !peer.wants))) events.push(CUT[at])
    }
    return events
  }

  /** What an event leads to at the end where it happens. Throws a `Violation` if that is not as it must be. */
  follow ({ ends, pipes }: State, event: Event): Outcome {
    const { at } = event
    const chunk = event.what === 'receive' ? this.#pipes.cut(pipes[at], event.bytes)[0] : 0
    return (at === 0 ? this.#client : this.#server).follow(ends[at], event, chunk)
  }

  /** The state that an event leads to, as it was followed. Throws a `Violation` if that is not as it must be. */
  next ({ ends, pipes }: State, event: Event, { end, sent, claims }: Outcome): State {
    const { at } = event
    const peer = ends[1 - at as 0 | 1]
    for (const claim of claims) claim(peer)
    const into = event.what === 'receive' ? this.#pipes.cut(pipes[at], event.bytes)[1] : event.what === 'end' ? 0 : pipes[at]
    const out = this.#pipes.join(pipes[1 - at as 0 | 1], sent)
    const next: State = at === 0 ? { ends: [end, peer], pipes: [into, out] } : { ends: [peer, end], pipes: [out, into] }
    this.#check(next)
    return next
  }

  #check ({ ends: [client, server], pipes: [toClient, toServer] }: State): void {
    if (client.ended !== 'no' || server.ended !== 'no') return
    checkCredit(client, server, this.#window)
    checkCredit(server, client, this.#window)
    if (toClient !== 0 || toServer !== 0 || client.wants || server.wants) return
    checkRest(client, server)
    checkRest(server, client)
  }

  /** The hash of a state. */
  hash ({ ends: [client, server], pipes: [toClient, toServer] }: State): void {
    begin()
    mix(client.number)
    mix(server.number)
    mix(toClient)
    mix(toServer)
  }
}

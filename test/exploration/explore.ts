/**
 * Visits every state that a configuration can reach, each once, and says what it has seen. Knows nothing of what a state is made of but what is
 * listed: the pairs of half states.
 *
 * @module
 */
import type { MachineOptions, ReceiveState, SendState } from '@muxado/core'
import type { OpenMachine } from './open-core.ts'
import { Pair } from './pair.ts'
import { Violation, type Configuration, type End, type Event, type State } from './state.ts'
import { Table } from './table.ts'

/** What was seen. */
export interface Report {
  readonly states: number
  readonly steps: number
  /** States in which nothing is on its way, and in which nothing more can happen. */
  readonly still: number
  readonly final: number
  readonly deepest: number
  /** Whether there is nothing else to see. */
  readonly complete: boolean
  /** How often each pair of half states of a stream was come to. */
  readonly pairs: ReadonlyMap<string, number>
  /** Pairs of those at both ends at once, client's first. */
  readonly both: ReadonlySet<string>
  readonly wrong: string | undefined
  /** The events that lead to what is wrong. */
  readonly path: readonly Event[]
}

/** Names of pairs; making one for each step would cost more than the step. */
const PAIRS = Object.fromEntries((['open', 'finishing', 'finished', 'reset'] as const).map((send) => [
  send, Object.fromEntries((['open', 'finished', 'reset'] as const).map((receive) => [receive, `(${send}, ${receive})`]))
])) as Record<SendState, Record<ReceiveState, string>>

interface Node { readonly state: State, readonly events: readonly Event[], at: number }

/** Explore a configuration, up to about `most` states. */
export function explore (configuration: Configuration, createMachine: (options: MachineOptions) => OpenMachine, most = Infinity): Report {
  const pair = new Pair(configuration, createMachine)
  const table = new Table()
  const pairs = new Map<string, number>()
  const both = new Set<string>()
  let [steps, still, final, deepest] = [0, 0, 0, 0]
  const enter = (state: State): Node => {
    const events = pair.events(state)
    if (state.pipes.every(({ length }) => length === 0) && state.ends.every(({ machine }) => !machine.wantsTransmit)) still++
    if (events.length === 0) final++
    note(state, both)
    return { state, events, at: 0 }
  }
  pair.hash(pair.first)
  table.add()
  const stack: Node[] = [enter(pair.first)]
  const report = (wrong?: string): Report => ({
    states: table.size, steps, still, final, deepest, complete: wrong === undefined && stack.length === 0, pairs, both, wrong,
    path: wrong === undefined ? [] : stack.map(({ events, at }) => events[at - 1]).filter((event) => event !== undefined)
  })
  for (let node = stack.at(-1); node && table.size < most; node = stack.at(-1)) {
    const event = node.events[node.at++]
    if (!event) {
      stack.pop()
      continue
    }
    steps++
    let next: State
    try {
      next = pair.next(node.state, event)
      for (const { send, receive } of pair.touched) {
        const name = PAIRS[send][receive]
        pairs.set(name, (pairs.get(name) ?? 0) + 1)
      }
    } catch (error) {
      return report(error instanceof Violation ? error.message : `threw ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
    }
    pair.hash(next)
    if (!table.add()) continue
    stack.push(enter(next))
    if (stack.length > deepest) deepest = stack.length
  }
  return report()
}

/** The pairs of half states that each stream has at both ends. */
function note ({ ends: [client, server] }: State, both: Set<string>): void {
  for (const { id } of [...client.views, ...server.views]) both.add(`${statusOf(client, id)} ${statusOf(server, id)}`)
}

function statusOf ({ snapshot, views }: End, id: number): string {
  const stream = snapshot.streams.find((one) => one.id === id)
  if (stream) return PAIRS[stream.send][stream.receive]
  if (snapshot.forgotten.includes(id)) return '(reset, reset)'
  return views.some((view) => view.id === id) ? '(finished, finished)' : 'none'
}

/**
 * Visits every state that a configuration can reach, each once, and says what it has seen. Knows nothing of what a state is made of but what is
 * listed: the pairs of half states.
 *
 * @module
 */
import type { MachineOptions } from '@muxado/core'
import type { OpenMachine } from './open-core.ts'
import { Pair } from './pair.ts'
import { Violation, type Configuration, type Event, type State } from './state.ts'
import { Table } from './table.ts'

/** What was seen. */
export interface Report {
  readonly states: number
  /** Moments of one end or the other that they are made of: the machine was run for these alone. */
  readonly ends: number
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

interface Node { readonly state: State, readonly events: readonly Event[], at: number }

/** Explore a configuration, up to about `most` states. */
export function explore (configuration: Configuration, createMachine: (options: MachineOptions) => OpenMachine, most = Infinity): Report {
  const pair = new Pair(configuration, createMachine)
  const table = new Table()
  const pairs = new Map<string, number>()
  const both = new Set<string>()
  let [steps, still, final, deepest] = [0, 0, 0, 0]
  const noted = new Set<number>()
  /** The pairs of half states that each stream has at both ends. */
  const note = ({ ends: [{ status: client }, { status: server }] }: State): void => {
    const number = client.number * 0x4000000 + server.number
    if (noted.has(number)) return
    noted.add(number)
    for (const id of [...client.pairs.keys(), ...server.pairs.keys()]) both.add(`${client.pairs.get(id) ?? 'none'} ${server.pairs.get(id) ?? 'none'}`)
  }
  const enter = (state: State): Node => {
    const events = pair.events(state)
    if (state.pipes[0] === 0 && state.pipes[1] === 0 && !state.ends[0].wants && !state.ends[1].wants) still++
    if (events.length === 0) final++
    note(state)
    return { state, events, at: 0 }
  }
  pair.hash(pair.first)
  table.add()
  const stack: Node[] = [enter(pair.first)]
  const report = (wrong?: string): Report => ({
    states: table.size, ends: pair.ends, steps, still, final, deepest, complete: wrong === undefined && stack.length === 0, pairs, both, wrong,
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
      const outcome = pair.follow(node.state, event)
      for (const name of outcome.pairs) pairs.set(name, (pairs.get(name) ?? 0) + 1)
      next = pair.next(node.state, event, outcome)
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

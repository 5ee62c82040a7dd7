/**
 * Makes the way to a violation shorter, and readable.
 *
 * @module
 */
import { Pair } from './pair.ts'
import { Violation, type Configuration, type Event } from './state.ts'
import type { MachineOptions } from '@muxado/core'
import type { OpenMachine } from './open-core.ts'

/** A way, and what is wrong at its end. */
interface Way { readonly wrong: string | undefined, readonly way: readonly Event[] }

/** Go a way from the start; what cannot happen is left out. Returns what is wrong, and how far one comes. */
function go (pair: Pair, path: readonly Event[]): Way {
  let state = pair.first
  const way: Event[] = []
  for (const event of path) {
    const text = textOf(event)
    const one = pair.events(state).find((possible) => textOf(possible) === text)
    if (!one) continue
    way.push(event)
    try {
      state = pair.next(state, one, pair.follow(state, one))
    } catch (error) {
      return { wrong: error instanceof Violation ? error.message : String(error), way }
    }
  }
  return { wrong: undefined, way }
}

/** The steps of `path` without which nothing goes wrong any more. */
export function shorten (configuration: Configuration, createMachine: (options: MachineOptions) => OpenMachine, path: readonly Event[]): Way {
  const pair = new Pair(configuration, createMachine)
  let best = go(pair, path)
  for (let size = best.way.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < best.way.length; at += size) {
      const shorter = go(pair, [...best.way.slice(0, at), ...best.way.slice(at + size)])
      if (shorter.wrong === undefined) continue
      best = shorter
      at -= size
    }
  }
  return best
}

/** An event in words. */
export function textOf (event: Event): string {
  const who = event.at === 0 ? 'client' : 'server'
  switch (event.what) {
    case 'open': return `${who} opens a stream`
    case 'transmit': return `${who} transmits`
    case 'one': return `${who} transmits one frame`
    case 'end': return `${who} sees the end of input`
    case 'goAway': return `${who} goes away`
    case 'close': return `${who} closes`
    case 'receive': return `${who} receives ${event.bytes}`
    case 'send': return `${who} sends ${event.bytes} on ${event.id}`
    case 'consume': return `${who} consumes ${event.bytes} of ${event.id}`
    case 'finish': return `${who} finishes ${event.id}`
    case 'reset': return `${who} resets ${event.id}`
    case 'priority': return `${who} changes the priority of ${event.id}`
    default: return event satisfies never
  }
}

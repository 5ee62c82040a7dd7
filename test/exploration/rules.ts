/**
 * What must hold at one end by itself, and between two ends, whatever has happened. Looks at machines, at the frames that they have sent, and at
 * what their hosts know.
 *
 * @module
 */
import { viewOf } from './hosts.ts'
import { demand, NAMES, type Configuration, type End, type Line } from './state.ts'

/** The parser's state inside a body that a stream takes. */
const AT_BODY = 3

/** What must hold at one end. */
export function checkEnd ({ options: { window: initial = 0, maxWindow = 0, memoryBudget = Infinity } }: Configuration, end: End): void {
  const { machine: { $end, $parser: { $state, $header, $remaining } } } = end
  const name = NAMES[end.at]
  let committed = 0
  for (const stream of $end.streams.values()) {
    const { id, available, unread, consumed, window, credit, queued, typing } = stream
    const wrong = (what: string) => (): string => `${what}: stream ${id} of the ${name} is ${JSON.stringify(stream)}`
    const coming = $state === AT_BODY && $header.streamId === id ? $remaining : 0
    demand(available >= 0 && unread >= 0 && consumed >= 0 && credit - queued >= (queued > 0 ? -4 : 0), wrong('less than nothing'))
    demand(available + unread + consumed + coming === window, wrong(`not its window, with ${coming} to come`))
    demand(window <= Math.max(initial, maxWindow), wrong('a window too large'))
    const view = viewOf(end, id)
    demand(view?.death === 'none' || (!view && typing > 0), wrong('a stream that its host does not know'))
    demand(!view || typing > 0 || unread === view.delivered - view.consumed, wrong('not what its host has unread'))
    committed += window
  }
  demand(committed <= Math.max(memoryBudget, end.opened * initial), () => `the ${name} has promised windows of ${committed} bytes`)
}

/** What must hold between the two, while both live. */
export function checkCredit (from: End, to: End, window: number): void {
  for (const line of from.lines) {
    const { id, sending, local, queued, credit } = line
    const there = lineOf(to, id)
    // Of a stream that the peer does not know yet it holds what it began with; of one that has ended it may hold anything
    const allowed = there ? there.open ? there.receiving : sending : local && !to.counts.some((one) => one.id === id && one.synIn) ? window : sending
    demand(sending === allowed, () => `stream ${id}: ${sending} bytes of credit in all, ${allowed} allowed; ${credit} left, ${queued} queued`)
  }
}

function lineOf ({ lines }: End, id: number): Line | undefined {
  for (const line of lines) if (line.id === id) return line
  return undefined
}

/** Nothing is on its way: whoever waits must wait for the other host, and what is over must be gone. */
export function checkRest (end: End, peer: End): void {
  const name = NAMES[end.at]
  let live = 0
  for (const view of end.views) {
    if (view.death !== 'none' || (view.finished && view.ended)) continue
    live++
    const wrong = (what: string) => (): string => `at rest, stream ${view.id} of the ${name} ${what}`
    const opposite = viewOf(peer, view.id)
    demand(opposite?.death === 'none', wrong('lives at one end only'))
    demand(opposite.delivered === view.taken, wrong(`has lost ${view.taken - opposite.delivered} bytes`))
    demand(!view.finished || opposite.ended, wrong('was finished, and nobody was told'))
    const mine = lineOf(end, view.id)
    demand(view.owed === 'no' || (opposite.delivered > opposite.consumed && mine?.credit === mine?.queued), wrong(`waits with credit ${mine?.credit} and nothing unread`))
    demand(mine?.queued === 0, wrong('has bytes left'))
  }
  demand(end.lines.length === live, () => `at rest, the ${name} keeps ${end.lines.length} streams, and ${live} live`)
  demand(end.control === 0, () => `at rest, the ${name} keeps ${end.control} control frames`)
}

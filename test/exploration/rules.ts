/**
 * What must hold in every state that two machines come to. Looks at their snapshots, at the frames that they have sent, and at what their hosts
 * know.
 *
 * @module
 */
import { countsOf } from '../support/conduct.ts'
import { demand, NAMES, type Configuration, type End, type State } from './state.ts'

/** The parser's state inside a body that a stream takes. */
const AT_BODY = 3

/** What must hold in every state; only the end `at` has changed. */
export function check ({ options }: Configuration, { ends, pipes }: State, at: 0 | 1): void {
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

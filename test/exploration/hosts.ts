/**
 * What the hosts of two machines do with what they are told, and whether it may be told them. Knows nothing of frames.
 *
 * @module
 */
import type { Action, MuxadoError } from '@muxado/core'
import { demand, NAMES, Violation, type End, type View } from './state.ts'

/** Byte `at` of what an end writes on a stream. */
export function byteOf (end: 0 | 1, id: number, at: number): number {
  return 1 + end * 128 + (id & 7) * 16 + (at & 15)
}

/** Whether an end has said that it goes away, or is gone. */
export function leaves (end: End): boolean {
  return end.goAways > 0 || end.ended !== 'no'
}

/** What nobody asks any more is the same for all states; what the peer is yet to get is not. */
export function kill (view: View, death: 'reset' | 'aborted'): void {
  Object.assign(view, { death, owed: 'no', rest: 0, delivered: 0, consumed: 0, ended: false } satisfies Partial<View>)
}

/** What moved a machine to say something: its host, bytes from the peer, or their end. */
type Cause = 'host' | 'peer' | 'end'

/** Carry out what a machine says. Returns what must be true of the peer for that to be right. */
export function perform (end: End, actions: readonly Action[], by: Cause): Array<(peer: End) => void> {
  const name = NAMES[end.at]
  const claims: Array<(peer: End) => void> = []
  let over = false
  for (const action of actions) {
    demand(!over, () => `the ${name} is told of ${action.type} after close`)
    switch (action.type) {
      case 'accept': {
        const { streamId: id } = action
        const wrong = (): string => `the ${name} accepts ${id}, which nobody opened, or again`
        demand(!end.views.some((view) => view.id === id), wrong)
        claims.push((peer) => { demand(viewOf(peer, id)?.local === true, wrong) })
        end.views.push(fresh(id, false))
        break
      }
      case 'drain':
        end.drained = true
        claims.push((peer) => { demand(leaves(peer), () => `the ${name} hears of a GOAWAY that nobody sent`) })
        break
      case 'close':
        over = true
        if (end.ended === 'closed') demand(action.error === undefined, () => `the ${name} closes and is told of ${action.error?.code}`)
        else {
          end.ended = by === 'end' ? 'cut' : 'died'
          demand(by === 'end', () => `the ${name} died by itself: ${action.error?.code} ${action.error?.message}`)
        }
        break
      default: claims.push(told(end, action, by))
    }
  }
  if (over) demand(end.views.every((view) => view.death !== 'none' || (view.finished && view.ended)), () => `the ${name} closed and did not tell its streams`)
  return claims
}

/** What a host begins with. */
export function fresh (id: number, local: boolean, finished = false): View {
  return { id, local, taken: 0, rest: 0, owed: 'no', finished, delivered: 0, consumed: 0, ended: false, death: 'none' }
}

/** What a host knows of a stream. */
export function viewOf ({ views }: End, id: number): View | undefined {
  for (const view of views) if (view.id === id) return view
  return undefined
}

function told (end: End, action: Exclude<Action, { type: 'accept' | 'drain' | 'close' }>, by: Cause): (peer: End) => void {
  const { at } = end
  const { streamId: id } = action
  const wrong = (what: string) => (): string => `the ${NAMES[at]} is told of ${action.type} on stream ${id}, ${what}`
  const view = viewOf(end, id)
  demand(view !== undefined, wrong('which nobody knows'))
  demand(view.death === 'none', wrong('which is dead'))
  switch (action.type) {
    case 'deliver': {
      demand(!view.ended && action.data.length > 0, wrong('nothing, or behind the end'))
      for (const byte of action.data) demand(byte === byteOf(1 - at as 0 | 1, id, view.delivered++), wrong(`byte ${view.delivered - 1} is another`))
      const { delivered } = view
      return (peer) => { demand(delivered <= (viewOf(peer, id)?.taken ?? 0), wrong('more than was sent')) }
    }
    case 'finish': {
      demand(!view.ended, wrong('again'))
      view.ended = true
      const { delivered } = view
      return (peer) => {
        const opposite = viewOf(peer, id)
        demand(opposite?.finished === true && opposite.taken === delivered, wrong(`after ${delivered} of ${opposite?.taken} bytes`))
      }
    }
    case 'resume':
      demand(view.owed === 'yes' && action.credit > 0, wrong('which is not owed'))
      view.owed = 'no'
      return () => {}
    case 'abort':
      kill(view, 'aborted')
      return judge(action.error, view, end, by, wrong)
    default: return action satisfies never
  }
}

function judge ({ code, retryable }: MuxadoError, { id, local }: View, end: End, by: Cause, wrong: (what: string) => () => string): (peer: End) => void {
  switch (code) {
    case 'STREAM_RESET': return (peer) => { demand(viewOf(peer, id)?.death === 'reset', wrong('which nobody reset')) }
    case 'STREAM_REFUSED': return (peer) => { demand(local && retryable && !viewOf(peer, id), wrong('refused, but it was accepted')) }
    case 'SESSION_GONE_AWAY': return (peer) => { demand(local && retryable && !viewOf(peer, id) && leaves(peer), wrong('gone away, but it was accepted or nobody goes')) }
    case 'SESSION_CLOSED':
      demand(end.ended === 'closed', wrong('closed, but it is not'))
      return () => {}
    case 'PEER_EOF':
      demand(by === 'end', wrong('and the input has not ended'))
      return () => {}
    default: throw new Violation(wrong(code)())
  }
}

/**
 * What the hosts of two machines do with what they are told, and whether it may be told them. Knows nothing of frames.
 *
 * @module
 */
import type { Action, MuxadoError } from '@muxado/core'
import { demand, NAMES, type End, type View } from './state.ts'

/** Byte `at` of what an end writes on a stream. */
export function byteOf (end: 0 | 1, id: number, at: number): number {
  return 1 + end * 128 + (id & 7) * 16 + (at & 15)
}

/** Whether an end has said that it goes away, or is gone. */
export function leaves (end: End): boolean {
  return end.goAways > 0 || end.ended !== 'no'
}

/** What a host no longer cares for is the same for all states. */
export function kill (view: View, death: 'reset' | 'aborted'): void {
  view.death = death
  view.owed = 'no'
  view.rest = 0
}

/** Carry out what a machine says. */
export function perform (end: End, at: 0 | 1, actions: readonly Action[], peer: End, by: 'host' | 'peer' | 'end'): void {
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

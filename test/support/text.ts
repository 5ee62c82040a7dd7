/**
 * A machine's answers in words, so that a test reads as a list of what happened.
 *
 * @module
 */
import type { Action, Machine, MuxadoError } from '@muxado/core'
import { concat } from './bytes.ts'
import { frameText, payloadText, readFrames } from './frames.ts'

/** An action in words, e.g. `accept 3 type 7`, `deliver 3 "hi"`, `abort 3 STREAM_RESET cancel`, `close PEER_PROTOCOL`. */
export function actionText (action: Action): string {
  switch (action.type) {
    case 'accept':
      return `accept ${action.streamId}${action.streamType === 0 ? '' : ` type ${action.streamType}`}${action.priority === 0 ? '' : ` priority ${action.priority}`}`
    case 'deliver': return `deliver ${action.streamId} ${payloadText(action.data)}`
    case 'finish': return `finish ${action.streamId}`
    case 'resume': return `resume ${action.streamId} ${action.credit}`
    case 'abort': return `abort ${action.streamId} ${errorText(action.error)}`
    case 'drain': return `drain ${errorText(action.error)}${action.debug.length === 0 ? '' : ' ' + payloadText(action.debug)}`
    case 'close': return action.error === undefined ? 'close' : `close ${action.error.code}`
    default: return action satisfies never
  }
}

/** An error in words: its code, its reason where it has one, and `retryable`. */
export function errorText (error: MuxadoError): string {
  return error.code + (error.reason === undefined ? '' : ` ${error.reason}`) + (error.retryable ? ' retryable' : '')
}

/** Actions in words, with neighbouring deliveries of one stream joined. */
export function actionTexts (actions: readonly Action[]): string[] {
  return normalise(actions).map(actionText)
}

/**
 * Actions as any chunking must give them: neighbouring deliveries of one stream are one, and of drains that follow each other the last
 * counts, since it repeats the first with the debug text that came since.
 */
export function normalise (actions: readonly Action[]): Action[] {
  const joined: Action[] = []
  for (const action of actions) {
    const last = joined.at(-1)
    if (action.type === 'deliver' && last?.type === 'deliver' && last.streamId === action.streamId) {
      joined[joined.length - 1] = { ...last, data: concat([last.data, action.data]) }
    } else if (action.type === 'drain' && last?.type === 'drain') {
      joined[joined.length - 1] = action
    } else joined.push(action)
  }
  return joined
}

/** Everything the machine has to send, as one array. */
export function drainBytes (machine: Machine, limit?: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  while (machine.wantsTransmit) {
    const segments = machine.transmit(limit)
    if (segments.length === 0) throw new Error('wantsTransmit is true and transmit has nothing')
    parts.push(...segments)
  }
  if (machine.transmit(limit).length > 0) throw new Error('wantsTransmit is false and transmit has something')
  return concat(parts)
}

/** Everything the machine has to send, frame by frame, in words. */
export function sent (machine: Machine, limit?: number): string[] {
  const { wire } = machine.snapshot()
  return readFrames(wire, drainBytes(machine, limit)).map(frameText)
}

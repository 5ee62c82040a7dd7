/**
 * Frames and inputs in words, for those who read what a replay prints.
 *
 * @module
 */
import type { TraceFrame } from '@muxado/core'
import { payloadText, type SeenFrame } from '../support/frames.ts'

/** A frame as a machine's `trace` shows it, in words. */
export function traceText (frame: TraceFrame): string {
  const { direction, type, streamId, length, fin, syn, priority, streamType, reason, increment, lastStreamId } = frame
  const words = [direction === 'in' ? '<-' : '->', type, String(streamId), `[${length}]`]
  if (syn && type !== 'syn') words.push('syn')
  if (fin) words.push('fin')
  const numbers = { priority, type: streamType, reason, increment, last: lastStreamId }
  for (const [name, value] of Object.entries(numbers)) if (value !== undefined) words.push(`${name} ${value}`)
  return words.join(' ')
}

/** Bytes in hexadecimal, the start of them where they are many. */
export function hexText (bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 400)).toString('hex')
  return bytes.length > 400 ? `${text}... (${bytes.length} bytes)` : text
}

/** A frame that may be malformed, in words. */
export function seenText ({ kind, id, length, syn, fin, body }: SeenFrame): string {
  return `${syn ? 'syn' : kind} ${id} [${length}]${length === 0 ? '' : ` ${payloadText(body)}`}${fin ? ' fin' : ''}`
}

/**
 * What frames have said about each stream at one end, and whether this end may send what it sends: binding rules of spec 4 and 5.5 that
 * a patient peer would never complain about. Knows frames as a machine's `trace` shows them, and no machine.
 *
 * @module
 */
import type { TraceFrame } from '@muxado/core'

/** One stream's frames so far, plain numbers and flags. */
export interface Counts {
  readonly id: number
  /** Payload and credit, by headers. */
  paidOut: number
  paidIn: number
  creditOut: number
  creditIn: number
  synOut: boolean
  synIn: boolean
  finOut: boolean
  finIn: boolean
  /** A FIN has come whose payload may still be on its way. */
  finComing: boolean
  rstOut: boolean
  rstIn: boolean
}

/** What was counted for a stream. */
export function countsOf (all: Counts[], id: number): Counts {
  for (const one of all) if (one.id === id) return one
  const fresh = {
    id, paidOut: 0, paidIn: 0, creditOut: 0, creditIn: 0,
    synOut: false, synIn: false, finOut: false, finIn: false, finComing: false, rstOut: false, rstIn: false
  }
  all.push(fresh)
  return fresh
}

/** Count a frame. Returns what is wrong with sending it, if anything is. */
export function countFrame (all: Counts[], frame: TraceFrame): string | undefined {
  const { direction, type, streamId, length, increment = 0, fin, syn } = frame
  if (type === 'goaway' || type === 'unknown') return undefined
  const counts = countsOf(all, streamId)
  if (direction === 'in') {
    // The next frame says that what came before it is whole
    for (const one of all) {
      one.finIn ||= one.finComing
    }
    if (type === 'data') counts.paidIn += length
    counts.creditIn += increment
    counts.synIn ||= syn
    counts.finComing ||= fin
    counts.finIn ||= fin && length === 0
    counts.rstIn ||= type === 'rst'
    return undefined
  }
  const wrong = faultOf(counts, frame)
  if (type === 'data') counts.paidOut += length
  counts.creditOut += increment
  counts.synOut ||= syn
  counts.finOut ||= fin
  counts.rstOut ||= type === 'rst'
  return wrong === undefined ? undefined : `${type} on stream ${streamId} ${wrong}`
}

function faultOf (counts: Counts, { type, streamId, length, fin, syn }: TraceFrame): string | undefined {
  // spec 8.2: what follows a GOAWAY of wire 2
  if (streamId === 1 && type === 'data' && length === 0 && fin && !syn) return undefined
  if (counts.rstOut) return 'behind its RST'
  // Resets may cross
  if (counts.rstIn && type !== 'rst') return "behind the peer's RST"
  if (syn) return counts.synOut || counts.synIn ? 'opens it again' : undefined
  if (!counts.synOut && !counts.synIn) return 'before its SYN'
  if (type === 'data' && counts.finOut) return 'behind its FIN'
  if (type === 'wndinc' && counts.finIn) return "behind the peer's FIN"
  return undefined
}

/**
 * Window arithmetic: what the peer may still send, when credit goes back, when a window grows (spec 5). Knows no frames.
 *
 * @module
 */

/**
 * One stream's receive window. Between frames: `available + unread + consumed = window` (spec 5.1); within one, the rest of its body is
 * missing from the sum. What waits in `granting` counts as available already.
 */
export interface ReceiveWindow {
  /** Its size. */
  window: number
  /** Bytes the peer may still send. */
  available: number
  /** Bytes delivered and not consumed. */
  unread: number
  /** Bytes consumed and not yet returned. */
  consumed: number
  /** Credit that the next WNDINC carries. */
  granting: number
  /** Bytes received since the stream began. */
  received: number
  /**
   * Where the peer's credit ended, or ends, in bytes since the stream began: the grants it may not have seen yet, oldest first. Some ten at
   * most, since each is a batch of one window.
   */
  limits: number[] | undefined
  /** The peer has spent its credit while little was unread. */
  limited: boolean
}

/**
 * Credit goes back in batches of at most this, or a quarter of a larger window: a peer that sends all its credit as one frame is made to
 * take turns (quirk of wire 2 in Go), and a window of 4 MiB costs one WNDINC a MiB and not eight.
 */
const BATCH = 131_072

/**
 * Whether the peer sent exactly as far as its credit went and then stopped (spec 5.4). True also for the sender whose message happens to end
 * there; a window grown for it costs nothing until it is used.
 */
export function atLimit ({ available, limits, received }: ReceiveWindow): boolean {
  while (limits?.[0] !== undefined && limits[0] < received) limits.shift()
  return available === 0 || limits?.[0] === received
}

/**
 * The reader took bytes. Moves credit to `granting` once half a window, or a batch, has come together (spec 5.2),
 * or the window may grow (spec 5.4).
 * @param cap how far this window may grow now
 * @param most how much may come together at the most
 * @returns bytes by which the window grew; -1 when no credit is due yet
 */
export function consume (w: ReceiveWindow, bytes: number, cap: number, most: number): number {
  w.unread -= bytes
  w.consumed += bytes
  let growth = 0
  if (w.limited && w.unread * 2 <= w.window) {
    w.limited = false
    growth = Math.max(0, Math.min(w.window * 3, cap - w.window))
  }
  // Growth waits for nothing: the peer may be waiting for it.
  if (growth === 0 && w.consumed < Math.min(Math.max(1, w.window >>> 1), Math.max(BATCH, w.window >>> 2), most)) return -1
  w.window += growth
  w.limits ??= [w.received + w.available]
  w.available += w.consumed + growth
  w.granting += w.consumed + growth
  w.consumed = 0
  w.limits.push(w.received + w.available)
  return growth
}

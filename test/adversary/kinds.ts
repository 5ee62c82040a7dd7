/**
 * What the server under attack does with a stream, by the stream's type. No logic.
 *
 * @module
 */

/** Sends back what comes. */
export const ECHO = 0
/** Reads all, drops it, and finishes when the peer has. */
export const DROP = 1
/** Never reads. */
export const HOARD = 2
/** Writes without end. */
export const SOURCE = 3
/** Echoes, and no further stream of its session is accepted. */
export const SLOW = 4

/**
 * Where time comes from, in one place, so that tests can bring their own. Not public.
 *
 * @module
 */

/** Time as a session sees it. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  now (): number
  /** Call `fire` once, `ms` from now; does not keep a process alive. Returns how to call it off. */
  after (ms: number, fire: () => void): () => void
}

/** What a timer can wait for; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1

/** Time of the runtime. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after (ms, fire) {
    // Node and Deno hand out a timer object here, browsers a number: only the former can, and need to, be kept from holding the process
    const timer = setTimeout(fire, Math.max(0, Math.min(ms, LONGEST))) as number | { unref?: () => void }
    if (typeof timer === 'object') timer.unref?.()
    return () => { clearTimeout(timer as number) }
  }
}

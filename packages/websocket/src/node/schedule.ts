/**
 * When Node flushes what a turn wrote. Knows nothing else.
 *
 * @module
 */

/** From a microtask, `nextTick` runs when no microtask is left: an answer of code that was just woken shares the flush. */
export function flushAfterMicrotasks (flush: () => void): void {
  queueMicrotask(() => { process.nextTick(flush) })
}

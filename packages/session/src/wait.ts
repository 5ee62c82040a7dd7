/**
 * Waiting with a way to give up: deferred promises that watch an AbortSignal. Knows nothing of streams.
 *
 * @module
 */
import pDefer, { type DeferredPromise } from 'p-defer'

export type { DeferredPromise }

/** What every call that need not wait returns: one promise for all, so that the common case allocates nothing. */
export const DONE: Promise<void> = /* @__PURE__ */ Promise.resolve()

const watched: WeakMap<AbortSignal, Set<() => void>> = /* @__PURE__ */ new WeakMap()

/**
 * Call `giveUp` when `signal` aborts. One listener per signal stands for any number of waits: a signal shared by thousands of streams must
 * neither collect listeners nor make Node 20 warn of a leak after the tenth.
 * @returns takes it back; when it was the last one, the listener goes too
 */
export function onAbort (signal: AbortSignal, giveUp: () => void): () => void {
  const calls = watched.get(signal) ?? new Set()
  if (calls.size === 0) {
    watched.set(signal, calls)
    signal.addEventListener('abort', fire)
  }
  calls.add(giveUp)
  return () => {
    if (calls.delete(giveUp) && calls.size === 0) forget(signal)
  }
}

/** Takes the signal from the event, so that the listener is the same function for every signal. */
function fire (event: Event): void {
  const signal = event.target as AbortSignal // it is only ever added to AbortSignals
  const calls = watched.get(signal) as Set<() => void> // as long as it listens
  forget(signal)
  for (const giveUp of calls) giveUp()
}

function forget (signal: AbortSignal): void {
  watched.delete(signal)
  signal.removeEventListener('abort', fire)
}

/**
 * A deferred promise that also rejects with `signal.reason` when `signal` aborts, after `giveUp` was told. Settling it takes the listener back in
 * the same step: between the two, an abort could otherwise throw away what was just handed over. The signal must not be aborted already.
 */
export function wait<T> (signal: AbortSignal | undefined, giveUp: () => void): DeferredPromise<T> {
  const deferred = pDefer<T>()
  if (!signal) return deferred
  const { resolve, reject } = deferred
  const off = onAbort(signal, () => {
    reject(signal.reason)
    giveUp()
  })
  deferred.resolve = (value) => { off(); resolve(value) }
  deferred.reject = (reason) => { off(); reject(reason) }
  return deferred
}

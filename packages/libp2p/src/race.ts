/**
 * Waiting with a way out. Knows nothing of streams.
 *
 * @module
 */
import pDefer from 'p-defer'

/** Settle as `promise` does, or reject with the signal's reason as soon as it aborts. */
export async function race<T> (promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  const aborted = pDefer<never>()
  const onAbort = (): void => { aborted.reject(signal.reason) }
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A timer that does not keep a process alive, where runtimes tell the difference. */
export function timer (ms: number, onTime: () => void): ReturnType<typeof setTimeout> {
  // Longer delays overflow to 1 ms; whoever waits longer looks at the clock and sets another one.
  const id = setTimeout(onTime, Math.min(ms, 0x7fffffff))
  if (typeof id === 'object') id.unref()
  return id
}

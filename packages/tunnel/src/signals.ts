/**
 * Ctrl-C and its kin: the first asks to end, the second not to wait.
 *
 * @module
 */

/** How soon the end of npm is noticed. */
const parentMs = 200

/** What signals, or a supervisor, have asked for. */
export interface Stop {
  /** Aborts when the end is asked for. */
  readonly asked: AbortSignal
  /** Aborts when it should not take any longer. */
  readonly now: AbortSignal
  /** As if a signal had come. */
  ask (): void
  /** As if a second signal had come. */
  askNow (): void
}

/** One key press can arrive twice: from the terminal, and passed on by npm. Both come within milliseconds; fingers are slower. */
const onePressMs = 300

/** An end that nobody but its holder asks for. */
export function createStop (): Stop {
  const asked = new AbortController()
  const now = new AbortController()
  return {
    asked: asked.signal,
    now: now.signal,
    ask () { asked.abort() },
    askNow () {
      asked.abort()
      now.abort()
    }
  }
}

/**
 * Listen to SIGINT and SIGTERM. SIGHUP keeps what it meant when the process was started, so that `nohup` works.
 * @param supervised a supervisor decides when to end: the terminal's SIGINT, which reaches its children too, is not for us
 */
export function stopOnSignals (supervised = false): Stop {
  const stop = createStop()
  let first = 0
  const onSignal = (): void => {
    if (stop.asked.aborted) {
      if (performance.now() - first > onePressMs) stop.askNow()
      return
    }
    first = performance.now()
    stop.ask()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', supervised ? () => {} : onSignal)
  if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent(stop)
  return stop
}

/** A shell stands between npm and us. A SIGTERM for npm ends both of these, and would leave us behind unnoticed. */
function stopWithParent (stop: Stop): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop.ask()
  }, parentMs)
  timer.unref()
}

/** Resolves when `signal` aborts. */
export async function aborted (signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })
}

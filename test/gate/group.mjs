// A child and all it has started are one process group, where the system has such a thing.

/** Options of `spawn` for a child that leads a group of its own. */
export const leader = { detached: process.platform !== 'win32' }

/** Send `signal`, 0 to only ask, to the group that `child` leads; returns whether anybody was there. */
export function signalGroup (child, signal) {
  if (child.pid === undefined) return false
  try {
    return process.kill(process.platform === 'win32' ? child.pid : 0 - child.pid, signal)
  } catch {
    return false // all of it has ended
  }
}

/**
 * Makes an input that fails smaller: bytes are left out, then made 0. Knows nothing of what they mean.
 *
 * @module
 */
import type { Target } from './target.ts'

/** What is wrong with an input; undefined if nothing is. */
export async function wrongWith (target: Target, input: Uint8Array, note?: (line: string) => void): Promise<string | undefined> {
  try {
    await target.run(input, note)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.stack ?? error.message : String(error)
  }
}

/** The least of `input` that still fails, as far as that is found in `milliseconds`. */
export async function shrink (target: Target, input: Uint8Array, milliseconds: number): Promise<Uint8Array> {
  const until = performance.now() + milliseconds
  let least = input
  const attempt = async (smaller: Uint8Array): Promise<boolean> => {
    if (performance.now() > until || await wrongWith(target, smaller) === undefined) return false
    least = smaller
    return true
  }
  for (let size = least.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < least.length;) {
      if (!await attempt(Uint8Array.from([...least.subarray(0, at), ...least.subarray(at + size)]))) at += size
    }
  }
  for (let at = 0; at < least.length; at++) if (least[at] !== 0) await attempt(least.with(at, 0))
  return least
}

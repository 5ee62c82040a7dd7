/**
 * The target `operations`: the random pairs of test/support, drawn from bytes instead of from a seed, with the same oracle.
 *
 * @module
 */
import { OracleError } from '../../support/host.ts'
import { playDraws } from '../../support/pair.ts'
import { createRandom } from '../../support/random.ts'
import { Source } from '../source.ts'
import type { Target } from '../target.ts'

/** A byte that says how it ends, then all that is drawn. */
export const operations: Target = {
  name: 'operations',
  title: 'commands and deliveries on two machines, and every byte accounted for',
  longest: 400,
  run (input, note) {
    const draws = new Source(input)
    const { wrong, log } = playDraws(draws, draws.byte(), () => !draws.spent)
    log.forEach((line) => note?.(line))
    if (wrong !== undefined) throw new OracleError(wrong)
  },
  * seeds () {
    for (let seed = 1; seed <= 40; seed++) {
      const random = createRandom(seed)
      yield [String(seed), Uint8Array.from({ length: 20 * seed }, () => random.below(256))]
    }
  }
}

/**
 * The target `bytes`: whatever bytes a peer may send, to either dialect and role.
 *
 * @module
 */
import { concat } from '../../support/bytes.ts'
import { loadVectors } from '../../support/vectors.ts'
import { drawSetting, judge, SETTING } from '../one-machine.ts'
import { Source } from '../source.ts'
import type { Target } from '../target.ts'

/** Ten bytes of setting, then what the peer sends. */
export const bytes: Target = {
  name: 'bytes',
  title: 'any bytes, to one machine, in any pieces',
  longest: 1_000,
  run (input, note) {
    const draws = new Source(input)
    const setting = drawSetting(draws)
    judge(setting, draws.rest(), note)
  },
  * seeds () {
    for (const wire of [1, 2] as const) {
      for (const [name, entries] of loadVectors(wire)) {
        for (const role of ['client', 'server'] as const) {
          const sent = concat(entries.filter(({ from }) => from !== role).map((entry) => entry.bytes))
          if (sent.length === 0 || sent.length > 900) continue
          const setting = new Uint8Array(SETTING)
          setting[0] = (wire - 1) + (role === 'server' ? 2 : 0) + 8 + (name.startsWith('typed') ? 4 : 0)
          yield [`${wire}-${role}-${name}`, concat([setting, sent])]
        }
      }
    }
  }
}

// What Jazzer runs: one target, by the name in MUXADO_FUZZ. An input that fails stops it.
import { targets } from './targets.ts'
import { plain } from './targets/plain.ts'

const target = [...targets, plain].find(({ name }) => name === process.env.MUXADO_FUZZ)
if (target === undefined) throw new Error(`no target ${process.env.MUXADO_FUZZ}`)
const why = await target.start?.()
if (why !== undefined) throw new Error(why)

export const fuzz = data => target.run(Uint8Array.from(data))

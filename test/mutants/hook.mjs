// `NODE_OPTIONS="--import .../test/mutants/hook.mjs"`: runs a process with the mutant that MUXADO_MUTANT holds.
import { register } from 'node:module'

register('./load.mjs', import.meta.url)

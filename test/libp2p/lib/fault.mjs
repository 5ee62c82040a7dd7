// `node --import ./lib/fault.mjs`: the edits come as JSON in MUXADO_FAULT.
import { register } from 'node:module'

register('./fault-hooks.mjs', import.meta.url, { data: JSON.parse(process.env.MUXADO_FAULT ?? '[]') })

// npm run ok: the whole gate, the same here and in CI. `node test/ok.mjs arrows links` runs the named steps only.
import { runSteps } from './gate/steps.mjs'
import { commandLine } from './support/command.mjs'

const steps = ['types', 'lint', 'words', 'arrows', 'versions', 'api', 'coverage', 'browser', 'size', 'exports', 'packed', 'examples', 'links', 'readme', 'start', 'gate']
const usage = `npm run ok -- [STEPS]   run these steps of the gate, or all

steps: ${steps.join(' ')}`
const { positionals: wanted } = commandLine(usage, {}, steps)
process.exitCode = await runSteps(wanted.length > 0 ? wanted : steps) ? 0 : 1

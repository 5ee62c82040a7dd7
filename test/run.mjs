// npm test: types, lint, the unit tests, and those of pages in the browsers that are here or can be installed.
import { runSteps } from './gate/steps.mjs'
import { commandLine } from './support/command.mjs'

const steps = ['types', 'lint', 'arrows', 'unit', 'browser']
commandLine(`npm test   runs the steps ${steps.join(', ')} of the gate`)
process.exitCode = await runSteps(steps) ? 0 : 1

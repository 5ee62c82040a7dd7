// npm test: types, lint, the unit tests, and those of pages in the browsers that are here or can be installed.
import { runSteps } from './gate/steps.mjs'

process.exitCode = await runSteps(['types', 'lint', 'arrows', 'unit', 'browser']) ? 0 : 1

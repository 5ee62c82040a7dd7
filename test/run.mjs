// npm test: types, lint and the unit tests.
import { runSteps } from './gate/steps.mjs'

process.exitCode = await runSteps(['types', 'lint', 'arrows', 'unit']) ? 0 : 1

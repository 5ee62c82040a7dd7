// The unit tests, without coverage.
import { specs, testStep } from './mocha.mjs'

await testStep(specs, '`npx mocha FILE -g "part of the title"` runs one; a printed seed replays as docs/testing.md says.')

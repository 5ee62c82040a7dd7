// The gate's own tests: each step finds what it is for on a seeded copy.
import { testStep } from './mocha.mjs'

await testStep(['test/gate/*.spec.ts'], '`npx mocha test/gate/steps.spec.ts -g "part of the title"` runs one.')

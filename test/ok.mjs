// npm run ok: the whole gate, the same here and in CI. `node test/ok.mjs arrows docs` runs the named steps only.
import { runSteps } from './gate/steps.mjs'

const steps = ['types', 'lint', 'words', 'arrows', 'versions', 'api', 'coverage', 'browser', 'size', 'exports', 'packed', 'examples', 'links', 'readme', 'start', 'gate']
const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !steps.includes(name))
if (unknown.length > 0) {
  console.error(`no step ${unknown.join(', ')}; there are ${steps.join(', ')}`)
  process.exitCode = 1
} else {
  process.exitCode = await runSteps(wanted.length > 0 ? wanted : steps) ? 0 : 1
}

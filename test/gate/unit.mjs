// The unit tests, without coverage.
import { counts, failures, mochaBin, run, specs } from './mocha.mjs'
import { finish, root } from './report.mjs'

const { status, output } = await run(process.execPath, [mochaBin, '--reporter', 'dot', '--no-color', '--forbid-only', ...specs], { cwd: root })
const { passed, failed, skipped } = counts(output)
finish({
  checked: passed + failed,
  what: `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`,
  problems: status === 0 ? [] : [`${passed} passed, ${failed} failed, ${skipped} skipped`, ...failures(output)],
  remedy: '`npx mocha FILE -g "part of the title"` runs one; a printed seed replays as docs/testing.md says.'
})

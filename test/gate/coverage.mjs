// The unit tests under coverage, and its floors by package. Core is a machine: every branch of it is reached by a test, or gone.
import { transformSync } from 'esbuild'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { packages } from './files.mjs'
import { counts, failures, mochaBin, run, specs } from './mocha.mjs'
import { finish, root } from './report.mjs'
import { project } from './run-file.mjs'

/** Percent, at least; `others` are rooms without a line of their own. Raise a floor when what stands above it stays there. */
const floors = {
  core: { branches: 100, lines: 100 },
  session: { branches: 95, lines: 95 },
  node: { branches: 95, lines: 95 },
  deno: { branches: 95, lines: 95 },
  tunnel: { branches: 85, lines: 95 },
  others: { branches: 80, lines: 85 }
}

/** A module of types alone is gone at run time: nothing loads it, so nothing can count it. */
const erased = path => transformSync(readFileSync(path, 'utf8'), { loader: 'ts', format: 'esm' }).code.replace(/export \{\};?/, '').trim() === ''

const summary = join(root, 'coverage/coverage-summary.json')
rmSync(summary, { force: true })
const { status, output } = await run(process.execPath, [
  join(project, 'node_modules/c8/bin/c8.js'), process.execPath, mochaBin, '--reporter', 'spec', '--no-color', '--forbid-only', ...specs
], { cwd: root })
const { passed, failed, skipped } = counts(output)
const problems = status === 0 ? [] : failures(output)

/** Lines of `path` that lcov.info counts as never reached, as ranges. */
function missed (path, kind) {
  const record = readFileSync(join(root, 'coverage/lcov.info'), 'utf8').split('end_of_record').find(text => text.replace(/\\/g, '/').includes(`SF:${path}\n`)) ?? ''
  const lines = [...record.matchAll(kind === 'branches' ? /^BRDA:(\d+),\d+,\d+,0$/gm : /^DA:(\d+),0$/gm)].map(m => Number(m[1])).sort((a, b) => a - b)
  const ranges = []
  for (const line of new Set(lines)) {
    if (ranges.at(-1)?.[1] === line - 1) ranges.at(-1)[1] = line
    else ranges.push([line, line])
  }
  return ranges.map(([from, to]) => from === to ? from : `${from}-${to}`).join(', ') || '?'
}

const shares = []
if (existsSync(summary)) {
  const files = Object.entries(JSON.parse(readFileSync(summary, 'utf8'))).filter(([path]) => path !== 'total' && !erased(path))
    .map(([path, of]) => ({ path: relative(root, path).replace(/\\/g, '/'), of }))
  for (const room of packages(root)) {
    const own = files.filter(({ path }) => path.startsWith(`packages/${room}/src/`))
    if (own.length === 0) problems.push(`${room}: no file of it was covered or counted`)
    for (const kind of ['branches', 'lines']) {
      const total = own.reduce((n, { of }) => n + of[kind].total, 0)
      const reached = own.reduce((n, { of }) => n + of[kind].covered, 0)
      const percent = total === 0 ? 0 : 100 * reached / total
      const floor = (floors[room] ?? floors.others)[kind]
      if (kind === 'branches') shares.push(`${room} ${percent.toFixed(percent === 100 ? 0 : 1)} %`)
      if (percent >= floor) continue
      problems.push(`${room}: ${percent.toFixed(2)} % of ${kind} reached, floor ${floor} %. Where:`)
      for (const { path, of } of own.filter(({ of }) => of[kind].covered < of[kind].total)) {
        problems.push(`  ${path}: ${of[kind].covered} of ${of[kind].total}; not reached: line ${missed(path, kind)}`)
      }
    }
  }
} else {
  problems.push('c8 wrote no coverage/coverage-summary.json', ...output.trim().split('\n').slice(-8))
}

if (problems.length > 0) problems.unshift(`${passed} passed, ${failed} failed, ${skipped} skipped`)

finish({
  checked: passed + failed,
  what: `tests: ${passed} passed, ${failed} failed, ${skipped} skipped; branches: ${shares.join(', ')}`,
  problems,
  remedy: 'coverage/lcov.info has it line by line. Test what they do, or remove what nothing needs.'
})

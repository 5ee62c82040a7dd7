// `tsc -b` over packages, tests and examples, after removing what it once wrote for sources that are gone.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { list, packages } from './files.mjs'
import { prune } from './prune.mjs'
import { finish, root } from './report.mjs'
import { project } from './run-file.mjs'

const problems = []
prune(root)
const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'node_modules/typescript/bin/tsc'), '-b', '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
if (status !== 0) problems.push(...(stdout + stderr).trim().split('\n'))
for (const room of packages(root)) {
  if (status === 0 && !existsSync(join(root, 'packages', room, 'dist/index.d.ts'))) problems.push(`packages/${room}: tsc wrote no dist/index.d.ts`)
}

const files = ['packages', 'test', 'examples'].flatMap(dir => list(root, dir, '.ts')).length
finish({
  checked: packages(root).length === 0 ? 0 : files,
  what: `files type-check, ${packages(root).length} packages built`,
  problems,
  remedy: 'mend the types; `npm run types` alone repeats this step.'
})

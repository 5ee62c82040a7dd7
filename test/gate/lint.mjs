// oxlint over everything, warnings counting as errors.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { finish, root } from './report.mjs'
import { project } from './run-file.mjs'

const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'node_modules/oxlint/bin/oxlint'), '--deny-warnings'], { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } })
const [, files, rules] = /on (\d+) files? with (\d+) rules/.exec(stdout) ?? ['', '0', '0']

finish({
  checked: Number(files),
  what: `files, ${rules} rules`,
  problems: status === 0 ? [] : (stdout + stderr).trim().split('\n'),
  remedy: '`npx oxlint --fix` mends spacing and quotes; the rest by hand.'
})

// The tests that run in pages, in real browsers. Where there is none and none can be installed, this says so; in CI that is a failure.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './report.mjs'
import { project } from './run-file.mjs'

const args = ['--import', './test/ts.mjs', '--conditions=muxado-source', join(project, 'test/browser/run.mjs')]
const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
process.on('SIGTERM', () => { child.kill('SIGTERM') })
child.on('close', (code) => { process.exitCode = code ?? 1 })

// Bare clone to ready: installs what package-lock.json names, when it is not there yet or the lock has changed since.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'

const mark = 'node_modules/.muxado-setup'
const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
  console.log('installing dependencies (npm ci), once ...')
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error('npm ci failed. It needs Node 20.19 or newer and the npm registry; its message is above.')
    process.exit(1)
  }
  writeFileSync(mark, lock)
}

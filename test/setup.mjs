// Bare clone to ready: installs what package-lock.json names, unless it is there already. Needs nothing installed itself.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`)
  process.exit(1)
}

/** Whether node_modules holds every package of the lock file in its version; npm notes there what it has installed. */
function installed () {
  if (!existsSync('node_modules/.package-lock.json')) return false
  const packages = file => JSON.parse(readFileSync(file, 'utf8')).packages
  const have = packages('node_modules/.package-lock.json')
  return Object.entries(packages('package-lock.json')).every(([path, { version, optional, link }]) =>
    !path.includes('node_modules/') || optional || (have[path] !== undefined && (link || have[path].version === version)))
}

if (!installed()) {
  console.log('installing dependencies (npm ci), once ...')
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error('npm ci failed. It needs the npm registry, or a filled npm cache; its message is above.')
    process.exit(1)
  }
}

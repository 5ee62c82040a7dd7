// npm run release -- v0.2.0: what the workflow of a tag does. Publishes every package to npm, those that others need first, then to JSR. What is there
// already stays, so that a release that broke off can be run again. With --dry-run nothing leaves this machine.
import { spawnSync } from 'node:child_process'
import { json } from '../gate/files.mjs'
import { sections } from '../gate/version-places.mjs'
import { commandLine } from '../support/command.mjs'
import { build, findDeno, here, installTools, published, root } from './lib.mjs'
import { join } from 'node:path'

const { env } = process
const { positionals: [tag, ...more], values: { 'dry-run': dryRun } } = commandLine(`npm run release -- TAG   publish every package to npm and JSR, as TAG says: v0.2.0
--dry-run   nothing leaves this machine`, { 'dry-run': { type: 'boolean', default: false } }, 'any')
const { version } = json(root, 'packages/core/package.json')
const why = refusal()
if (why !== undefined) {
  console.error(`${why}. Nothing was published; docs/releasing.md says what comes first.`)
  process.exitCode = 1
} else {
  process.exitCode = installTools() && build() && toNpm() && toJsr() ? 0 : 1
}

/** Why there is nothing to publish, or undefined. */
function refusal () {
  if (tag === undefined || more.length > 0) return 'Which tag? npm run release -- v0.2.0'
  if (tag !== `v${version}`) return `The tag ${tag} is not v${version}, which the packages have`
  if (spawnSync(process.execPath, [join(here, '../gate/versions.mjs'), root], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) return 'Versions are not in step: npm run versions'
  const [newest] = sections(root)
  if (newest?.state !== 'released') return `CHANGELOG.md begins with "${newest?.heading}": npm run versions -- ${version}`
  const { repository } = json(root, 'package.json')
  if (env.GITHUB_REPOSITORY !== undefined && !repository.url.endsWith(`github.com/${env.GITHUB_REPOSITORY}.git`)) {
    return `This is ${env.GITHUB_REPOSITORY}, "repository" in package.json is ${repository.url}: npm takes no provenance from elsewhere`
  }
  const changed = spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).stdout.trim()
  return changed === '' ? undefined : `There is what was not committed:\n${changed}\n`
}

function run (program, args, stdio = 'inherit') {
  return spawnSync(program, args, { cwd: root, stdio, encoding: 'utf8', shell: process.platform === 'win32' })
}

function toNpm () {
  // a version that is to be tried is not what `npm install` gives
  const how = ['--access', 'public', '--ignore-scripts', '--tag', version.includes('-') ? 'next' : 'latest']
  if (env.GITHUB_ACTIONS === 'true') how.push('--provenance')
  if (dryRun) how.push('--dry-run')
  return published().every(({ room, manifest: { name } }) => {
    if (run('npm', ['view', `${name}@${version}`, 'version', '--loglevel=silent'], ['ignore', 'pipe', 'ignore']).stdout.trim() === version) {
      console.log(`npm has ${name}@${version}`)
      return true
    }
    return run('npm', ['publish', ...how, `--workspace=packages/${room}`]).status === 0
  })
}

function toJsr () {
  const deno = findDeno()
  if (deno === undefined) return false
  // on GitHub, Deno proves who it is as npm does; it leaves out versions that are there
  const token = env.JSR_TOKEN === undefined ? [] : ['--token', env.JSR_TOKEN]
  return run(deno, ['publish', ...dryRun ? ['--dry-run'] : [], ...token]).status === 0
}

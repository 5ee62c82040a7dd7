// npm run versions: whether all places say the same version. `npm run versions -- 0.2.0` makes them say 0.2.0, and CHANGELOG.md what it is about.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { json, text } from '../gate/files.mjs'
import { commandLine } from '../support/command.mjs'
import { compare, isVersion, rewritten, sections } from '../gate/version-places.mjs'

const root = process.cwd()
const step = fileURLToPath(new URL('../gate/versions.mjs', import.meta.url))
const check = () => spawnSync(process.execPath, [step, root], { cwd: root, stdio: 'inherit' }).status ?? 1

/** Why `version` cannot be the next one, or undefined. */
function refusal (version) {
  if (!isVersion(version)) {
    return `${version} is no version: three numbers, 0.2.0, or with what comes before it, 0.2.0-rc.1${/^v\d/.test(version) ? '. Without the v, which is for tags' : ''}`
  }
  const current = json(root, 'packages/core/package.json').version
  if (isVersion(current) && compare(version, current) < 0) return `${version} comes before ${current}, which the packages have now`
  const [newest, ...older] = sections(root)
  const last = [newest, ...older].find(section => section?.state === 'released')
  if (last !== undefined && compare(version, last.version) <= 0) return `${version} does not come after ${last.version}, released on ${last.date}`
  if (newest?.state !== 'unreleased') return 'CHANGELOG.md does not begin with a section "## Unreleased": write there what changes for users'
  if (newest.body === '') return `CHANGELOG.md: "${newest.heading}" says nothing: write there what changes for users`
  return undefined
}

const { positionals: [version, ...more] } = commandLine('npm run versions -- [VERSION]   whether all places say the same version; with one, make them say it', {}, 'any')
if (version === undefined) {
  process.exitCode = check()
} else {
  const why = more.length > 0 ? `one version, not ${more.length + 1}: npm run versions -- 0.2.0` : refusal(version)
  if (why !== undefined) {
    console.error(why)
    process.exitCode = 1
  } else {
    const files = rewritten(root, version)
    const { heading } = sections(root)[0]
    files.set('CHANGELOG.md', text(root, 'CHANGELOG.md').replace(heading, `## ${version} (${new Date().toISOString().slice(0, 10)})`))
    for (const [file, content] of files) {
      writeFileSync(join(root, file), content)
      console.log(`wrote ${file}`)
    }
    process.exitCode = check()
    console.log(`Next: look at the changes, \`npm ci --dry-run\`, commit, and tag the commit v${version}. docs/releasing.md has the rest.`)
  }
}

// All packages share one version, wherever it stands: manifests of npm and JSR, what they take of each other, the lock file, pages, CHANGELOG.md.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { json, packages } from './files.mjs'
import { finish, root } from './report.mjs'
import { compare, isVersion, notOnJsr, read, sections } from './version-places.mjs'

const problems = []
const found = read(root)
const version = existsSync(join(root, 'packages/core/package.json')) ? json(root, 'packages/core/package.json').version : undefined
if (!isVersion(version ?? '')) problems.push(`packages/core/package.json: ${version} is no version`)
for (const { where, version: other } of found) if (other !== version) problems.push(`${where}: says ${other}, packages/core says ${version}`)

const repository = json(root, 'package.json').repository?.url
for (const room of packages(root)) {
  const manifest = json(root, `packages/${room}/package.json`)
  if (manifest.private === true) continue // nobody gets it
  if (manifest.repository?.url !== repository || manifest.repository?.directory !== `packages/${room}`) problems.push(`packages/${room}/package.json: "repository" is not that of package.json, with "directory": "packages/${room}"`)
  const onJsr = existsSync(join(root, `packages/${room}/deno.json`))
  if (onJsr === notOnJsr.has(room)) problems.push(`packages/${room}: ${onJsr ? 'has a deno.json, and test/gate/version-places.mjs says that JSR does not get it' : 'has no deno.json; say in test/gate/version-places.mjs why JSR does not get it'}`)
  if (!onJsr) continue
  const jsr = json(root, `packages/${room}/deno.json`)
  const sources = Object.fromEntries(Object.entries(manifest.exports).map(([entry, to]) => [entry, to['muxado-source']]))
  const exported = typeof jsr.exports === 'string' ? { '.': jsr.exports } : jsr.exports
  if (jsr.name !== manifest.name) problems.push(`packages/${room}/deno.json: is called ${jsr.name}`)
  // what the sources import and npm's users install themselves, JSR has to be told of
  const peers = Object.fromEntries(Object.entries(manifest.peerDependencies ?? {}).filter(([name]) => !name.startsWith('@muxado/')).map(([name, range]) => [name, `npm:${name}@${range}`]))
  if (JSON.stringify(jsr.imports ?? {}) !== JSON.stringify(peers)) problems.push(`packages/${room}/deno.json: "imports" are not the peer dependencies of package.json: ${JSON.stringify(peers)}`)
  if (JSON.stringify(exported) !== JSON.stringify(sources)) problems.push(`packages/${room}/deno.json: "exports" are not the sources of those of package.json: ${JSON.stringify(sources)}`)
}

const all = sections(root)
for (const { heading, state } of all) if (state === 'unknown') problems.push(`CHANGELOG.md: "${heading}" is neither "## Unreleased", "## Unreleased: ${version}" nor "## ${version} (YYYY-MM-DD)"`)
if (all.slice(1).some(({ state }) => state === 'unreleased')) problems.push('CHANGELOG.md: only the first section is "Unreleased"')
if (all[0]?.version !== undefined && all[0].version !== version) problems.push(`CHANGELOG.md: "${all[0].heading}" comes first, packages/core says ${version}`)
const released = all.filter(({ state }) => state === 'released').map(section => section.version)
released.forEach((later, i) => {
  if (i > 0 && !(compare(later, released[i - 1]) < 0)) problems.push(`CHANGELOG.md: ${later} stands below ${released[i - 1]}`)
})

finish({
  checked: found.length,
  what: `places say ${version}, in manifests of npm and JSR, the lock file and pages`,
  problems,
  remedy: `\`npm run versions -- ${isVersion(version ?? '') ? version : '0.2.0'}\` writes all of them; docs/releasing.md says when.`
})

// A release from its first command to its last, in a copy of the project, to registries on this machine: `npm run versions`, a commit, and what the
// workflow runs. And that it refuses what is no release.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { json, text } from '../gate/files.mjs'
import { notOnJsr } from '../gate/version-places.mjs'
import { check, end, findDeno, published, root, run } from './lib.mjs'
import { serveJsr } from './local-jsr.mjs'
import { serveNpm } from './local-npm.mjs'

const version = '1234.5.6'
if (findDeno() !== undefined) await all()
end('of a release in a copy of the project')

async function all () {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'muxado-release-')))
  const npm = await serveNpm()
  const jsr = await serveJsr()
  try {
    await prepare(copy)
    const env = {
      ...process.env, NO_COLOR: '1', JSR_URL: jsr.url, JSR_TOKEN: 'any', DENO_DIR: join(copy, '.build/deno'), GITHUB_ACTIONS: undefined, GITHUB_REPOSITORY: undefined,
      npm_config_registry: npm.url, [`npm_config_//${new URL(npm.url).host}/:_authToken`]: 'any'
    }
    const release = async (args, more = {}) => await run(process.execPath, ['test/packages/release.mjs', ...args], { cwd: copy, env: { ...env, ...more }, timeoutMs: 180_000 })
    const refuses = async (title, complaint, args, more) => {
      const { status, output } = await release(args, more)
      check(`refuses ${title}`, status === 1 && output.includes(complaint) && npm.published.length === 0 && jsr.packages.size === 0 ? undefined : `exit ${status}: ${output}`)
    }

    await refuses('no tag', 'Which tag?', [])
    const now = json(copy, 'packages/core/package.json').version
    await refuses('what is not released', 'CHANGELOG.md begins with "## Unreleased', [`v${now}`])
    const versions = await run(process.execPath, ['test/packages/versions.mjs', version], { cwd: copy })
    if (!check('npm run versions', versions.status === 0 ? undefined : versions.output)) return
    await refuses('a tag of another version', `The tag v${now} is not v${version}`, [`v${now}`])
    await refuses('what is not committed', 'There is what was not committed', [`v${version}`])
    await commit(copy, `Release ${version}`)
    await refuses('to publish from elsewhere', 'This is somebody/else', [`v${version}`], { GITHUB_REPOSITORY: 'somebody/else' })
    const changelog = text(copy, 'packages/core/package.json')
    writeFileSync(join(copy, 'packages/core/package.json'), changelog.replace('"license": "MIT"', '"license": "MIT" '))
    await refuses('what is not committed', 'packages/core/package.json', [`v${version}`])
    writeFileSync(join(copy, 'packages/core/package.json'), changelog)

    const first = await release([`v${version}`])
    if (!check('publishes', first.status === 0 ? undefined : first.output)) return
    const order = published().map(({ manifest }) => manifest.name)
    check('npm gets every package, those that others need first', JSON.stringify(npm.published.map(({ manifest }) => manifest.name)) === JSON.stringify(order) ? undefined : npm.published.map(({ manifest }) => manifest.name).join(', '))
    for (const { manifest, tags, access } of npm.published) {
      const taken = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(([name]) => name.startsWith('@muxado/'))
      const wrong = manifest.version !== version || tags.latest !== version || access !== 'public' || taken.some(([, range]) => range !== version)
      check(`${manifest.name}: version, tag, access and what it takes`, wrong ? JSON.stringify({ version: manifest.version, tags, access, taken }) : undefined)
    }
    const forJsr = published().filter(({ room }) => !notOnJsr.has(room)).map(({ manifest }) => manifest.name)
    const onJsr = jsr.packages.size === forJsr.length && forJsr.every(name => jsr.packages.get(name)?.version === version)
    check('JSR gets every package that is for it', onJsr ? undefined : [...jsr.packages.keys()].join(', '))

    npm.published.pop() // as if it had broken off before the last
    const again = await release([`v${version}`])
    check('publishes what is missing when it is run again', again.status === 0 && npm.published.length === order.length && again.output.includes(`npm has ${order[0]}@${version}`) ? undefined : again.output)
  } finally {
    npm.close()
    jsr.close()
    rmSync(copy, { recursive: true, force: true })
  }
}

/** What a release reads, with installed packages as they are here. */
async function prepare (copy) {
  const left = new Set(['node_modules', 'dist', '.build', '.git', 'coverage'])
  const files = ['packages', 'test/gate', 'test/packages', 'test/support', 'docs', 'package.json', 'package-lock.json', 'deno.json', 'tsconfig.base.json', 'CHANGELOG.md', 'README.md', '.npmrc', '.gitignore']
  for (const file of files) cpSync(join(root, file), join(copy, file), { recursive: true, filter: source => !left.has(basename(source)) })
  symlinkSync(join(root, 'test/packages/node_modules'), join(copy, 'test/packages/node_modules'), 'junction')
  mkdirSync(join(copy, 'node_modules/@muxado'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules'))) if (name !== '@muxado') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name), 'junction')
  for (const { room } of published()) {
    symlinkSync(join(copy, 'packages', room), join(copy, 'node_modules/@muxado', room), 'junction')
    const nested = join(root, 'packages', room, 'node_modules')
    if (existsSync(nested)) symlinkSync(nested, join(copy, 'packages', room, 'node_modules'), 'junction')
  }
  writeFileSync(join(copy, '.gitignore'), `${text(copy, '.gitignore')}node_modules\n`)
  await run('git', ['init', '--quiet'], { cwd: copy })
  await commit(copy, 'All of it')
}

async function commit (copy, message) {
  await run('git', ['add', '--all'], { cwd: copy })
  await run('git', ['-c', 'user.name=release', '-c', 'user.email=release@example.org', 'commit', '--quiet', `--message=${message}`], { cwd: copy })
}

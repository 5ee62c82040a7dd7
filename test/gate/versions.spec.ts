import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Seeded } from './seeded.ts'

const module: string = './version-places.mjs' // JavaScript, which has no types here
const { compare, isVersion } = await import(module) as { compare: (a: string, b: string) => number, isVersion: (version: string) => boolean }
const command = fileURLToPath(new URL('../packages/versions.mjs', import.meta.url))
const repository = (room?: string): object => ({ type: 'git', url: 'git+https://example.org/house.git', ...(room === undefined ? {} : { directory: `packages/${room}` }) })
const manifest = (room: string, more: object = {}): string => `${JSON.stringify({
  name: `@muxado/${room}`, version: '0.1.0', repository: repository(room), exports: { '.': { 'muxado-source': './src/index.ts', default: './dist/index.js' } }, ...more
}, null, 2)}\n`
const jsr = (room: string, more: object = {}): string => `${JSON.stringify({ name: `@muxado/${room}`, version: '0.1.0', exports: './src/index.ts', ...more }, null, 2)}\n`
const lock = (version: string, taken: string): string => `${JSON.stringify({
  name: 'house', lockfileVersion: 3, packages: {
    '': { name: 'house' },
    'node_modules/@muxado/core': { resolved: 'packages/core', link: true },
    'node_modules/p-defer': { version: '4.0.1' },
    'packages/core': { name: '@muxado/core', version },
    'packages/tunnel': { name: '@muxado/tunnel', version, dependencies: { '@muxado/core': taken, 'p-defer': '^4.0.1' } }
  }
}, null, 2)}\n`

/** Two packages, one of them not on JSR, before their first release. */
const house: Readonly<Record<string, string>> = {
  'package.json': `${JSON.stringify({ name: 'house', repository: repository() })}\n`,
  'package-lock.json': lock('0.1.0', '0.1.0'),
  'CHANGELOG.md': '# Changes\n\n## Unreleased: 0.1.0\n\nCompatible:\n\n- All of it.\n',
  'docs/deno.md': 'Import `npm:@muxado/core@0.1.0`, or `jsr:@muxado/core@^0.1.0`; `ws@8.18.0` is another matter.\n',
  'packages/core/package.json': manifest('core'),
  'packages/core/deno.json': jsr('core'),
  'packages/tunnel/package.json': manifest('tunnel', { dependencies: { '@muxado/core': '0.1.0', 'p-defer': '^4.0.1' } })
}

let tree: Seeded
const put = (files: Readonly<Record<string, string>>): void => { for (const [path, content] of Object.entries(files)) tree.write(path, content) }
const content = (path: string): string => readFileSync(join(tree.root, path), 'utf8')
const npmRunVersions = (...args: string[]): { readonly status: number | null, readonly output: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: tree.root, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

beforeEach(() => {
  tree = new Seeded([])
  put(house)
})
afterEach(() => { tree.dispose() })

describe('the versions step of the gate', () => {
  it('passes when all places say the same', () => {
    const { status, output } = tree.run('versions')
    expect(output).to.match(/^9 places say 0\.1\.0/)
    expect(status).to.equal(0)
  })

  it('lets a package that is not published be without manifest of JSR and repository', () => {
    put({ 'packages/node/package.json': '{ "private": true, "version": "0.1.0" }' })
    expect(tree.run('versions').status).to.equal(0)
  })

  const seeds: ReadonlyArray<readonly [name: string, path: string, content: string, complaint: RegExp]> = [
    ['a package of another version', 'packages/tunnel/package.json', manifest('tunnel', { version: '0.1.1' }), /packages\/tunnel\/package\.json:\d+: says 0\.1\.1, packages\/core says 0\.1\.0/],
    ['a package that takes another version', 'packages/tunnel/package.json', manifest('tunnel', { dependencies: { '@muxado/core': '^0.1.0' } }), /tunnel\/package\.json:\d+: says \^0\.1\.0/],
    ['a manifest of JSR that stayed behind', 'packages/core/deno.json', jsr('core', { version: '0.0.9' }), /packages\/core\/deno\.json:\d+: says 0\.0\.9/],
    ['a manifest of JSR with other entries', 'packages/core/deno.json', jsr('core', { exports: { '.': './src/index.ts', './more': './src/more.ts' } }), /core\/deno\.json: "exports" are not the sources/],
    ['a peer that JSR is not told of', 'packages/core/package.json', manifest('core', { peerDependencies: { ws: '^8.18.0' } }), /core\/deno\.json: "imports" are not the peer dependencies of package\.json: \{"ws":"npm:ws@\^8\.18\.0"\}/],
    ['a package that JSR should not get', 'packages/tunnel/deno.json', jsr('tunnel'), /packages\/tunnel: has a deno\.json/],
    ['a package that JSR does not get, and nobody said why', 'packages/node/package.json', manifest('node'), /packages\/node: has no deno\.json/],
    ['a lock file that stayed behind', 'package-lock.json', lock('0.0.9', '0.1.0'), /package-lock\.json, "packages\/core", "version": says 0\.0\.9/],
    ['a dependency in the lock file that stayed behind', 'package-lock.json', lock('0.1.0', '0.0.9'), /package-lock\.json, "packages\/tunnel", "@muxado\/core": says 0\.0\.9/],
    ['a page that names another version', 'docs/deno.md', 'Import\n`jsr:@muxado/core@^0.0.9/heartbeat`', /docs\/deno\.md:2: says 0\.0\.9/],
    ['a package of another repository', 'packages/core/package.json', manifest('core', { repository: repository('session') }), /core\/package\.json: "repository"/],
    ['a heading of no known form', 'CHANGELOG.md', '# Changes\n\n## 0.1.0\n', /"## 0\.1\.0" is neither/],
    ['a release that the packages do not have', 'CHANGELOG.md', '# Changes\n\n## 0.2.0 (2027-01-01)\n', /"## 0\.2\.0 \(2027-01-01\)" comes first, packages\/core says 0\.1\.0/],
    ['something unreleased below a release', 'CHANGELOG.md', '# Changes\n\n## 0.1.0 (2027-01-01)\n\n## Unreleased\n', /only the first section is "Unreleased"/],
    ['releases in the wrong order', 'CHANGELOG.md', '# Changes\n\n## Unreleased\n\n## 0.0.8 (2027-01-01)\n\n## 0.0.9 (2027-01-02)\n', /0\.0\.9 stands below 0\.0\.8/]
  ]
  for (const [name, path, text, complaint] of seeds) {
    it(`finds ${name}`, () => {
      put({ [path]: text })
      const { status, output } = tree.run('versions')
      expect(output).to.match(complaint)
      expect(output).to.include('What to do:')
      expect(status).to.equal(1)
    })
  }
}).timeout(20_000)

describe('npm run versions', () => {
  it('says whether all is in step when it is given no version', () => {
    expect(npmRunVersions().status).to.equal(0)
    put({ 'packages/core/deno.json': jsr('core', { version: '0.0.9' }) })
    expect(npmRunVersions()).to.have.property('status', 1)
  })

  it('writes a version to every place, and the date to CHANGELOG.md', () => {
    const { status, output } = npmRunVersions('0.2.0')
    expect(output).to.match(/9 places say 0\.2\.0[^]*tag the commit v0\.2\.0/)
    expect(status).to.equal(0)
    expect(content('packages/core/package.json')).to.equal(manifest('core', { version: '0.2.0' }))
    expect(content('packages/core/deno.json')).to.equal(jsr('core', { version: '0.2.0' }))
    expect(content('packages/tunnel/package.json')).to.equal(manifest('tunnel', { version: '0.2.0', dependencies: { '@muxado/core': '0.2.0', 'p-defer': '^4.0.1' } }))
    expect(content('package-lock.json')).to.equal(lock('0.2.0', '0.2.0'))
    expect(content('docs/deno.md')).to.equal('Import `npm:@muxado/core@0.2.0`, or `jsr:@muxado/core@^0.2.0`; `ws@8.18.0` is another matter.\n')
    expect(content('CHANGELOG.md')).to.match(/^# Changes\n\n## 0\.2\.0 \(\d{4}-\d\d-\d\d\)\n\nCompatible:\n\n- All of it\.\n$/)
  })

  it('releases the version that the packages have already, if nobody has it yet', () => {
    expect(npmRunVersions('0.1.0').status).to.equal(0)
    expect(content('CHANGELOG.md')).to.match(/^## 0\.1\.0 \(/m)
    expect(content('packages/core/package.json')).to.equal(house['packages/core/package.json'])
  })

  it('brings what had parted back in step', () => {
    put({ 'packages/core/deno.json': jsr('core', { version: '0.0.9' }), 'package-lock.json': lock('0.0.9', '0.1.0') })
    expect(npmRunVersions('0.1.1').status).to.equal(0)
  })

  const released = '# Changes\n\n## Unreleased\n\n- More.\n\n## 0.1.0 (2027-01-01)\n\n- All of it.\n'
  const refused: ReadonlyArray<readonly [name: string, args: readonly string[], changes: string | undefined, why: RegExp]> = [
    ['a word', ['latest'], undefined, /^latest is no version: three numbers, 0\.2\.0/],
    ['two numbers', ['0.2'], undefined, /^0\.2 is no version/],
    ['numbers with leading zeros', ['0.02.0'], undefined, /^0\.02\.0 is no version/],
    ['a tag', ['v0.2.0'], undefined, /^v0\.2\.0 is no version.*Without the v/],
    ['build metadata, which registries do not tell apart', ['0.2.0+1'], undefined, /is no version/],
    ['two versions', ['0.2.0', '0.3.0'], undefined, /^one version, not 2/],
    ['a version before the present one', ['0.0.9'], undefined, /^0\.0\.9 comes before 0\.1\.0/],
    ['what comes before the present one', ['0.1.0-rc.1'], undefined, /^0\.1\.0-rc\.1 comes before 0\.1\.0/],
    ['a version that is out', ['0.1.0'], released, /^0\.1\.0 does not come after 0\.1\.0, released on 2027-01-01/],
    ['a release about nothing', ['0.2.0'], released.replace('- More.\n\n', ''), /"## Unreleased" says nothing/],
    ['a release without a section of its own', ['0.2.0'], released.replace('## Unreleased\n\n- More.\n\n', ''), /does not begin with a section "## Unreleased"/]
  ]
  for (const [name, args, changes, why] of refused) {
    it(`refuses ${name}, and writes nothing`, () => {
      if (changes !== undefined) put({ 'CHANGELOG.md': changes })
      const { status, output } = npmRunVersions(...args)
      expect(output).to.match(why)
      expect(status).to.equal(1)
      for (const [path, before] of Object.entries(house)) if (path !== 'CHANGELOG.md') expect(content(path)).to.equal(before)
      expect(content('CHANGELOG.md')).to.equal(changes ?? house['CHANGELOG.md'])
    })
  }
}).timeout(20_000)

describe('compare', () => {
  it('puts versions in the order of semantic versioning', () => {
    const order = ['0.1.0-0', '0.1.0-2', '0.1.0-10', '0.1.0-rc', '0.1.0-rc.2', '0.1.0-rc.2.1', '0.1.0-rc.10', '0.1.0-rc.x', '0.1.0', '0.1.2', '0.1.10', '0.2.0', '1.0.0']
    for (const [i, a] of order.entries()) {
      expect(isVersion(a), a).to.equal(true)
      for (const [j, b] of order.entries()) expect(Math.sign(compare(a, b)), `${a} ${b}`).to.equal(Math.sign(i - j))
    }
  })
})

import { expect } from 'chai'
import { Seeded } from './seeded.ts'

/** A house of one small package, in which every step that does not run the real packages passes. */
const house: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module", "scripts": { "start": "x", "test": "x" }, "devDependencies": {} }',
  'README.md': '# House\n\n`npm start`, `npm test`, [rules](CONTRIBUTING.md#how-it-is-kept), [spec](docs/PROTOCOL.md#12-terms)\n\n```ts\nconsole.log(1 + 1)\n// prints: 2\n```\n',
  'CONTRIBUTING.md': '# Contributing\n\n## How it is kept\n',
  'CHANGELOG.md': '# Changes\n',
  'docs/ARCHITECTURE.md': '# Architecture\n',
  'docs/PROTOCOL.md': '# Protocol\n\n## 1 Overview\n\n### 1.2 Terms\n\n## Appendix A\n',
  'packages/core/package.json': '{ "name": "@muxado/core", "exports": { ".": { "muxado-source": "./src/index.ts" } } }',
  'packages/core/README.md': '# core\n',
  'packages/core/src/index.ts': '/**\n * The only module.\n *\n * @module\n */\n\n/** One more (spec 1.2). */\nexport const next = (n: number): number => n + 1\n',
  'packages/core/dist/index.d.ts': '/**\n * The only module.\n *\n * @module\n */\n/** One more (spec 1.2), any. */\nexport declare const next: (n: number, any?: "any") => number;\n',
  'examples/two.ts': 'console.log(1 + 1)\n// prints: 2\n',
  'test/tsconfig.json': '{ "compilerOptions": { "strict": true, "noEmit": true, "module": "nodenext", "target": "es2022", "types": ["node"] } }'
}

type Seed = readonly [name: string, path: string, content: string | undefined, complaint: RegExp]

const seeds: Readonly<Record<string, readonly Seed[]>> = {
  links: [
    ['a link that leads nowhere', 'docs/more.md', '[x](gone.md)', /docs\/more\.md:1: gone\.md leads nowhere/],
    ['a link out of the tree', 'docs/more.md', '[x](../../etc/passwd)', /leads nowhere/],
    ['an anchor without its heading', 'docs/more.md', 'see\n[x](PROTOCOL.md#13-gone)', /docs\/more\.md:2: docs\/PROTOCOL\.md has no heading for #13-gone/],
    ['a reference link that leads nowhere', 'docs/more.md', 'see [x]\n\n[x]: ./gone.md', /docs\/more\.md:3: \.\/gone\.md leads nowhere/],
    ['a section that is cited and not there', 'packages/core/src/more.ts', '/** x (spec 1.2, 1.7) */', /more\.ts:1: cites spec 1\.7/],
    ['a section that a test cites and that is not there', 'packages/core/test/x.spec.ts', '// spec 9.9', /x\.spec\.ts:1: cites spec 9\.9/],
    ['two sections of one number', 'docs/PROTOCOL.md', '## 1 A\n## 1 B\n### 1.2 C\n', /two sections 1\b/],
    ['an npm script that is not there', 'docs/more.md', '```sh\nnpm run gone\n```', /shows `npm run gone`/],
    ['a front page without npm test', 'README.md', 'npm start [x](CHANGELOG.md)', /README\.md: does not name `npm test`/],
    ['a missing changelog', 'CHANGELOG.md', undefined, /CHANGELOG\.md: does not exist/],
    ['a tree that cites nothing', 'packages/core/src/index.ts', 'export {}', /no `spec n\.m` in any source/]
  ],
  api: [
    ['an export without a doc comment', 'packages/core/dist/index.d.ts', '/** @module */\nexport declare class Bare {\n}\n', /index\.ts: Bare is exported without a doc comment/],
    ['an export that is any', 'packages/core/dist/index.d.ts', '/** @module */\n/** It takes any. */\nexport declare const next: (n: any) => void;\n', /index\.d\.ts:3: says any: export declare const next/],
    ['any inside an exported type', 'packages/core/dist/index.d.ts', '/** @module */\n/** A list. */\nexport interface List {\n    readonly items: any[];\n}\n', /index\.d\.ts:4: says any/],
    ['a module without its sentence', 'packages/core/src/index.ts', '/** One. */\nexport const one = 1\n', /does not open with a comment/],
    ['an entry without its sentence', 'packages/core/src/index.ts', "export { next } from './next.ts'\n", /index\.ts: does not open with a comment/],
    ['a source that was not built', 'packages/core/src/more.ts', '/** More. @module */\n', /has no packages\/core\/dist\/more\.d\.ts/],
    ['nothing to check', 'packages', undefined, /nothing to check/]
  ],
  words: [
    ['an exclusive test', 'packages/core/test/x.spec.ts', "it.only('holds', () => {})", /a test runs always/],
    ['a skipped test', 'packages/core/test/x.spec.ts', "describe.skip('x', () => {})", /a test runs always/],
    ['a title with should', 'packages/core/test/x.spec.ts', "it('should hold', () => {})", /a plain sentence/],
    ['a private keyword', 'packages/core/src/x.ts', '  private readonly n = 1', /private is #/],
    ['a path of one machine', 'docs/more.md', 'see /home/me/muxado', /a path of one machine/]
  ],
  examples: [
    ['an example that fails', 'examples/two.ts', 'process.exitCode = 3\n// prints: 2\n', /two\.ts: exits with 3/],
    ['an example that throws', 'examples/two.ts', "throw new Error('no')\n// prints: 2\n", /exits with 1[^]*Error: no/],
    ['an example that prints something else', 'examples/two.ts', 'console.log(3)\n// prints: 2\n', /ends with `3`, not `2`/],
    ['an example that complains', 'examples/two.ts', 'console.error(1)\nconsole.log(2)\n// prints: 2\n', /writes to stderr/],
    ['an example that promises nothing', 'examples/two.ts', 'console.log(2)\n', /its last line is not/],
    ['an example that is too long', 'examples/two.ts', `${'\n'.repeat(60)}console.log(2)\n// prints: 2\n`, /62 lines, at most 60/],
    ['no examples', 'examples', undefined, /nothing to check/]
  ],
  readme: [
    ['a block that does not type-check', 'README.md', '```ts\nconst n: number = String(1)\nconsole.log(n)\n// prints: 1\n```\n', /readme-md-1\.ts\(1,7\): error TS2322/],
    ['a block that prints something else', 'packages/core/README.md', '# core\n\n```ts\nconsole.log(3)\n// prints: 2\n```\n', /packages\/core\/README\.md:3: ends with `3`, not `2`/],
    ['a front page without a program', 'README.md', '# House\n', /shows no TypeScript/],
    ['a package without a page', 'packages/core/README.md', undefined, /packages\/core\/README\.md: does not exist/]
  ],
  size: [
    ['a bundle over its budget', 'packages/core/src/index.ts', `export const x = '${noise(20_000)}'\n`, /core: \d+ B gzipped, \d+ B over its 8192 B/],
    ['a module of a runtime', 'packages/core/src/index.ts', "export * from 'node:net'\n", /core: does not bundle/],
    ['a package without an entry', 'packages/core/src', undefined, /core: has no src\/index\.ts/]
  ]
}

/** A core whose only branch is tested, and the settings that tests run with. */
const tested: Readonly<Record<string, string>> = {
  'packages/core/src/index.ts': '/** Bigger. */\nexport function max (a: number, b: number): number {\n  return a > b ? a : b\n}\n',
  'packages/core/test/max.spec.ts': "import { strictEqual } from 'node:assert'\nimport { max } from '../src/index.ts'\nit('takes the bigger', () => { strictEqual(max(1, 2) + max(2, 1), 4) })\n"
}

describe('the coverage step of the gate', () => {
  let tree: Seeded
  beforeEach(() => {
    tree = new Seeded(['.mocharc.json', '.c8rc.json', 'test/strict.mjs', 'test/ts.mjs', 'test/ts-hooks.mjs'])
    tree.write('packages/core/package.json', '{ "name": "@muxado/core", "type": "module" }')
    for (const [path, content] of Object.entries(tested)) tree.write(path, content)
  })
  afterEach(() => { tree.dispose() })

  it('passes when every branch of core is reached', () => {
    const { status, output } = tree.run('coverage')
    expect(output).to.include('1 passed, 0 failed, 0 skipped; branches: core 100 %')
    expect(status).to.equal(0)
  })

  it('finds a branch that no test reaches', () => {
    tree.write('packages/core/test/max.spec.ts', "import { max } from '../src/index.ts'\nit('runs', () => { max(1, 2) })\n")
    const { status, output } = tree.run('coverage')
    expect(output).to.match(/core: \d+\.\d+ % of branches reached, floor 100 %[^]*packages\/core\/src\/index\.ts/)
    expect(status).to.equal(1)
  })

  it('finds a file that no test loads', () => {
    tree.write('packages/core/src/more.ts', 'export const twice = (n: number): number => {\n  return n * 2\n}\n')
    const { status, output } = tree.run('coverage')
    expect(output).to.match(/core: \d+\.\d+ % of (?:branches|lines) reached[^]*packages\/core\/src\/more\.ts/)
    expect(status).to.equal(1)
  })

  it('leaves out a file of types alone', () => {
    tree.write('packages/core/src/types.ts', '/** A pair. */\nexport interface Pair {\n  readonly a: number\n  readonly b: number\n}\n')
    expect(tree.run('coverage').status).to.equal(0)
  })

  it('finds a test that fails', () => {
    tree.write('packages/core/test/more.spec.ts', "it('fails', () => { throw new Error('seeded') })\n")
    const { status, output } = tree.run('coverage')
    expect(output).to.match(/1 passed, 1 failed, 0 skipped[^]*seeded/)
    expect(status).to.equal(1)
  })

  it('finds that there are no tests', () => {
    tree.remove('packages/core/test')
    expect(tree.run('coverage').status).to.equal(1)
  })
}).timeout(30_000)

describe('the lint step of the gate', () => {
  it('finds what each room may not say', () => {
    const tree = new Seeded(['.oxlintrc.json', 'tsconfig.base.json'])
    const breaches: ReadonlyArray<readonly [path: string, source: string, rule: string]> = [
      ['packages/core/src/a.ts', "export * from 'p-defer'\n", 'no-restricted-imports'],
      ['packages/core/src/b.ts', 'export const now = Date.now()\n', 'no-restricted-globals'],
      ['packages/core/src/c.ts', 'export const dice = Math.random()\n', 'no-restricted-properties'],
      ['packages/core/src/d.ts', 'export const n = 1\n'.repeat(1) + '// a line\n'.repeat(400), 'max-lines'],
      ['packages/session/src/a.ts', "export * from '@muxado/node'\n", 'no-restricted-imports'],
      ['packages/session/src/b.ts', "export * from 'node:net'\n", 'no-nodejs-modules'],
      ['packages/session/src/c.ts', 'export const there = process.pid\n', 'no-restricted-globals'],
      ['packages/node/src/a.ts', "export * from '@muxado/tunnel'\n", 'no-restricted-imports'],
      ['packages/node/src/b.ts', 'export const v: any = 1\n', 'no-explicit-any'],
      ['packages/node/src/c.ts', 'export const first = (list: string[]): string => list[0]!\n', 'no-non-null-assertion'],
      ['packages/node/src/d.ts', 'export const open = async (): Promise<void> => {}\nopen()\n', 'no-floating-promises'],
      ['packages/node/src/e.ts', 'export function f(): void {}\n', 'space-before-function-paren'],
      ['packages/node/src/f.ts', 'export const n = 1;\n', 'semi'],
      ['packages/node/src/g.ts', '// TO' + 'DO later\nexport const n = 1\n', 'no-warning-comments']
    ]
    try {
      tree.write('tsconfig.json', '{ "extends": "./tsconfig.base.json", "compilerOptions": { "composite": false, "noEmit": true, "types": ["node"] } }')
      for (const [path, source] of breaches) tree.write(path, source)
      const { status, output } = tree.run('lint')
      expect(status).to.equal(1)
      const found = output.split(/\n(?=\s*[x×] )/)
      for (const [path, , rule] of breaches) expect(found.some((part) => part.includes(path) && part.includes(`(${rule})`)), `${path}: ${rule}`).to.equal(true)
    } finally {
      tree.dispose()
    }
  })
}).timeout(20_000)

describe('the exports step of the gate', () => {
  const manifest = {
    name: '@muxado/core', version: '0.0.0', description: 'x', license: 'MIT', type: 'module', repository: {}, sideEffects: false, engines: {}, files: ['src', 'dist'],
    exports: { '.': { 'muxado-source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } }
  }
  const packed: Readonly<Record<string, string>> = {
    'packages/core/package.json': JSON.stringify(manifest),
    'packages/core/README.md': '# core\n',
    'packages/core/LICENSE': 'MIT\n',
    'packages/core/src/index.ts': 'export const one: number = 1\n',
    'packages/core/dist/index.js': 'export const one = 1\n',
    'packages/core/dist/index.d.ts': 'export declare const one: number;\n'
  }
  let tree: Seeded
  beforeEach(() => {
    tree = new Seeded([])
    for (const [path, content] of Object.entries(packed)) tree.write(path, content)
  })
  afterEach(() => { tree.dispose() })

  it('passes on a package that works by itself', () => {
    const { status, output } = tree.run('exports')
    expect(output).to.match(/^1 entries packed.*@muxado\/core/)
    expect(status).to.equal(0)
  })

  const broken: ReadonlyArray<readonly [name: string, path: string, content: string | undefined, complaint: RegExp]> = [
    ['an export that was not built', 'packages/core/dist/index.js', undefined, /exports\["\."\]\.default is \.\/dist\/index\.js, which is not there/],
    ['an import that core cannot have when it is alone', 'packages/core/dist/index.js', "export { default } from 'p-defer'\n", /@muxado\/core: plain node cannot import it.*p-defer/],
    ['declarations that do not type-check', 'packages/core/dist/index.d.ts', 'export declare const one: Gone;\n', /moduleResolution nodenext does not type-check[^]*Gone/],
    ['a test that would be published', 'packages/core/src/one.spec.ts', '', /would publish src\/one\.spec\.ts/],
    ['a package that exports nothing', 'packages/core/dist/index.js', 'export {}\n', /@muxado\/core: exports nothing/],
    ['a package that does not say where its sources are', 'packages/core/package.json', JSON.stringify({ ...manifest, repository: undefined }), /has no "repository"/],
    ['a package without its licence', 'packages/core/LICENSE', undefined, /has no LICENSE to publish/]
  ]
  for (const [name, path, content, complaint] of broken) {
    it(`finds ${name}`, () => {
      if (content === undefined) tree.remove(path)
      else tree.write(path, content)
      const { status, output } = tree.run('exports')
      expect(output).to.match(complaint)
      expect(status).to.equal(1)
    })
  }
}).timeout(30_000)

describe('the packed step of the gate', () => {
  let tree: Seeded
  beforeEach(() => {
    tree = new Seeded([])
    tree.write('package.json', '{ "name": "house", "private": true, "workspaces": ["packages/*"] }')
    tree.write('packages/core/package.json', '{ "name": "@muxado/core", "version": "0.1.0", "files": ["src", "dist"] }')
    tree.write('packages/core/dist/index.js', 'export {}\n')
    tree.write('packages/core/src/index.ts', 'export {}\n')
  })
  afterEach(() => { tree.dispose() })

  it('prints what a package weighs', () => {
    const { status, output } = tree.run('packed')
    expect(output).to.match(/^core +3 +0\.\d +\d+ +0\.\d +\d+\n1 packages, KiB packed: core 0\.\d$/m)
    expect(status).to.equal(0)
  })

  const heavy: ReadonlyArray<readonly [name: string, path: string, content: string | undefined, complaint: RegExp]> = [
    ['a package that became heavy on its way', 'packages/core/src/noise.ts', noise(200_000), /core: \d+\.\d KiB packed, limit \d+\. Largest: src\/noise\.ts/],
    ['a package that became heavy unpacked', 'packages/core/src/zeros.ts', '0'.repeat(400_000), /core: \d+\.\d KiB unpacked, limit \d+\. Largest: src\/zeros\.ts/],
    ['a package without a limit', 'packages/more/package.json', '{ "name": "@muxado/more", "version": "0.1.0" }', /more: has no limit/],
    ['a package that was not built', 'packages/core/dist', undefined, /core: is not built/],
    ['no packages', 'packages', undefined, /nothing to check/]
  ]
  for (const [name, path, content, complaint] of heavy) {
    it(`finds ${name}`, () => {
      if (content === undefined) tree.remove(path)
      else tree.write(path, content)
      const { status, output } = tree.run('packed')
      expect(output).to.match(complaint)
      expect(status).to.equal(1)
    })
  }
}).timeout(30_000)

describe('the start step of the gate', () => {
  let tree: Seeded
  beforeEach(() => {
    tree = new Seeded([])
    tree.write('package.json', '{ "type": "module", "scripts": { "start": "node program.mjs" } }')
  })
  afterEach(() => { tree.dispose() })

  /** A server that says where it is. */
  const serving = (status: number): string => `import { createServer } from 'node:http'
const server = createServer((request, response) => { response.writeHead(${status}).end('page') })
server.listen(0, '127.0.0.1', () => { console.log('http://127.0.0.1:' + server.address().port) })
`

  it('passes on a program that serves and ends', () => {
    tree.write('program.mjs', serving(200))
    expect(tree.run('start').output).to.match(/^1 page served/)
  })

  it('finds a program that ends at once', () => {
    tree.write('program.mjs', "console.log('no port free')\n")
    const { status, output } = tree.run('start')
    expect(output).to.match(/printed no http:[^]*no port free/)
    expect(status).to.equal(1)
  })

  it('finds a program that Ctrl-C does not end', () => {
    tree.write('program.mjs', `${serving(200)}process.on('SIGINT', () => {})\n`)
    const { status, output } = tree.run('start')
    expect(output).to.match(/after Ctrl-C something of npm start still runs/)
    expect(status).to.equal(1)
  })

  it('finds a program that complains at its end', () => {
    tree.write('program.mjs', `${serving(200)}process.on('SIGINT', () => { throw new Error('seeded') })\n`)
    const { status, output } = tree.run('start')
    expect(output).to.match(/complains:[^]*Error: seeded/)
    expect(status).to.equal(1)
  })
}).timeout(60_000)

/** Text that gzip cannot shorten much, the same every time. */
function noise (length: number): string {
  let text = ''
  for (let i = 1; text.length < length; i = (i * 48_271) % 2_147_483_647) text += i.toString(36)
  return text
}

for (const [step, list] of Object.entries(seeds)) {
  describe(`the ${step} step of the gate`, () => {
    let tree: Seeded
    beforeEach(() => {
      tree = new Seeded([])
      for (const [path, content] of Object.entries(house)) tree.write(path, content)
    })
    afterEach(() => { tree.dispose() })

    if (step !== 'size') {
      it('passes on a house in order', () => {
        const { status, output } = tree.run(step)
        expect(output).to.match(/^\d+ /)
        expect(status).to.equal(0)
      })
    }

    for (const [name, path, content, complaint] of list) {
      it(`finds ${name}`, () => {
        if (content === undefined) tree.remove(path)
        else tree.write(path, content)
        const { status, output } = tree.run(step)
        expect(output).to.match(complaint)
        expect(output).to.include('What to do:')
        expect(status).to.equal(1)
      })
    }
  }).timeout(20_000)
}

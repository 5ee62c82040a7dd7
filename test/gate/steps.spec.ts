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
  'packages/core/package.json': '{ "name": "@muxado/core" }',
  'packages/core/README.md': '# core\n',
  'packages/core/src/index.ts': '/**\n * The only module.\n *\n * @module\n */\n\n/** One more (spec 1.2). */\nexport const next = (n: number): number => n + 1\n',
  'packages/core/dist/index.d.ts': '/**\n * The only module.\n *\n * @module\n */\n/** One more (spec 1.2). */\nexport declare const next: (n: number) => number;\n',
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
    ['a module without its sentence', 'packages/core/src/index.ts', '/** One. */\nexport const one = 1\n', /does not open with a comment/],
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

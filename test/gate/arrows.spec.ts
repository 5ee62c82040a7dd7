import { expect } from 'chai'
import { Seeded } from './seeded.ts'

const order = ['core', 'session', 'node', 'tunnel']
const page = '# Architecture\n\n```text\ncore <- session <- node <- tunnel\n```\n'

/** package.json of a room that depends on `names`. */
const manifest = (room: string, names: readonly string[]): string =>
  JSON.stringify({ name: `@muxado/${room}`, dependencies: Object.fromEntries(names.map((name) => [name, '0.1.0'])) })
const references = (paths: readonly string[]): string => JSON.stringify({ references: paths.map((path) => ({ path })) })

/** Four rooms in order, each of which imports the ones before it. */
function build (tree: Seeded): void {
  tree.write('package.json', '{ "devDependencies": { "chai": "6" } }')
  tree.write('tsconfig.json', references(order.map((room) => `packages/${room}`)))
  tree.write('docs/ARCHITECTURE.md', page)
  for (const [i, room] of order.entries()) {
    const below = order.slice(0, i)
    tree.write(`packages/${room}/package.json`, manifest(room, below.map((name) => `@muxado/${name}`)))
    tree.write(`packages/${room}/tsconfig.json`, references(below.map((name) => `../${name}`)))
    tree.write(`packages/${room}/src/index.ts`, below.map((name) => `import type { Any } from '@muxado/${name}'\n`).join('') + "export * from './more.ts'\n")
    tree.write(`packages/${room}/test/index.spec.ts`, `import { expect } from 'chai'\nimport 'node:net'\nimport * as room from '@muxado/${room}'\nimport '../../../test/support/text.ts'\n`)
  }
}

const header = '/** Seeded. @module */\n'

describe('the arrows step of the gate', () => {
  let tree: Seeded
  beforeEach(() => {
    tree = new Seeded([])
    build(tree)
  })
  afterEach(() => { tree.dispose() })

  function fails (pattern: RegExp): void {
    const { status, output } = tree.run('arrows')
    expect(output).to.match(pattern)
    expect(output).to.include('What to do:')
    expect(status).to.equal(1)
  }

  it('passes on rooms in order', () => {
    const { status, output } = tree.run('arrows')
    expect(output).to.match(/^\d+ imports in \d+ files/)
    expect(status).to.equal(0)
  })

  const seeds: ReadonlyArray<readonly [name: string, path: string, source: string, complaint: RegExp]> = [
    ['a value imported by core', 'packages/core/src/seeded.ts', "import defer from 'p-defer'\n", /core\/src\/seeded\.ts:2: core imports nothing, found p-defer/],
    ['a type imported by core', 'packages/core/src/seeded.ts', "export type S = import('@muxado/session').Stream\n", /seeded\.ts:2: core imports nothing/],
    ['a node: module in core', 'packages/core/src/seeded.ts', "import 'node:net'\n", /seeded\.ts:2: core imports nothing, found node:net/],
    ['a clock in core', 'packages/core/src/seeded.ts', 'export const now = (): number => Date.now()\n', /seeded\.ts:2: core never says Date/],
    ['chance in core', 'packages/core/src/seeded.ts', 'export const dice = (): number => Math.random()\n', /core never says Math\.random/],
    ['a promise in core', 'packages/core/src/seeded.ts', 'export async function wait (): Promise<void> {}\n', /core never says async/],
    ['an adapter imported by session', 'packages/session/src/seeded.ts', "import type {\n  Server\n} from '@muxado/node'\n", /session may not import @muxado\/node/],
    ['a node: module in session', 'packages/session/src/seeded.ts', "export * from 'node:events'\n", /node:events: only packages\/node, packages\/tunnel/],
    ['a bare builtin in session', 'packages/session/src/seeded.ts', "import { once } from 'events'\n", /events: only packages\/node/],
    ['tunnel imported by node', 'packages/node/src/seeded.ts', "const t = await import('@muxado/tunnel')\n", /node may not import @muxado\/tunnel/],
    ['a path into another package', 'packages/node/src/seeded.ts', "import { x } from '../../core/src/index.ts'\n", /leaves packages\/node\/src/],
    ['test code imported by a source', 'packages/node/src/seeded.ts', "import { x } from '../../../test/contract.ts'\n", /nothing from test\/, bench\/ or examples\//],
    ['test helpers imported by a source', 'packages/node/src/seeded.ts', "import { x } from '../../../test/support/text.ts'\n", /nothing from test\//],
    ['an example imported by a test', 'packages/node/test/seeded.ts', "import { x } from '../../../examples/echo.ts'\n", /nothing from test\/, bench\/ or examples\//],
    ['an undeclared dependency', 'packages/session/src/seeded.ts', "import { pipe } from 'it-pipe'\n", /it-pipe, which packages\/session\/package\.json does not declare/],
    ['a computed import', 'packages/node/src/seeded.ts', 'await import(process.argv[2])\n', /imports something computed/],
    ['session in a test of core', 'packages/core/test/seeded.ts', "import { createSession } from '@muxado/session'\n", /core may not import @muxado\/session/]
  ]
  for (const [name, path, source, complaint] of seeds) {
    it(`finds ${name}`, () => {
      tree.write(path, header + source)
      fails(complaint)
    })
  }

  it('finds a missing tsconfig reference', () => {
    tree.write('packages/node/tsconfig.json', references(['../core']))
    fails(/packages\/node\/tsconfig\.json has no reference to \.\.\/session/)
  })

  it('finds a reference against the order', () => {
    tree.write('packages/core/tsconfig.json', references(['../session']))
    fails(/core may not reference session/)
  })

  it('finds a room that the root does not reference', () => {
    tree.write('tsconfig.json', references(['packages/core', 'packages/node', 'packages/tunnel']))
    fails(/tsconfig\.json: no reference to packages\/session/)
  })

  it('finds an import that package.json does not declare', () => {
    tree.write('packages/node/package.json', manifest('node', ['@muxado/core']))
    fails(/imports @muxado\/session, which packages\/node\/package\.json does not declare/)
  })

  it('finds a dependency of core', () => {
    tree.write('packages/core/package.json', manifest('core', ['p-defer']))
    fails(/core has no dependencies, found p-defer/)
  })

  it('finds a room that the page does not know', () => {
    tree.write('packages/attic/package.json', '{ "name": "@muxado/attic" }')
    fails(/packages\/attic: is not in the order/)
  })

  it('fails when the page has lost its line', () => {
    tree.write('docs/ARCHITECTURE.md', page.replace('core <- ', ''))
    fails(/no line of the form/)
  })

  it('fails when there is nothing to check', () => {
    tree.remove('packages')
    fails(/nothing to check/)
  })

  it('takes words in comments and strings for what they are', () => {
    tree.write('packages/core/src/seeded.ts', `${header}// import 'node:net', Date.now()\nexport const text = 'import "node:net" and Date'\n/* Promise */\n`)
    expect(tree.run('arrows').status).to.equal(0)
  })
}).timeout(20_000)

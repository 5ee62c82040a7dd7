import { assert } from 'chai'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { scripts: Record<string, string> } // ours

/** What a script of package.json runs in the end, as arguments of node; undefined for what is no program of ours. */
function programOf (script: string): string[] | undefined {
  const [last = ''] = scripts[script]?.split(' && ').slice(-1) ?? []
  const words = last.split(' ')
  return words[0] === 'node' && words.some((word) => /^(?:test|bench|packages)\/.*\.m?[jt]s$/.test(word)) ? words.slice(1) : undefined
}

/** Command lines that cannot be meant, and a word of what is said to each. */
const wrong: Readonly<Record<string, ReadonlyArray<readonly [line: string, said: string]>>> = {
  'ok': [['nostep', 'nostep']],
  'size': [['/nowhere', 'no folder'], ['--parts=1', 'no value']],
  'simulate': [
    ['--count x', '--count'], ['--count 0', '--count'], ['--seconds -1', '--seconds'], ['--seed 1.5', '--seed'], ['--workers 0', '--workers'], ['--shrink', '--seed'],
    ['--seed 1 --without nothing', 'nothing'], ['--resume --count 5', '--resume'], ['word', 'word'], ['--count', 'needs a value']
  ],
  'explore': [['--seconds x', '--seconds'], ['--states 0', '--states'], ['word', 'plain 1']],
  'mutants': [['word', 'credit-lost'], ['--all=1', '--all']],
  'fuzz': [['--target x', 'target x'], ['--seconds x', '--seconds'], ['--seed 0', '--seed'], ['--mutant x', 'mutant x'], ['--replay /nowhere', '/nowhere'], ['word', 'word']],
  'test:adversary': [['--rounds 0', '--rounds'], ['word', 'rapid-reset']],
  'test:interop': [['--patience x', '--patience'], ['no-such-case', 'no-such-case']],
  'conformance': [['word', 'go-2'], ['go-2 1', 'no run']],
  'test:packages': [['nostep', 'consumers']],
  'test:runtimes': [['nostep', 'suites']],
  'test:nodes': [['x', 'version']],
  'test:libp2p': [['nostep', 'compliance']],
  'test:browser': [['nothing', 'no browser']],
  'bench': [
    ['--rounds 0', '--rounds'], ['--workloads W99', 'W1L'], ['--peers nobody', 'nobody'], ['--pin x', '--pin'], ['--set a', '--set'], ['--report /nowhere', '/nowhere'],
    ['--node nowhere', '--node'], ['word', 'word']
  ],
  'bench:browser': [['--wire 3', '--wire'], ['nobrowser', 'chromium']],
  'start': [['--port x', '--port']]
}

async function run (script: string, args: readonly string[]): Promise<{ code: number, out: string, err: string }> {
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, [...programOf(script) ?? [], ...args], { cwd: root, timeout: 30_000 }, (_, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err })
    })
  })
}

// Each takes half a second of a process that does nothing else
describe('the commands of package.json', function () {
  this.timeout(60_000)

  for (const script of Object.keys(scripts).filter((name) => programOf(name) !== undefined)) {
    it(`${script} says what it takes, and refuses what it does not`, async () => {
      // What follows --help does not run, whatever else is said
      const help = await run(script, ['--help'])
      assert.deepInclude(help, { code: 0, err: '' })
      assert.isNotEmpty(help.out)
      for (const [line, said] of [['--no-such-option', 'no-such-option'] as const, ...wrong[script] ?? []]) {
        const { code, out, err } = await run(script, line.split(' '))
        assert.deepEqual({ code, out }, { code: 2, out: '' }, `${line}: ${err}`)
        assert.include(err, said)
        // A line, and not a stack
        assert.isAtMost(err.trim().split('\n').length, 2, err)
      }
    })
  }

  it('have no table here that is for none of them', () => {
    assert.deepEqual(Object.keys(wrong).filter((name) => programOf(name) === undefined), [])
  })
})

// npm run test:browser: the tests that run in pages, in real browsers. `npm run test:browser -- firefox packages/websocket/test/x.spec.ts`
// runs that file in that browser; DEBUG=1 shows what the browser itself says.
import { existsSync } from 'node:fs'
import { list } from '../gate/files.mjs'
import { commandLine, numberOf, refuse } from '../support/command.mjs'
import { advice, find, kinds } from './find.ts'
import { launch } from './launch.ts'
import { bundle, serve, testPage } from './serve.ts'

const { positionals, values } = commandLine(`npm run test:browser -- [BROWSERS] [FILES]   run these files, or all that are for pages, in these browsers, or all
--timeout N   seconds that a browser may take (default 120)

browsers: ${kinds.join(' ')}`, { timeout: { type: 'string', default: '120' } }, 'any')
const timeoutS = numberOf('--timeout', values.timeout, { least: 1, most: 86_400, whole: false })
const named = positionals.filter(name => !kinds.includes(name))
const wanted = positionals.filter(name => kinds.includes(name))
const stray = named.find(name => !existsSync(name))
if (stray !== undefined) refuse(`'${stray}' is no browser and no file`)

// So that a browser ends with this process
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

/** What runs in pages: what is for pages alone, and what says in its first line that it runs in both. */
const files = named.length > 0 ? named : list(process.cwd(), 'packages/websocket/test', '.ts').filter(file => file.endsWith('.page.ts') || file.endsWith('.both.spec.ts'))
const script = await bundle(files)
let passed = 0
let failed = 0
let skipped = 0
let names = ''

for (const kind of wanted.length > 0 ? wanted : kinds) {
  const program = find(kind)
  if (program === undefined) {
    skipped++
    names += `; SKIPPED: ${kind}`
    console.log(`SKIPPED: ${advice(kind)}`)
    if (process.env.CI) process.exitCode = 1
    continue
  }
  console.log(`\n${kind} (${program})`)
  const { passes, failures, why } = await run(kind, program)
  passed += passes
  failed += failures
  if (why !== undefined) console.error(`${kind}: ${why}`)
  if (why !== undefined || failures > 0 || passes === 0) process.exitCode = 1
}
console.log(`\nbrowsers: ${passed} passed, ${failed} failed, ${skipped} skipped${names}`)

/** One browser, all files. */
async function run (kind, program) {
  let fatal = 0
  let end
  const result = new Promise(resolve => { end = resolve })
  const server = await serve({
    html: testPage,
    script,
    report (message) {
      if (message.kind === 'end') end({ passes: message.stats.passes, failures: message.stats.failures + fatal })
      else console.log(message.text)
      if (message.kind === 'fatal') fatal++
    },
    ask: async (what) => what === 'heap' && kind === 'chromium' ? await browser.heap() : null
  })
  const browser = launch(kind, program, server.url)
  const timer = setTimeout(() => { end({ passes: 0, failures: 1, why: `no result after ${timeoutS} s` }) }, timeoutS * 1000)
  void browser.gone.then(why => { end({ passes: 0, failures: 1, why }) })
  const outcome = await result
  clearTimeout(timer)
  await browser.close()
  await server.close()
  return outcome
}

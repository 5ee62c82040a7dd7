// libp2p's suites in a real browser, and a page that dials a Node node. `node browser.mjs firefox` takes another browser.
import { advice, find } from '../browser/find.ts'
import { launch } from '../browser/launch.ts'
import { bundle, serve, testPage } from '../browser/serve.ts'
import { drink, node, pour } from './lib/nodes.mjs'
import './setup.mjs'

const kind = process.argv[2] ?? 'chromium'
const TIMEOUT_S = 180
const program = find(kind)
if (program === undefined) {
  console.log(`SKIPPED: ${advice(kind)}`)
  process.exit(process.env.CI ? 1 : 0)
}

const peer = await node('ws')
await peer.handle('/mirror/1', async stream => {
  const size = await drink(stream)
  await pour(stream, size)
})
await peer.handle('/slow/1', async stream => {
  await new Promise(resolve => { setTimeout(resolve, 300) })
  await drink(stream)
  await stream.close()
})

const script = await bundle(['compliance.test.mjs', 'compliance-6.test.mjs', 'page.test.mjs'].map(file => `test/libp2p/${file}`))
/** The suite of the former generation cuts connections under pipes whose promises it drops; that those reject is as it should be. */
const dropped = /^unhandled rejection: (?:ConnectionClosed|StreamReset)Error/
let fatal = 0
let end
const result = new Promise(resolve => { end = resolve })
const server = await serve({
  html: testPage,
  script,
  report (message) {
    if (message.kind === 'end') end(message.stats)
    else if (!dropped.test(message.text)) console.log(message.text)
    if (message.kind === 'fatal' && !dropped.test(message.text)) fatal++
  },
  ask: () => peer.getMultiaddrs()[0].toString()
})
const browser = launch(kind, program, server.url)
const timer = setTimeout(() => { end({ passes: 0, failures: 1, why: `no result after ${TIMEOUT_S} s` }) }, TIMEOUT_S * 1_000)
void browser.gone.then(why => { end({ passes: 0, failures: 1, why }) })
const { passes, failures, why } = await result
clearTimeout(timer)
await browser.close()
await server.close()
await peer.stop()
if (why !== undefined) console.log(why)
console.log(`${kind}: ${passes} passed, ${failures + fatal} failed`)
process.exit(failures + fatal === 0 && passes > 0 ? 0 : 1)

// npm run bench:browser: how long a 64 B ping takes in a page, alone and beside three saturating streams, over muxado and over one plain
// WebSocket. `npm run bench:browser -- firefox --wire 2 --rounds 3 --set maxWindow=1048576`
import { readFileSync } from 'node:fs'
import { commandLine, namesOf, numberOf, refuse } from '../support/command.mjs'
import { advice, find, kinds } from './find.ts'
import { launch } from './launch.ts'
import { bundle, plainPage, serve } from './serve.ts'

const { positionals: [kind = 'chromium', extra], values } = commandLine(`npm run bench:browser -- [BROWSER]   how long a ping takes in a page (default chromium)
--wire LIST        dialects (default 1,2)
--direction LIST   where the bulk goes (default down,up)
--rounds N         (default 5)
--seconds N        of each measurement (default 1)
--set NAME=NUMBER  an option of the sessions; may be given several times`, {
  wire: { type: 'string', default: '1,2' },
  direction: { type: 'string', default: 'down,up' },
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '1' },
  set: { type: 'string', multiple: true, default: [] }
}, kinds)
if (extra !== undefined) refuse(`'${extra}' is one word too many`)
namesOf('--wire', values.wire, ['1', '2'])
namesOf('--direction', values.direction, ['down', 'up'])
numberOf('--rounds', values.rounds, { least: 1, most: 1000 })
numberOf('--seconds', values.seconds, { least: 0.1, most: 600, whole: false })
for (const pair of values.set) if (!/^\w+=\d+$/.test(pair)) refuse(`--set takes NAME=NUMBER, not '${pair}'`)
const program = find(kind)
if (program === undefined) {
  console.log(`SKIPPED: ${advice(kind)}`)
  process.exit(process.env.CI ? 1 : 0)
}
const script = await bundle(['test/browser/latency.ts'])
const session = Object.fromEntries(values.set.map(pair => [pair.split('=')[0], Number(pair.split('=')[1])]))

/** One page, both ways of doing it. */
async function round (options) {
  let end
  const outcome = new Promise((resolve, reject) => { end = { resolve, reject } })
  const server = await serve({
    html: plainPage,
    script,
    report (message) {
      if (message.kind === 'result') end.resolve(message.result)
      else if (message.kind === 'fatal') end.reject(new Error(message.text))
      else console.log(message.text)
    },
    ask: (what) => what === 'options' ? options : null
  })
  const browser = launch(kind, program, server.url)
  const timer = setTimeout(() => { end.reject(new Error('no result')) }, options.seconds * 4000 + 20_000)
  void browser.gone.then(why => { end.reject(new Error(why)) })
  try {
    return await outcome
  } finally {
    clearTimeout(timer)
    await browser.close()
    await server.close()
  }
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]

/** Ticks of all processors: what was used or idle, and what another machine on the same host was given instead. */
function ticks () {
  try {
    const [user, nice, system, idle, wait, hard, soft, stolen] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1).map(Number)
    return [user + nice + system + idle + wait + hard + soft + stolen, stolen]
  } catch {
    return [0, 0] // no Linux
  }
}

const MARK = 10
const names = { equal: 'muxado', urgent: 'muxado, urgent ping', plain: 'plain' }
let worst = 0
console.log(`${kind}: round trip of 64 B in ms beside 3 saturating streams, median of ${values.rounds} rounds of ${values.seconds} s`)
console.log('wire  bulk  over                 idle p50    p99   loaded p50     p99      max   p99 / idle p99   MiB/s')
const before = ticks()
for (const wire of values.wire.split(',').map(Number)) {
  for (const direction of values.direction.split(',')) {
    const runs = []
    for (let i = 0; i < Number(values.rounds); i++) runs.push(await round({ wire, direction, seconds: Number(values.seconds), ...session }))
    for (const over of ['equal', 'urgent', 'plain']) {
      const of = (phase, key) => median(runs.map(run => run[over][phase][key]))
      const cell = (number, width) => number.toFixed(number < 10 ? 2 : 0).padStart(width)
      const ratio = median(runs.map(run => run[over].loaded.p99 / run[over].idle.p99))
      if (over !== 'plain') worst = Math.max(worst, ratio)
      console.log([
        String(wire).padEnd(5), direction.padEnd(5), names[over].padEnd(20), cell(of('idle', 'p50'), 8), cell(of('idle', 'p99'), 6), cell(of('loaded', 'p50'), 12),
        cell(of('loaded', 'p99'), 7), cell(of('loaded', 'max'), 8), cell(ratio, 16), cell(of('loaded', 'mibps'), 7)
      ].join(' '))
    }
  }
}
const [all, stolen] = ticks().map((now, i) => now - before[i])
if (stolen * 50 > all) console.log(`not calm: ${(100 * stolen / all).toFixed(0)}% of the processors' time went to other machines of this host`)
console.log(`over muxado the p99 is at most ${worst.toFixed(1)} times the idle p99: ${worst < MARK ? 'under' : 'NOT under'} ${MARK}`)
if (!(worst < MARK)) process.exitCode = 1

/**
 * The command `npm run simulate`: plays schedules in as many workers as asked for, remembers which have been played with these sources, or
 * replays one.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { commandLine, numberOf, refuse } from '../support/command.mjs'
import { Ledger, machineText, spaced, writePage } from '../support/ledger.ts'
import { drawPlan } from './plan.ts'
import { failureText, partsOf, planOf } from './shrink.ts'
import type { Piece } from './worker.ts'
import { play } from './world.ts'

const usage = `npm run simulate -- [--count 10000] [--from 1] [--workers ${availableParallelism()}] [--seconds N]   play schedules
npm run simulate -- --resume --count 1000000 [--seconds 170]   play those of the seeds from 1 on that have not been played yet with these sources
npm run simulate -- --seed N [--without PARTS]                 play one and print what happens
npm run simulate -- --seed N --shrink                          make a failing one smaller
npm run simulate -- --page                                     print what has been played with these sources, for docs/testing.md
npm run simulate -- --write                                    put that into docs/testing.md
--bail: stop at the first that fails, and do not make it smaller`

const { values } = commandLine(usage, {
  count: { type: 'string', default: '10000' },
  from: { type: 'string', default: '1' },
  workers: { type: 'string', default: String(availableParallelism()) },
  seconds: { type: 'string', default: 'Infinity' },
  resume: { type: 'boolean', default: false },
  seed: { type: 'string' },
  without: { type: 'string' },
  shrink: { type: 'boolean', default: false },
  bail: { type: 'boolean', default: false },
  page: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false }
})
/** The largest seed: a schedule is drawn from 32 bits. */
const most = 2 ** 32 - 1
const asked = {
  count: numberOf('--count', values.count, { least: 1, most }),
  from: numberOf('--from', values.from, { most }),
  workers: numberOf('--workers', values.workers, { least: 1, most: 1024 }),
  seconds: numberOf('--seconds', values.seconds, { whole: false }),
  seed: values.seed === undefined ? undefined : numberOf('--seed', values.seed, { most })
}
if (asked.seed === undefined && (values.shrink || values.without !== undefined)) refuse('--shrink and --without are about --seed')

/** What a schedule and what comes of it depend on. */
const SOURCES = [
  'packages/core/src', 'packages/session/src',
  ...['actors', 'applications', 'checks', 'ledger', 'network', 'plan', 'time', 'worker', 'world'].map((name) => `test/simulation/${name}.ts`),
  'test/support/bytes.ts', 'test/support/conduct.ts', 'test/support/random.ts'
]
/** Schedules in a piece. */
const PIECE = 1000

if (values.resume && (asked.from !== 1 || asked.count % PIECE !== 0)) refuse(`--resume plays seeds from 1 on, a multiple of ${PIECE}`)
if (values.page) console.log(page())
else if (values.write) writePage('simulation', page())
else if (asked.seed !== undefined) await replay(asked.seed)
else await playMany(asked.from, asked.count)

async function replay (seed: number): Promise<void> {
  if (values.shrink) {
    console.log(await failureText(seed))
    return
  }
  const left = values.without?.split(',') ?? []
  const parts = new Set(partsOf(drawPlan(seed)).map(({ name }) => name))
  const stray = left.find((name) => !parts.has(name))
  if (stray !== undefined) refuse(`seed ${seed} has no part '${stray}'`)
  const plan = planOf(seed, left)
  const { wrong, trace, events, streams, bytes, ms } = await play(plan, true)
  console.log(JSON.stringify(plan, (_, value: unknown) => value === Infinity ? 'Infinity' : value, 1).replace(/\n {3,}/g, ' '))
  console.log(trace.join('\n'))
  console.log(`${events} events, ${streams} streams, ${bytes} bytes in ${ms} ms of its time`)
  console.log(wrong === undefined ? `seed ${seed}: nothing is wrong` : `seed ${seed}: ${wrong}`)
  if (wrong !== undefined) process.exitCode = 1
}

/** Play `count` schedules from `from` on, in pieces, and say how it went. Only what is to be resumed is remembered: always the same pieces. */
async function playMany (from: number, count: number): Promise<void> {
  const { resume, bail } = values
  const size = resume ? PIECE : Math.max(1, Math.min(bail ? 50 : PIECE, Math.ceil(count / asked.workers / 4)))
  const ledger = new Ledger('simulation', SOURCES)
  const pieces = Array.from({ length: Math.ceil(count / size) }, (_, at) => ({ from: from + at * size, count: Math.min(size, count - at * size) }))
    .filter((piece) => !resume || !ledger.has(nameOf(piece)))
  const start = performance.now()
  const end = start + asked.seconds * 1000
  const sum = { schedules: 0, events: 0, streams: 0, bytes: 0, failed: [] as number[] }
  const say = (): void => {
    const seconds = (performance.now() - start) / 1000
    if (process.stderr.isTTY) process.stderr.write(`\r${sum.schedules} schedules, ${(sum.schedules / seconds).toFixed(0)} a second, ${sum.failed.length} failed `)
  }
  await Promise.all(Array.from({ length: asked.workers }, async () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: 128 } })
    for (let piece = pieces.shift(); piece && performance.now() < end && sum.failed.length < (values.bail ? 1 : 10); piece = pieces.shift()) {
      const done = await new Promise<Piece>((resolve, reject) => {
        worker.removeAllListeners()
        worker.once('message', resolve).once('error', reject)
        worker.postMessage(piece)
      })
      sum.schedules += piece.count
      sum.events += done.events
      sum.streams += done.streams
      sum.bytes += done.bytes
      sum.failed.push(...done.failed)
      if (resume && done.failed.length === 0) {
        ledger.add(nameOf(piece), { schedules: piece.count, events: done.events, streams: done.streams, bytes: done.bytes, seconds: done.seconds })
      }
      say()
    }
    await worker.terminate()
  }))
  if (process.stderr.isTTY) process.stderr.write('\n')
  const seconds = (performance.now() - start) / 1000
  console.log(`${sum.schedules} schedules in ${seconds.toFixed(0)} s: ${sum.streams} streams, ${sum.events} events, ${sum.bytes} bytes on the wire; ${sum.failed.length} failed`)
  if (resume) console.log(page())
  const [first] = sum.failed.sort((a, b) => a - b)
  if (first === undefined) return
  process.exitCode = 1
  console.log(`failed: ${sum.failed.join(' ')}`)
  if (values.bail) console.log(`seed ${first}: ${(await play(drawPlan(first))).wrong}`)
  else console.log(await failureText(first))
}

/** What has been played without a failure with these sources, for docs/testing.md. */
function page (): string {
  const ledger = new Ledger('simulation', SOURCES)
  const { schedules = 0, events = 0, streams = 0, bytes = 0, seconds = 0 } = ledger.total()
  return [
    `${spaced(schedules)} schedules, none of which fails: ${spaced(streams)} streams, ${spaced(events)} events, ${spaced(bytes)} bytes on the wire.`,
    `${spaced(seconds)} s of one worker on ${machineText()}. Sources ${ledger.digest}.`
  ].join('\n')
}

function nameOf ({ from, count }: { from: number, count: number }): string {
  return `${from}+${count}`
}

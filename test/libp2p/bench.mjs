// How fast, beside @chainsafe/libp2p-yamux: each in a process of its own (in one, they would share what the compiler learns of libp2p's base
// classes), after a warm-up, in turns; the medians are printed. `node bench.mjs [rounds]`; run it on a machine that does nothing else.
import { yamux } from '@chainsafe/libp2p-yamux'
import { echo } from '@libp2p/utils'
import { muxado } from '@muxado/libp2p'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { node, stop } from './lib/nodes.mjs'
import { wirePair } from './lib/wire.mjs'
import './setup.mjs'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')

const [first = '5', row, muxer] = process.argv.slice(2)
const ROUNDS = Number(first)
const MIB = 1_048_576
/** What the compiler takes to be done with a muxer: before, the same stream costs up to five times as much. */
const WARM_MS = 4_000
const many = { maxInboundStreams: 20_000, maxOutboundStreams: 20_000, maxEarlyStreams: 20_000 }
const makers = { muxado: () => muxado(many), yamux: () => yamux(many) }

/** What a workload needs: streams from one end, and what the other end does with them. */
async function inMemory (maker, handler) {
  const [a, b] = wirePair()
  const [dialler, listener] = [maker()().createStreamMuxer(a), maker()().createStreamMuxer(b)]
  listener.addEventListener('stream', ({ detail }) => handler(detail))
  return { open: () => dialler.createStream(), end: async () => { a.abort(new Error('done')) } }
}

async function overTcp (maker, handler) {
  const nodes = await Promise.all([node('tcp', [maker()], { services: {} }), node('tcp', [maker()], { services: {} })])
  await nodes[1].handle('/bench/1', stream => handler(stream), { maxInboundStreams: 20_000 })
  const conn = await nodes[0].dial(nodes[1].getMultiaddrs())
  return { open: () => conn.newStream('/bench/1', { maxOutboundStreams: 20_000 }), end: () => stop(nodes) }
}

/** Bytes through one stream, read by iteration. */
async function bulk (connect, maker, total, size) {
  let done
  const read = new Promise(resolve => { done = resolve })
  const { open, end } = await connect(maker, async stream => {
    let got = 0
    for await (const data of stream) got += data.byteLength
    done(got)
  })
  const stream = await open()
  const chunk = new Uint8Array(size)
  const start = performance.now()
  for (let sent = 0; sent < total; sent += size) {
    if (!stream.send(chunk)) await new Promise(resolve => stream.addEventListener('drain', resolve, { once: true }))
  }
  await stream.close()
  if (await read !== total) throw new Error('bytes went missing')
  const seconds = (performance.now() - start) / 1_000
  await end()
  return seconds
}

/** Streams that carry 100 bytes there and back, `width` at a time. */
async function churn (connect, maker, count, width) {
  const { open, end } = await connect(maker, stream => { echo(stream).catch(() => {}) })
  const message = new Uint8Array(100)
  let left = count
  const start = performance.now()
  await Promise.all(Array.from({ length: width }, async () => {
    while (left-- > 0) {
      const stream = await open()
      const closed = new Promise(resolve => stream.addEventListener('close', resolve, { once: true }))
      stream.addEventListener('message', () => {})
      stream.send(message)
      await stream.close()
      await closed
    }
  }))
  const seconds = (performance.now() - start) / 1_000
  await end()
  return seconds
}

/** Bytes of memory that an open, idle stream takes, both ends together. */
async function idle (connect, maker, count) {
  const kept = []
  const { open, end } = await connect(maker, stream => { kept.push(stream) })
  for (let i = 0; i < 50; i++) kept.push(await open())
  await new Promise(resolve => { setTimeout(resolve, 50) })
  const used = () => {
    gc()
    gc()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = used()
  for (let i = 0; i < count; i++) kept.push(await open())
  await new Promise(resolve => { setTimeout(resolve, 50) })
  const bytes = (used() - before) / count
  await end()
  return bytes
}

const rows = [
  // 8 us a write for either: gigabytes a second, which no connection carries, so nothing is asked of it
  ['memory: bulk, 64 KiB writes', 'MiB/s', undefined, async maker => 2_048 / await bulk(inMemory, maker, 2_048 * MIB, 65_536)],
  ['memory: bulk, 1 KiB writes', 'MiB/s', true, async maker => 256 / await bulk(inMemory, maker, 256 * MIB, 1_024)],
  // both wait for the event loop most of the time
  ['memory: streams, 1 at a time', 'a second', undefined, async maker => 10_000 / await churn(inMemory, maker, 10_000, 1)],
  ['memory: streams, 100 at a time', 'a second', true, async maker => 10_000 / await churn(inMemory, maker, 10_000, 100)],
  ['memory: idle stream, both ends', 'bytes', false, async maker => idle(inMemory, maker, 2_000)],
  ['tcp and noise: bulk, 64 KiB writes', 'MiB/s', undefined, async maker => 64 / await bulk(overTcp, maker, 64 * MIB, 65_536)],
  ['tcp and noise: bulk, 1 KiB writes', 'MiB/s', undefined, async maker => 8 / await bulk(overTcp, maker, 8 * MIB, 1_024)],
  ['tcp, noise, mss: streams, 20 at a time', 'a second', undefined, async maker => 400 / await churn(overTcp, maker, 400, 20)]
]

if (muxer !== undefined) {
  const [,,, measure] = rows[row]
  for (const warm = performance.now() + WARM_MS; performance.now() < warm;) await measure(makers[muxer])
  // no collection in between: it makes the compiler forget
  process.on('message', () => {
    void measure(makers[muxer]).then(result => process.send(result))
  })
  process.send('ready')
} else {
  await compare()
}

async function compare () {
  const median = values => values.sort((a, b) => a - b)[values.length >> 1]
  const cell = (value, width = 10) => value.toFixed(value < 100 ? 1 : 0).padStart(width)
  const heard = child => new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', code => reject(new Error(`a measurement ended with ${code}`)))
  })
  console.log(`Node ${process.versions.node}, medians of ${ROUNDS} rounds in turn\n`)
  console.log(`${''.padEnd(40)}    muxado     yamux   ratio`)
  let bad = 0
  for (const [index, [name, unit, wanted]] of rows.entries()) {
    const children = {}
    for (const muxer of Object.keys(makers)) {
      children[muxer] = fork(fileURLToPath(import.meta.url), [first, index, muxer])
      await heard(children[muxer])
    }
    const results = { muxado: [], yamux: [] }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [muxer, child] of Object.entries(children)) {
        child.send('go')
        results[muxer].push(await heard(child))
      }
    }
    for (const child of Object.values(children)) {
      child.removeAllListeners('exit')
      child.kill()
    }
    const [ours, theirs] = [median(results.muxado), median(results.yamux)]
    const ratio = ours / theirs
    if ((wanted === true && ratio < 2) || (wanted === false && ratio > 1)) bad++
    console.log(`${name.padEnd(40)}${cell(ours)}${cell(theirs)}  ${ratio.toFixed(2).padStart(6)}  ${String(unit)}${wanted === true ? ', at least 2.00' : wanted === false ? ', at most 1.00' : ''}`)
  }
  console.log(bad === 0 ? '\nwithin what is promised' : `\n${bad} rows are not`)
  process.exit(bad === 0 ? 0 : 1)
}

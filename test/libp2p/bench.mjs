// How fast, beside @chainsafe/libp2p-yamux and beside the bare connection: each in a process of its own (in one, they would share what the
// compiler learns of libp2p's base classes), after a warm-up, in turns; ratios are within a turn, and medians are printed.
// `node bench.mjs [rounds] [part of a row's name]`; run it on a machine that does nothing else.
import { yamux } from '@chainsafe/libp2p-yamux'
import { echo } from '@libp2p/utils'
import { muxado } from '@muxado/libp2p'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pairs } from './lib/conns.mjs'
import { node, stop } from './lib/nodes.mjs'
import './setup.mjs'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')

const MIB = 1_048_576
/** What the compiler takes to be done with a muxer: before, the same stream costs up to five times as much. */
const WARM_MS = 2_000
/** How long one measurement takes, about: short, so that what else the machine does falls on all in a round alike. */
const RUN_S = 0.1
const many = { maxInboundStreams: 20_000, maxOutboundStreams: 20_000, maxEarlyStreams: 20_000 }
const makers = { muxado: () => muxado(many), yamux: () => yamux(many), bare: undefined }

/** What a workload needs: streams from one end, and what the other end does with them. Bare is one "stream": the connection. */
async function connect (kind, maker, handler) {
  const [a, b] = await pairs[kind]()
  const end = () => { for (const conn of [a, b]) conn.abort(new Error('done')) }
  if (maker === undefined) {
    handler(b)
    return { open: async () => a, end }
  }
  const [dialler, listener] = [maker()().createStreamMuxer(a), maker()().createStreamMuxer(b)]
  listener.addEventListener('stream', ({ detail }) => handler(detail))
  return { open: () => dialler.createStream(), end }
}

/** Ways to read `total` bytes. */
const readers = {
  async iteration (stream, total) {
    let got = 0
    for await (const data of stream) if ((got += data.byteLength) === total) return
    throw new Error(`${total - got} bytes went missing`)
  },
  events: (stream, total) => new Promise(resolve => {
    let got = 0
    stream.addEventListener('message', ({ data }) => { if ((got += data.byteLength) === total) resolve() })
  })
}

/** Seconds for `count` writes of `size` bytes on each of `width` streams, read as `way` says. */
async function bulk (kind, maker, way, width, size, count) {
  const reads = []
  const { open, end } = await connect(kind, maker, stream => { reads.push(readers[way](stream, count * size)) })
  const chunk = new Uint8Array(size)
  const start = performance.now()
  await Promise.all(Array.from({ length: width }, async () => {
    const stream = await open()
    for (let i = 0; i < count; i++) {
      // not `onDrain`, which of yamux waits only once
      if (!stream.send(chunk)) await new Promise(resolve => { stream.addEventListener('drain', resolve, { once: true }) })
    }
    if (maker !== undefined) await stream.close()
  }))
  while (reads.length < width) await new Promise(resolve => { setImmediate(resolve) })
  await Promise.all(reads)
  const seconds = (performance.now() - start) / 1_000
  end()
  return seconds
}

/** Seconds for `count` streams that carry 100 bytes there and back, `width` at a time. */
async function churn ({ open, end }, count, width) {
  const message = new Uint8Array(100)
  let left = count
  const start = performance.now()
  await Promise.all(Array.from({ length: width }, async () => {
    while (left-- > 0) {
      const stream = await open()
      const closed = new Promise(resolve => { stream.addEventListener('close', resolve, { once: true }) })
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

const answer = stream => { echo(stream).catch(() => {}) }

async function betweenNodes (maker) {
  const nodes = await Promise.all([node('tcp', [maker()], { services: {} }), node('tcp', [maker()], { services: {} })])
  await nodes[1].handle('/bench/1', answer, { maxInboundStreams: 20_000 })
  const conn = await nodes[0].dial(nodes[1].getMultiaddrs())
  return { open: () => conn.newStream('/bench/1', { maxOutboundStreams: 20_000 }), end: () => stop(nodes) }
}

/** Bytes of memory that an open, idle stream takes, both ends together. */
async function idle (maker, count) {
  const kept = []
  const { open, end } = await connect('memory', maker, stream => { kept.push(stream) })
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
  end()
  return bytes
}

const sizes = [64, 1_024, 16_384, 65_536]
const label = size => size < 1_024 ? `${size} B` : `${size / 1_024} KiB`

/** A row: what it is called, its unit, what is promised (at least, or at most), and how `count` pieces of it are timed. */
function bulkRow (kind, way, width, size, least) {
  const name = `${kind}: ${width === 1 ? 'one stream' : `${width} streams`}, ${way}, ${label(size)}`
  return { name, unit: 'MiB/s', least, bare: width === 1, each: width * size / MIB, seconds: (maker, count) => bulk(kind, maker, way, width, size, count) }
}

const rows = [
  // nothing is copied in memory, and nothing encrypted: here it is the muxer that is measured
  ...sizes.flatMap(size => ['iteration', 'events'].map(way => bulkRow('memory', way, 1, size, 2))),
  ...sizes.map(size => bulkRow('memory', 'iteration', 32, size, size < 16_384 ? 2 : undefined)),
  // everywhere else, most of the time is the connection's: the bare column tells how much
  ...sizes.slice(1).map(size => bulkRow('libp2p pair', 'iteration', 1, size)),
  ...sizes.map(size => bulkRow('tcp', 'iteration', 1, size)),
  bulkRow('tcp', 'iteration', 32, 65_536),
  ...sizes.map(size => bulkRow('tcp and noise', 'iteration', 1, size)),
  // one at a time waits for the event loop most of the time
  { name: 'memory: streams, 1 at a time', unit: 'a second', each: 1, seconds: async (maker, count) => churn(await connect('memory', maker, answer), count, 1) },
  { name: 'memory: streams, 100 at a time', unit: 'a second', least: 2, each: 1, seconds: async (maker, count) => churn(await connect('memory', maker, answer), count, 100) },
  { name: 'tcp: streams, 100 at a time', unit: 'a second', each: 1, seconds: async (maker, count) => churn(await connect('tcp', maker, answer), count, 100) },
  { name: 'nodes, tcp, noise, mss: streams, 20 at a time', unit: 'a second', each: 1, seconds: async (maker, count) => churn(await betweenNodes(maker), count, 20) },
  { name: 'memory: idle stream, both ends', unit: 'bytes', most: 1, bytes: maker => idle(maker, 2_000) }
]

const [first = '11', part = '', index, muxer] = process.argv.slice(2)
const ROUNDS = Number(first)
if (muxer !== undefined) {
  const { bytes, each, seconds } = rows[index]
  const maker = makers[muxer]
  let count = 50
  if (bytes === undefined) {
    // A connection that stays, as a node has one: V8 forgets what it compiled for objects of which a collection finds none, and while another
    // process has its turn this one is idle and collects.
    const { open } = await connect('memory', maker, stream => { void readers.iteration(stream, Infinity).catch(() => {}) })
    globalThis.kept = await open()
    for (const warm = performance.now() + WARM_MS; performance.now() < warm;) {
      const time = await seconds(maker, count)
      count = Math.max(20, Math.ceil(count * Math.min(4, RUN_S / time)))
    }
  }
  // no collection in between: it makes the compiler forget
  process.on('message', () => {
    void (bytes === undefined ? seconds(maker, count).then(time => count * each / time) : bytes(maker)).then(result => process.send(result))
  })
  process.send('ready')
} else {
  await compare(rows.filter(({ name }) => name.includes(part)))
}

async function compare (chosen) {
  const median = values => values.toSorted((a, b) => a - b)[values.length >> 1]
  const cell = (value, width = 10) => (value === undefined ? '' : value.toFixed(value < 100 ? 1 : 0)).padStart(width)
  const heard = child => new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', code => reject(new Error(`a measurement ended with ${code}`)))
  })
  console.log(`Node ${process.versions.node}, medians of ${ROUNDS} rounds in turn; bare is the connection without a muxer\n`)
  console.log(`${''.padEnd(46)}    muxado     yamux   ratio      bare`)
  let bad = 0
  for (const row of chosen) {
    const { name, unit, least, most, bare } = row
    const children = {}
    const results = {}
    for (const muxer of Object.keys(makers).filter(muxer => muxer !== 'bare' || bare)) {
      children[muxer] = fork(fileURLToPath(import.meta.url), [first, part, rows.indexOf(row), muxer])
      results[muxer] = []
      await heard(children[muxer])
    }
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
    const ratio = median(results.muxado.map((ours, i) => ours / results.yamux[i]))
    const kept = ratio >= (least ?? 0) && ratio <= (most ?? Infinity)
    if (!kept) bad++
    const promise = least !== undefined ? `, at least ${least.toFixed(2)}` : most !== undefined ? `, at most ${most.toFixed(2)}` : ''
    const middle = Object.fromEntries(Object.entries(results).map(([muxer, values]) => [muxer, median(values)]))
    console.log(`${name.padEnd(46)}${cell(middle.muxado)}${cell(middle.yamux)}  ${ratio.toFixed(2).padStart(6)}${cell(middle.bare)}  ${unit}${promise}${kept ? '' : ': NOT'}`)
  }
  console.log(bad === 0 ? '\nwithin what is promised' : `\n${bad} rows are not`)
  process.exit(bad === 0 ? 0 : 1)
}

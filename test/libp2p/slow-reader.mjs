// What a slow reader costs, beside yamux and mplex: two nodes over tcp and noise, 256 MiB offered, one chunk of at most 64 KiB read every 20 ms.
// Prints the most bytes that lay unread at either end in so many seconds (5, or the first argument).
import { yamux } from '@chainsafe/libp2p-yamux'
import { mplex } from '@libp2p/mplex'
import { muxado } from '@muxado/libp2p'
import { node } from './lib/nodes.mjs'
import './setup.mjs'

const SECONDS = Number(process.argv[2] ?? 5)
const OFFERED = 256 * 1_048_576
const CHUNK = 65_536
const PAUSE_MS = 20
/** A window and a chunk. The window grows once, to four chunks: while it holds one, the reader empties it in one go, as fast readers do. */
const ALLOWED = 4 * CHUNK + CHUNK

const sleep = ms => new Promise(resolve => { setTimeout(resolve, ms) })

/** How senders wait when `send` says false. */
const waits = {
  'drain event': stream => new Promise((resolve, reject) => {
    stream.addEventListener('drain', resolve, { once: true })
    stream.addEventListener('close', ({ error }) => { reject(error ?? new Error('closed')) }, { once: true })
  }),
  'onDrain()': stream => stream.onDrain()
}

async function run (muxer, wait) {
  const [a, b] = await Promise.all([node('tcp', [muxer()], { services: {} }), node('tcp', [muxer()], { services: {} })])
  const end = performance.now() + SECONDS * 1_000
  const seen = { sent: 0, read: 0, atSender: 0, atReader: 0, fate: 'open' }
  try {
    let readerDone
    const reader = new Promise(resolve => { readerDone = resolve })
    await b.handle('/slow/1', async stream => {
      let came = stream.readBufferLength
      // where bytes reach a stream: of the base class, or ours
      const entrance = 'receive' in stream ? 'receive' : 'onData'
      const through = stream[entrance].bind(stream)
      stream[entrance] = data => {
        came += data.byteLength
        seen.atReader = Math.max(seen.atReader, came - seen.read)
        through(data)
      }
      try {
        for await (const data of stream) {
          seen.read += data.byteLength
          await sleep(PAUSE_MS * Math.max(1, data.byteLength / CHUNK))
          if (performance.now() > end) break
        }
      } catch (err) {
        if (performance.now() < end) seen.fate = err.name
      }
      readerDone()
    })
    await a.dial(b.getMultiaddrs())
    const stream = await a.dialProtocol(b.getMultiaddrs(), '/slow/1')
    // a fresh piece of memory each time, as applications have it
    while (seen.sent < OFFERED && performance.now() < end && stream.writeStatus === 'writable') {
      const more = stream.send(new Uint8Array(CHUNK))
      seen.sent += CHUNK
      seen.atSender = Math.max(seen.atSender, stream.writeBufferLength)
      if (!more) await Promise.race([wait(stream).catch(err => { if (performance.now() < end) seen.fate = err.name }), sleep(end - performance.now())])
      // a promise that is always resolved must not keep the event loop from turning
      await new Promise(resolve => { setImmediate(resolve) })
    }
    if (stream.status !== 'open') seen.fate = stream.status
    else await Promise.race([reader, sleep(Math.max(0, end - performance.now()) + 500)])
    stream.abort(new Error('enough'))
  } finally {
    await Promise.all([a.stop(), b.stop()])
  }
  return seen
}

const mib = bytes => (bytes / 1_048_576).toFixed(2).padStart(8)
console.log(`${SECONDS} s, 256 MiB offered, one chunk of 64 KiB read every ${PAUSE_MS} ms; MiB\n`)
console.log('muxer   sender waits for   taken by send    read   most unread: at the sender  at the reader  stream')
let bad = 0
for (const [name, muxer] of Object.entries({ muxado: () => muxado(), yamux: () => yamux(), mplex: () => mplex({ disconnectThreshold: 1e9 }) })) {
  for (const [how, wait] of Object.entries(waits)) {
    const { sent, read, atSender, atReader, fate } = await run(muxer, wait)
    console.log(`${name.padEnd(7)} ${how.padEnd(16)} ${mib(sent)}      ${mib(read)}               ${mib(atSender)}       ${mib(atReader)}  ${fate}`)
    if (name === 'muxado' && (atSender > ALLOWED || atReader > ALLOWED || fate !== 'open')) bad++
  }
}
console.log(bad === 0 ? '\nmuxado held a window and a chunk at most, at both ends' : `\nmuxado held more than ${ALLOWED} bytes, or did not last`)
process.exit(bad === 0 ? 0 : 1)

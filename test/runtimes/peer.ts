// One end of a pair, in any runtime: `peer.ts serve tcp` prints where it listens, `peer.ts dial tcp URL URL` talks to it in both dialects and prints
// what came of it.
import type { Session, Stream } from '@muxado/session'
import { SIZES } from '../support/session-contract.ts'
import { sum } from '../support/stream-kinds.ts'
import { collect, concat, pattern, settled } from '../support/transport-contract.ts'
import { platform, type Kind } from './platform.ts'

/** Types of streams beyond these are seeds: what comes goes back as a count, a sum, and as many bytes of that pattern. */
const RESET_BY_CLIENT = 1_001
const RESET_BY_SERVER = 1_002
const REPORT = 1_003

const [role, kind, ...urls] = platform.args
if (kind !== 'tcp' && kind !== 'ws') throw new Error('peer.ts serve|dial tcp|ws [URL URL]')
if (role === 'serve') await serve(kind)
else console.log(JSON.stringify(await dial(kind)))

async function serve (kind: Kind): Promise<void> {
  const listening = await Promise.all(([1, 2] as const).map(async (wire) => await platform.listen(kind, wire, (session) => { void serveSession(session) })))
  console.log(`listening ${listening.join(' ')}`)
}

async function serveSession (session: Session): Promise<void> {
  const resets: string[] = []
  for await (const stream of session) {
    void serveStream(stream, resets).catch((error: unknown) => { console.log(`trouble ${String(error)}`) })
  }
  const { error } = await session.closed
  console.log(`ended ${error === undefined ? 'well' : error.message}`)
}

async function serveStream (stream: Stream, resets: string[]): Promise<void> {
  if (stream.type === RESET_BY_CLIENT) {
    await stream.read()
    await stream.write(new Uint8Array(1)) // it has arrived: a reset now has something to tell
    const error = await settled(collect(stream))
    resets.push(error === undefined ? 'none' : `${(error as { code?: string }).code} ${String((error as { reason?: unknown }).reason)}`)
  } else if (stream.type === RESET_BY_SERVER) {
    await stream.read()
    stream.reset('internal')
  } else if (stream.type === REPORT) {
    await collect(stream)
    await stream.closeWrite(new TextEncoder().encode(JSON.stringify(resets)))
  } else {
    const got = await collect(stream) // to its half-close: only then the answer begins
    await stream.write(new TextEncoder().encode(`${got.byteLength} ${sum(got)}\n`))
    await stream.sink([pattern(got.byteLength, stream.type)])
  }
}

async function dial (kind: Kind): Promise<{ streams: number, resets: number, bytes: number }> {
  const total = { streams: 0, resets: 0, bytes: 0 }
  for (const [index, url] of urls.entries()) {
    const session = await platform.connect(kind, url, index === 0 ? 1 : 2)
    const sizes = await Promise.all(SIZES.map(async (size, seed) => await mirrored(session, size, seed)))
    const resets = await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      await (index < 10 ? resetByServer(session) : resetByClient(session, index))
    }))
    const report = session.open({ type: REPORT })
    await report.closeWrite()
    const seen = JSON.parse(new TextDecoder().decode(await collect(report))) as string[]
    check(seen.length === 10 && seen.every((reset) => reset === 'STREAM_RESET cancel'), `the server saw ${String(seen)}`)
    sizes.push(await drained(session))
    total.streams += sizes.length
    total.resets += resets.length
    total.bytes += 2 * sizes.reduce((all, size) => all + size, 0)
  }
  return total
}

/** One stream there, half-closed, and back; returns how many bytes went each way. */
async function mirrored (session: Session, size: number, seed: number): Promise<number> {
  const stream = session.open({ type: seed })
  const bytes = pattern(size, seed + 50)
  const expected = concat([new TextEncoder().encode(`${size} ${sum(bytes)}\n`), pattern(size, seed)])
  const [got] = await Promise.all([collect(stream), stream.sink([bytes])])
  check(got.byteLength === expected.byteLength && got.every((byte, at) => byte === expected[at]), `stream ${seed} of ${size} bytes: ${got.byteLength} came back, or others`)
  check(stream.state === 'closed', `stream ${seed} is ${stream.state}`)
  return size
}

async function resetByClient (session: Session, index: number): Promise<void> {
  const stream = session.open({ type: RESET_BY_CLIENT })
  await stream.write(pattern(1_000 * index + 1, index))
  await stream.read()
  stream.reset()
}

async function resetByServer (session: Session): Promise<void> {
  const stream = session.open({ type: RESET_BY_SERVER })
  await stream.write(pattern(10, 1))
  const { code, reason } = await settled(collect(stream)) as { code?: string, reason?: string } ?? {}
  check(code === 'STREAM_RESET' && reason === 'internal', `a stream that the server resets fails with ${code}, ${reason}`)
}

/** What is open when draining begins comes to its end; then the session ends well. */
async function drained (session: Session): Promise<number> {
  const size = 400_000
  const stream = session.open({ type: 7 })
  const bytes = pattern(size, 1)
  await stream.write(bytes.slice(0, 1))
  const closing = session.close({ drain: true })
  const [got] = await Promise.all([collect(stream), stream.sink([bytes.slice(1)])])
  const expected = concat([new TextEncoder().encode(`${size} ${sum(bytes)}\n`), pattern(size, 7)])
  check(got.byteLength === expected.byteLength && got.every((byte, at) => byte === expected[at]), 'the last stream came back short, or different')
  await closing
  const { error } = await session.closed
  check(error === undefined, `the session ended with ${String(error)}`)
  return size
}

function check (condition: boolean, why: string): void {
  if (!condition) throw new Error(why)
}

// Runs in a page: a 64 B ping alone, and beside three saturating streams, as urgent as they are and more, over muxado, and over one plain
// WebSocket. Tells the round trips.
import type { Session, Stream } from '@muxado/session'
import { connect } from '@muxado/websocket'
import { KIND } from '../support/stream-kinds.ts'

interface Options {
  readonly wire: 1 | 2
  readonly seconds: number
  readonly maxWindow?: number
  readonly direction: 'down' | 'up'
}

const { wire, seconds, direction, ...session } = await (await fetch('/ask/options')).json() as Options
const BULK = 3

type Ping = (bytes: Uint8Array<ArrayBuffer>) => Promise<unknown>

/** Round trips in milliseconds, one after the other, for `ms`; the first quarter is warm-up. */
async function pings (ping: Ping, ms: number): Promise<number[]> {
  const times: number[] = []
  const start = performance.now()
  for (let now = start; now - start < ms;) {
    await ping(new Uint8Array(64))
    const then = now
    now = performance.now()
    if (now - start > ms / 4) times.push(now - then)
  }
  return times.sort((a, b) => a - b)
}

function summary (times: number[], bytes: number, ms: number): object {
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN
  return { count: times.length, p50: at(0.5), p99: at(0.99), max: times.at(-1), mibps: bytes / 1_048_576 / (ms / 1000) }
}

function pingOver (stream: Stream): Ping {
  const reader = stream[Symbol.asyncIterator]()
  return async (bytes) => {
    await stream.write(bytes)
    for (let left = 64; left > 0;) left -= (await reader.next()).value?.byteLength ?? 64
  }
}

async function overMuxado (): Promise<object> {
  const mux: Session = await connect('/muxado', { wire, ...session })
  const ping = { equal: pingOver(mux.open()), urgent: pingOver(mux.open({ priority: 1 })) }
  await pings(ping.urgent, seconds * 1000) // a page that was just loaded is busy with itself, and its code is not compiled yet
  const idle = summary(await pings(ping.equal, seconds * 1000), 0, 1)
  let moved = 0
  const bulk = Array.from({ length: BULK }, () => mux.open({ type: direction === 'down' ? KIND.endless : KIND.drain }))
  for (const stream of bulk) {
    const run = async (): Promise<void> => {
      if (direction === 'down') for await (const chunk of stream) moved += chunk.byteLength
      else for (;; moved += 65_536) await stream.write(new Uint8Array(65_536))
    }
    run().catch(() => {}) // it ends with the session
  }
  const beside = async (ping: Ping): Promise<object> => {
    const before = performance.now()
    const start = moved
    const loaded = await pings(ping, seconds * 1000)
    return { idle, loaded: summary(loaded, moved - start, performance.now() - before) }
  }
  const result = { equal: await beside(ping.equal), urgent: await beside(ping.urgent) }
  mux.abort()
  return result
}

/** The same over one WebSocket, as programs do it that have no multiplexer: chunks and pings in turn. */
async function overPlain (): Promise<object> {
  const socket = new WebSocket(new URL('/plain', location.href.replace(/^http/, 'ws')))
  socket.binaryType = 'arraybuffer'
  await new Promise((resolve) => { socket.onopen = resolve })
  let moved = 0
  let pong: (() => void) | undefined
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
    moved += data.byteLength
    if (data.byteLength === 64) pong?.()
  }
  const ping: Ping = async (bytes) => await new Promise<void>((resolve) => {
    pong = resolve
    socket.send(bytes)
  })
  const idle = summary(await pings(ping, seconds * 1000), 0, 1)
  let state: 'running' | 'over' = 'running'
  moved = 0
  if (direction === 'down') socket.send(String(BULK))
  else {
    // Three uploads that keep a megabyte in the socket each; what comes back is not counted
    const chunk = new Uint8Array(65_536)
    const fill = (): void => {
      while (socket.bufferedAmount < BULK * 1_048_576) {
        socket.send(chunk)
        moved += chunk.byteLength
      }
      if (state === 'running') setTimeout(fill, 0)
    }
    fill()
  }
  const before = performance.now()
  const loaded = await pings(ping, seconds * 1000)
  state = 'over'
  const result = { idle, loaded: summary(loaded, moved, performance.now() - before) }
  socket.close()
  return result
}

const result = { ...await overMuxado(), plain: await overPlain() }
await fetch('/report', { method: 'POST', body: JSON.stringify({ kind: 'result', result }) })

/**
 * An endpoint of ours that does all that @muxado/conformance asks of one: it echoes, opens streams, asks with heartbeats, and obeys commands.
 *
 * @module
 */
import { connect, listen } from '@muxado/node'
import type { ConnectOptions } from '@muxado/node'
import type { Session, Stream } from '@muxado/session'
import type { Uint8ArrayList } from 'uint8arraylist'

/** How its sessions behave; which end they are follows from who dials. */
export type EchoOptions = Omit<ConnectOptions, 'host' | 'port' | 'path' | 'tls' | 'role' | 'signal'>

/** What runs until it is closed. */
export interface EchoEndpoint {
  /** Where it listens; undefined for one that dials. */
  readonly url: string
  close (): Promise<void>
}

const opened = 3
const greeting = new TextEncoder().encode('hello')
const commands = /^muxado (\w+)\n/

/** Timers that are short enough to be waited for in a test. */
export const QUICK: EchoOptions = { heartbeat: { intervalMs: 100, toleranceMs: 2500 }, typeTimeoutMs: 300, lingerMs: 200 }

/** An endpoint that listens, as a server. */
export async function echoServer (options: EchoOptions): Promise<EchoEndpoint> {
  const listener = await listen({ host: '127.0.0.1', ...options })
  void (async () => {
    for await (const session of listener) serve(session)
  })()
  return { url: listener.url, close: async () => { await listener.close({ sessions: true }) } }
}

/** An endpoint that dials, as a client, and again whenever a session has ended; `sessions` at once. */
export async function echoClient (url: string, options: EchoOptions, sessions = 4): Promise<EchoEndpoint> {
  const stop = new AbortController()
  const work = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const session = await connect(url, { ...options, signal: stop.signal })
      const hangUp = (): void => { session.abort() }
      stop.signal.addEventListener('abort', hangUp, { once: true })
      serve(session)
      await session.closed
      stop.signal.removeEventListener('abort', hangUp)
    }
  }
  const all = Promise.allSettled(Array.from({ length: sessions }, work))
  return {
    url,
    close: async () => {
      stop.abort()
      await all
    }
  }
}

function serve (session: Session): void {
  for (let i = 0; i < opened; i++) void greet(session.open())
  void (async () => {
    try {
      for await (const stream of session) void answer(session, stream)
    } catch {
      // The session has ended.
    }
  })()
}

async function greet (stream: Stream): Promise<void> {
  try {
    await stream.write(greeting.slice())
    await stream.sink(stream.source)
  } catch {
    // The stream was reset, or the session has ended.
  }
}

async function answer (session: Session, stream: Stream): Promise<void> {
  try {
    const first = await stream.read()
    const [line, word] = commands.exec(new TextDecoder().decode(first?.subarray().subarray(0, 32))) ?? []
    if (word === 'reset') stream.reset()
    else if (word === 'close') await session.close()
    else if (word === 'goaway') session.goAway()
    else if (word === 'finish') await finishFirst(stream)
    if (word === 'hold' || word === 'reset' || word === 'close' || word === 'finish') return
    first?.consume(line?.length ?? 0)
    await stream.sink(echo(first, stream))
  } catch {
    // The stream was reset, or the session has ended.
  }
}

async function finishFirst (stream: Stream): Promise<void> {
  await stream.closeWrite()
  for await (const chunk of stream) void chunk
}

async function * echo (first: Uint8ArrayList | undefined, stream: Stream): AsyncGenerator<Uint8ArrayList> {
  if (first !== undefined && first.length > 0) yield first
  yield * stream.source
}

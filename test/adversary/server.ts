/**
 * The server under attack: a process of its own that listens with the options given and serves each stream as its type asks. Says what it weighs
 * and what it has burnt when it is asked.
 *
 * @module
 */
import { listen, type ListenOptions } from '@muxado/node'
import { createSession, type Session, type SessionOptions, type Stream } from '@muxado/session'
import * as net from 'node:net'
import { Worker } from 'node:worker_threads'
import { DROP, HOARD, SLOW, SOURCE } from './kinds.ts'

/** What the server says of itself. */
export interface Report {
  /** The most memory the process ever held, in bytes. */
  readonly peak: number
  /** Sessions that live. */
  readonly sessions: number
  /** Milliseconds of CPU so far. */
  readonly cpuMs: number
}

type Options = Omit<ListenOptions, 'host' | 'port'> & {
  /** Connections do not take turns. */
  readonly turns?: false
  /** MiB at which the process ends itself: without a defence it might take all there is. */
  readonly most?: number
}

const sessions = new Set<Session>()

async function serve (stream: Stream): Promise<void> {
  switch (stream.type) {
    case DROP:
      for await (const _ of stream);
      await stream.close()
      break
    case HOARD:
      break
    case SOURCE:
      // A buffer of its own each time, as what is read from a file would have
      for (;;) await stream.write(new Uint8Array(65_536).fill(1))
    default:
      await stream.sink(stream)
  }
}

async function answer (session: Session): Promise<void> {
  sessions.add(session)
  void session.closed.then(() => sessions.delete(session))
  for await (const stream of session) {
    serve(stream).catch(() => {})
    if (stream.type === SLOW) await session.closed
  }
}

/** As `listen`, over transports that give what they have at once, as Node's sockets do. */
async function listenWithoutTurns (options: SessionOptions): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    let roomy = (): void => {}
    socket.on('error', () => {}).on('drain', () => { roomy() }).on('close', () => { roomy() })
    const session = createSession({
      source: socket.iterator({ destroyOnReturn: false }),
      async sink (source) {
        for await (const bytes of source) {
          socket.cork()
          for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) socket.write(part)
          socket.uncork()
          if (socket.writableNeedDrain) await new Promise<void>((resolve) => { roomy = resolve })
        }
        socket.end()
      },
      abort: () => { socket.destroy() }
    }, options)
    answer(session).catch(() => {})
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return (server.address() as net.AddressInfo).port // it listens at a port
}

async function start ({ turns, most, ...options }: Options): Promise<number | undefined> {
  // From a thread of its own, which works when this one is stuck
  if (most !== undefined) new Worker(`setInterval(() => { if (process.memoryUsage.rss() > ${most} * 1048576) process.kill(process.pid, 'SIGKILL') }, 5)`, { eval: true })
  if (turns === false) return await listenWithoutTurns({ ...options, role: 'server' })
  const listener = await listen({ ...options, host: '127.0.0.1', port: 0 })
  const accept = async (): Promise<void> => { for await (const session of listener) answer(session).catch(() => {}) }
  accept().catch(() => {})
  return listener.port
}

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const report: Report = { peak: process.resourceUsage().maxRSS * 1024, sessions: sessions.size, cpuMs: (user + system) / 1000 }
  process.send?.(report)
})
process.on('disconnect', () => { process.exit() })

// JSON has no Infinity; the rest is what lab.ts wrote
const options = JSON.parse(process.argv[2] ?? '{}', (_, value: unknown) => value === 'Infinity' ? Infinity : value) as Options
process.send?.(await start(options))

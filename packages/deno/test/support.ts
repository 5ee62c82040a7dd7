/**
 * Deno for the tests: itself, or what stands in for it in other runtimes.
 *
 * @module
 */
import { connect, listen } from '@muxado/deno'
import type { Conn, ConnectOptions, Listener, ListenOptions } from '@muxado/deno'
import type { Session } from '@muxado/session'
import type { Runtime } from '../src/types.ts'
import { StandIn } from './stand-in.ts'

interface Child {
  readonly stdout: ReadableStream<Uint8Array>
  readonly status: Promise<unknown>
  kill (signal: string): void
}

/** What only Deno itself can do. */
interface RealDeno extends Runtime {
  makeTempDirSync (): string
  writeTextFileSync (path: string, text: string): void
  execPath (): string
  Command: new (program: string, options: object) => { spawn (): Child }
}

const real = (globalThis as { Deno?: RealDeno }).Deno

/** Undefined in Deno itself. */
export const standIn: StandIn | undefined = real === undefined ? new StandIn() : undefined

/** Whichever it is. */
export const deno: Runtime = real ?? standIn ?? new StandIn()

/** The tests of this `describe` find `Deno` where it is not, and others do not. */
export function withDeno (): void {
  if (real !== undefined) return
  before(() => { Object.assign(globalThis, { Deno: standIn }) })
  after(() => { Reflect.deleteProperty(globalThis, 'Deno') })
}

let paths = 0

/** A path for a unix socket that nothing else has. */
export function temporaryPath (): string {
  return real === undefined ? `/in-memory/${++paths}` : `${real.makeTempDirSync()}/socket`
}

/** Put a file that is no socket at `path`. */
export function putFile (path: string): void {
  if (real !== undefined) real.writeTextFileSync(path, 'precious')
  else standIn?.put(path, 'file')
}

/** Put the socket of a process that was killed at `path`. */
export async function putDeadSocket (path: string): Promise<void> {
  if (real === undefined) {
    standIn?.put(path, 'socket')
    return
  }
  const code = `Deno.listen({ transport: 'unix', path: ${JSON.stringify(path)} }); console.log('listens'); setInterval(() => {}, 1000)`
  const child = new real.Command(real.execPath(), { args: ['eval', code], stdout: 'piped' }).spawn()
  await child.stdout.getReader().read()
  child.kill('SIGKILL')
  await child.status
}

/** Two ends of a connection over TCP. */
export async function connPair (): Promise<[Conn, Conn]> {
  const listener = deno.listen({ hostname: '127.0.0.1', port: 0 })
  const pair = await Promise.all([deno.connect({ hostname: '127.0.0.1', port: listener.addr.port ?? 0 }), listener.accept()])
  listener.close()
  return pair
}

/** What tests open and what closes it after each. */
export class Tidy {
  readonly #undo: Array<() => unknown> = []

  /** Do this after the test, before what was asked for earlier. */
  add (undo: () => unknown): void {
    this.#undo.push(undo)
  }

  async listen (options: ListenOptions = {}): Promise<Listener> {
    const listener = await listen(options.path === undefined ? { host: '127.0.0.1', ...options } : options)
    this.add(async () => { await listener.close({ sessions: true }) })
    return listener
  }

  async connect (target: string | ConnectOptions, more?: ConnectOptions): Promise<Session> {
    const session = await connect(target, more)
    this.add(async () => { await session.close() })
    return session
  }

  /** A connection that is no session. */
  async plain (listener: Listener): Promise<Conn> {
    const conn = await deno.connect({ hostname: '127.0.0.1', port: listener.port ?? 0 })
    this.add(() => { closeTwice(conn) })
    return conn
  }

  async up (): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo()
  }
}

/** Close what a test may have closed. */
export function closeTwice (conn: { close (): void }): void {
  try {
    conn.close()
  } catch {}
}

/** The peer's end, seen as what reading says: an error when it was cut off. */
export async function untilEnd (conn: Conn): Promise<Error | undefined> {
  const buffer = new Uint8Array(1000)
  try {
    while (await conn.read(buffer) !== null);
    return undefined
  } catch (error) {
    return error as Error
  }
}

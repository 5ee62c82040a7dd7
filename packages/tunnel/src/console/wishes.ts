/**
 * Grants what pages ask for, one wish a stream, or says why not. Knows sessions and TCP; nothing of HTTP.
 *
 * @module
 */
import * as net from 'node:net'
import type { Session, Stream } from '@muxado/session'
import { type Message, readMessage, writeMessage } from '../page/messages.ts'
import { spliceStream } from '../splice.ts'
import { type Address, showAddress } from '../values.ts'
import { printable } from '../join.ts'
import type { AllowList } from './allow.ts'
import type { Names } from './names.ts'

/** What wishes are granted from. */
export interface Grants {
  readonly allow: AllowList
  readonly names: Names
  /** Where clients find a name. */
  readonly urlOf: (name: string) => string
  /** Told what people should know. */
  readonly say: (line: string) => void
}

/** A wish takes no round trip to be said; this is for slow lines, and against peers that say nothing. */
const wishTimeoutMs = 10_000

/** A service of the own network answers sooner, or not at all. */
const dialTimeoutMs = 10_000

/** What a download is made of, over and over. */
const block = new Uint8Array(65_536).map((_, i) => i % 251)
const maxDownload = 2 ** 40

/** Grant what the page at the other end asks for, until it ends. */
export async function grantWishes (session: Session, grants: Grants): Promise<void> {
  try {
    for await (const stream of session) {
      grant(session, stream, grants).catch(() => { stream.reset('protocol') })
    }
  } catch {
    // The session has ended; `closed` tells why.
  }
}

async function grant (session: Session, stream: Stream, grants: Grants): Promise<void> {
  const what = await readMessage(stream, { signal: AbortSignal.timeout(wishTimeoutMs) })
  switch (what['want']) {
    case 'hello': return await last(stream, { ok: true, allow: grants.allow.names, tabs: grants.urlOf('NAME') })
    case 'tcp': return await dial(stream, what['to'], grants)
    case 'serve': return await serve(session, stream, what['name'], grants)
    case 'echo':
      await writeMessage(stream, { ok: true })
      return await broken(stream.sink(stream.source))
    case 'download': return await download(stream, what)
    default: return await refuse(stream, 'this gateway does not know that wish')
  }
}

/** From connecting to splicing nothing may be awaited that takes longer than a microtask: an error of the socket in between would go unheard. */
async function dial (stream: Stream, to: unknown, { allow, say }: Grants): Promise<void> {
  const address = allow.find(to)
  const asked = printable(String(to))
  if (address === undefined) {
    say(`refused a page ${asked}: start with --allow ${asked} to let pages reach it`)
    return await refuse(stream, `${asked} is not on the list of this gateway (--allow)`)
  }
  const socket = await connect(address)
  if (typeof socket === 'string') return await refuse(stream, socket)
  const answered = writeMessage(stream, { ok: true })
  spliceStream(stream, socket)
  await broken(answered)
}

/** A connection, or why there is none. */
async function connect (address: Address): Promise<net.Socket | string> {
  const socket = net.connect({ ...address, allowHalfOpen: true, noDelay: true })
  return await new Promise((resolve) => {
    const timer = setTimeout(() => { socket.destroy(new Error('no connection in time')) }, dialTimeoutMs)
    const failed = (error: Error): void => {
      clearTimeout(timer)
      resolve(`cannot connect to ${showAddress(address)}: ${reasonOf(error)}`)
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

async function serve (session: Session, stream: Stream, name: unknown, { names, urlOf, say }: Grants): Promise<void> {
  const why = names.claim(name, session)
  if (why !== undefined) return await refuse(stream, why)
  const claimed = String(name)
  try {
    await writeMessage(stream, { ok: true, url: urlOf(claimed) })
    say(`a tab serves ${urlOf(claimed)}`)
    while (await stream.read() !== undefined) { /* nothing is said after the wish in this version */ }
  } catch {
    // A tab that was closed has given its name up.
  } finally {
    names.release(claimed)
    say(`no tab serves ${urlOf(claimed)} any more`)
  }
  stream.reset()
}

async function download (stream: Stream, { bytes }: Message): Promise<void> {
  if (typeof bytes !== 'number' || !(bytes >= 0 && bytes <= maxDownload)) return await refuse(stream, `a download has 0 to ${maxDownload} bytes`)
  await writeMessage(stream, { ok: true, bytes })
  await broken((async () => {
    for (let left = bytes; left > 0; left -= block.length) await stream.write(block.slice(0, Math.min(left, block.length)))
    await stream.close()
  })())
}

async function refuse (stream: Stream, error: string): Promise<void> {
  await last(stream, { ok: false, error })
}

async function last (stream: Stream, answer: object): Promise<void> {
  await writeMessage(stream, answer)
  await stream.close()
}

/** A page may leave whenever it likes: that breaks off what was sent, and nothing else. */
async function broken (work: Promise<void>): Promise<void> {
  await work.catch(() => {})
}

function reasonOf (error: Error & { code?: string, errors?: readonly Error[] }): string {
  const [first] = error.errors ?? []
  return printable((first ?? error).message)
}

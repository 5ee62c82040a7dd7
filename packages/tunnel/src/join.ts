/**
 * How an agent joins a gateway: one line of JSON each way on a stream of type 1, which then stays open for as long as the gateway wants the
 * agent. Knows sessions and streams; nothing of sockets and HTTP. docs/tunnel.md describes it for others.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Session, Stream } from '@muxado/session'

/** The type of the stream that an agent opens to join. */
export const joinType = 1

/** What an agent says of itself. */
export interface Hello {
  /** For the gateway's log. */
  readonly name: string
  /** What it exposes, for the gateway's log. */
  readonly target: string
  readonly token?: string | undefined
}

/** What the gateway tells an agent that has joined. */
export interface Welcome {
  /** Where the public entrance is. */
  readonly url: string
  /** Resolves when the gateway does not want this agent any more, at the latest with the session. Never rejects. */
  readonly released: Promise<void>
  /** Give the place up from this side, so that nothing of the greeting keeps the session from draining. */
  leave (): void
}

/** An agent that a gateway has let in. */
export interface Admitted extends Hello {
  /** Tell it that it is not wanted any more: it joins again elsewhere, or here. */
  release (): void
}

/** The gateway understood and said no: asking again in the same way is of no use. */
export class JoinRefused extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'JoinRefused'
  }
}

/** A line of more bytes than this is no greeting. */
const maxLine = 4096

/** A greeting takes one round trip; this is for slow machines, and against peers that say nothing. */
export const joinTimeoutMs = 10_000

/**
 * The agent's side.
 * @throws {JoinRefused} the gateway said no; {Error} it said nothing that makes sense, or not in time
 */
export async function requestJoin (session: Session, hello: Hello, timeoutMs: number = joinTimeoutMs): Promise<Welcome> {
  const stream = session.open({ type: joinType })
  const signal = AbortSignal.timeout(timeoutMs)
  await writeLine(stream, { muxado: 1, token: hello.token, name: hello.name, target: hello.target }, signal)
  const answer = await readLine(stream, signal)
  if (answer['ok'] !== true) throw new JoinRefused(typeof answer['error'] === 'string' ? printable(answer['error']) : 'no reason given')
  return {
    url: typeof answer['url'] === 'string' ? printable(answer['url']) : '',
    released: ended(stream),
    leave () { stream.reset() }
  }
}

/**
 * The gateway's side: wait for the agent's greeting and answer it.
 * @throws {JoinRefused} it was told no, and why; {Error} it said nothing that makes sense, or not in time
 */
export async function admit (session: Session, token: string | undefined, url: string, timeoutMs: number = joinTimeoutMs): Promise<Admitted> {
  const signal = AbortSignal.timeout(timeoutMs)
  const stream = await session.accept({ signal })
  if (stream.type !== joinType) throw new Error(`its first stream has type ${stream.type}`)
  const hello = await readLine(stream, signal)
  const refusal = reasonToRefuse(hello, token)
  if (refusal !== undefined) {
    await writeLine(stream, { ok: false, error: refusal }, signal)
    await stream.closeWrite()
    throw new JoinRefused(refusal)
  }
  await writeLine(stream, { ok: true, url }, signal)
  // Whatever else it sends here is of no interest.
  stream.closeRead()
  return {
    name: typeof hello['name'] === 'string' ? printable(hello['name']) : 'unnamed',
    target: typeof hello['target'] === 'string' ? printable(hello['target']) : 'something',
    release () { stream.closeWrite().catch(() => {}) }
  }
}

/** Compare in a time that says nothing about where they differ. */
export function sameToken (given: unknown, token: string): boolean {
  if (typeof given !== 'string') return false
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(token).digest())
}

/** Text of a peer that is fit for a terminal: short, and without control characters. */
export function printable (text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\ud7ff\ue000-\uffef]/g, '?').slice(0, 200)
}

function reasonToRefuse (hello: Record<string, unknown>, token: string | undefined): string | undefined {
  if (hello['muxado'] !== 1) return 'this gateway speaks version 1 of the greeting'
  if (token === undefined) return undefined
  if (hello['token'] === undefined) return 'a token is needed'
  return sameToken(hello['token'], token) ? undefined : 'wrong token'
}

async function writeLine (stream: Stream, value: object, signal: AbortSignal): Promise<void> {
  await stream.write(new TextEncoder().encode(`${JSON.stringify(value)}\n`), { signal })
}

async function readLine (stream: Stream, signal: AbortSignal): Promise<Record<string, unknown>> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = ''
  let left = maxLine
  for (;;) {
    const chunk = await stream.read({ signal, max: left })
    if (chunk === undefined) throw new Error('its greeting broke off')
    left -= chunk.length
    line += decoder.decode(chunk.subarray(), { stream: true })
    const end = line.indexOf('\n')
    if (end >= 0) return asRecord(line.slice(0, end))
    if (left <= 0) throw new Error('its greeting is too long')
  }
}

function asRecord (line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('its greeting is not an object')
  return value as Record<string, unknown> // an object that JSON made has string keys
}

async function ended (stream: Stream): Promise<void> {
  try {
    while (await stream.read() !== undefined) { /* nothing is said after the greeting in this version */ }
  } catch {
    // A session that died has released its agent, too.
  }
}

/**
 * Passes HTTP requests for `/t/NAME/` on to the page that serves NAME, and its answers back, streaming both ways. Knows node:http and sessions.
 *
 * @module
 */
import { STATUS_CODES, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Session, Stream } from '@muxado/session'
import { type RawHeaders, hasBody, requestHeaders } from '../headers.ts'
import { encodeMessage, readMessage, type Message } from '../page/messages.ts'
import type { Names } from './names.ts'

/** How requests are passed on. */
export interface TabsOptions {
  readonly names: Names
  /** Milliseconds without progress of the upload and without an answer, then 504. */
  readonly firstByteMs: number
  /** Requests under way at once. */
  readonly maxRequests: number
}

/**
 * Cookies are of a host, not of a port or a path: those of the site that the gateway exposes would go to any tab, and a tab could set some for it.
 * The others concern one connection (`requestHeaders` writes them for an origin that speaks HTTP).
 */
const notForTabs: ReadonlySet<string> = new Set(['cookie', 'authorization', 'connection', 'te', 'transfer-encoding', 'trailer', 'expect'])

/** What a page cannot say for the origin that it shares with others; the rest of these is the server's own to write. */
const notFromTabs: ReadonlySet<string> = new Set([
  'set-cookie', 'service-worker-allowed', 'clear-site-data', 'strict-transport-security', 'connection', 'keep-alive', 'proxy-authenticate',
  'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'
])

/** Methods that a `Request` cannot have. */
const unknownToPages: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** What answers at the address for tabs. */
export function tabsListener ({ names, firstByteMs, maxRequests }: TabsOptions): RequestListener {
  let active = 0
  return (request, response) => {
    const way = find(request, names)
    if ('status' in way) return say(response, way.status, way.text, way.location)
    if (active >= maxRequests) return say(response, 503, 'too many requests are under way; try again in a moment')
    active += 1
    response.once('close', () => { active -= 1 })
    pass(request, response, way.name, way.session, firstByteMs).catch(() => { response.destroy() })
  }
}

type Way =
  | { readonly name: string, readonly session: Session }
  | { readonly status: number, readonly text: string, readonly location?: string }

function find (request: IncomingMessage, names: Names): Way {
  const [, name = '', rest = ''] = /^\/t\/([^/?#]*)(.*)$/s.exec(request.url ?? '') ?? []
  if (name === '') return { status: 404, text: 'tabs serve at /t/NAME/' }
  if (unknownToPages.has(request.method ?? '')) return { status: 501, text: `a page cannot take ${String(request.method)}` }
  const session = names.find(name)
  // Only names that were held are repeated, and those are letters, digits and hyphens.
  if (session === 'gone') return { status: 502, text: `the tab that served ${name} was closed, or lost its connection` }
  if (session === undefined) return { status: 404, text: 'no tab serves a name like this' }
  if (!rest.startsWith('/')) return { status: 308, text: 'with a slash at the end, please', location: `/t/${name}/${rest}` }
  return { name, session }
}

async function pass (request: IncomingMessage, response: ServerResponse, name: string, session: Session, firstByteMs: number): Promise<void> {
  const body = hasBody(request)
  let opening: { readonly stream: Stream, readonly head: Uint8Array<ArrayBuffer> }
  try {
    const head = encodeMessage({ name, method: request.method, url: `http://${request.headers.host ?? 'localhost'}${request.url ?? ''}`, headers: headersFor(request), body })
    opening = { stream: session.open(), head }
  } catch (error) {
    return error instanceof RangeError ? say(response, 431, 'the head of the request is too long for a tab') : say(response, 502, `the tab that serves ${name} is leaving`)
  }
  const { stream, head } = opening
  response.once('close', () => { if (!response.writableFinished) stream.reset() })
  const late = new AbortController()
  const timer = setTimeout(() => { late.abort() }, firstByteMs)
  // Whatever nobody takes of an upload is read and dropped, or the client would not come to read its answer.
  upload(request, stream, head, body, () => { timer.refresh() }).catch(() => { request.resume() })
  try {
    const answer = await readMessage(stream, { signal: late.signal })
    clearTimeout(timer)
    begin(response, answer)
  } catch {
    clearTimeout(timer)
    stream.reset()
    if (response.headersSent || response.destroyed) response.destroy()
    else if (late.signal.aborted) say(response, 504, `the tab that serves ${name} did not answer in time; a browser may have put it to sleep`)
    else say(response, 502, `the tab that serves ${name} was closed before it answered`)
    return
  }
  await bring(request, response, stream)
  response.end()
}

async function upload (request: IncomingMessage, stream: Stream, head: Uint8Array<ArrayBuffer>, body: boolean, progress: () => void): Promise<void> {
  await stream.write(head)
  if (body) {
    // Leaving the loop must not end the connection: the answer goes over it.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      await stream.write(chunk as Buffer)
      progress()
    }
  } else {
    request.resume()
  }
  await stream.closeWrite()
}

function begin (response: ServerResponse, answer: Message): void {
  const { status, statusText } = answer
  if (typeof status !== 'number' || !(status >= 200 && status <= 599)) throw new Error('no status')
  // A length that is not the body's would have the client take one answer's bytes for the next one's.
  response.strictContentLength = true
  response.writeHead(status, typeof statusText === 'string' && statusText !== '' ? statusText : STATUS_CODES[status] ?? '', headersFrom(answer['headers']))
  response.flushHeaders()
}

/** The body, chunk by chunk; when it breaks off, so does the client's connection, since half an answer must not look whole. */
async function bring (request: IncomingMessage, response: ServerResponse, stream: Stream): Promise<void> {
  const closed = new AbortController()
  response.once('close', () => { closed.abort() })
  for await (const chunk of stream) {
    if (request.method === 'HEAD') continue
    if (!response.write(chunk.subarray()) && !response.destroyed) await once(response, 'drain', { signal: closed.signal })
  }
}

function headersFor (request: IncomingMessage): Array<[string, string]> {
  return paired(requestHeaders(request, { trustForwarded: false })).filter(([name]) => !notForTabs.has(name.toLowerCase()))
}

function headersFrom (value: unknown): RawHeaders {
  const out: RawHeaders = ['X-Content-Type-Options', 'nosniff']
  if (!Array.isArray(value)) throw new Error('no headers')
  for (const pair of value as unknown[]) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string' || typeof pair[1] !== 'string') throw new Error('a header that is none')
    const lower = pair[0].toLowerCase()
    if (!notFromTabs.has(lower) && lower !== 'x-content-type-options') out.push(pair[0], pair[1])
  }
  return out
}

function paired (raw: RawHeaders): Array<[string, string]> {
  return raw.flatMap((name, i) => i % 2 === 0 ? [[name, raw[i + 1] ?? ''] satisfies [string, string]] : [])
}

function say (response: ServerResponse, status: number, text: string, location?: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...(location === undefined ? {} : { Location: location })
  })
  response.end(`${text}\n`)
}

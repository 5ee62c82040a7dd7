/**
 * Answers HTTP requests in a page: the gateway opens a stream for each, a handler makes a `Response` of a `Request`. Knows no DOM.
 *
 * @module
 */
import type { Session, Stream } from '@muxado/session'
import { readMessage, writeMessage, type Message } from './messages.ts'
import { Refused, wish, type WishOptions } from './wish.ts'

/** What a browser hides of a request. */
export interface ServedRequest {
  /** All fields as they came; a `Request` in a browser drops `Host`, `Accept-Encoding`, `Referer` and others. */
  readonly headers: Headers
  /** The name that was asked. */
  readonly name: string
}

/** Answers a request. `request.signal` aborts when the client has gone. Throwing means 500. */
export type Handler = (request: Request, served: ServedRequest) => Response | Promise<Response>

/** A name that this page answers for. */
export interface Served {
  readonly name: string
  /** Of the stream that holds the name. */
  readonly id: number
  /** Where clients find it. */
  readonly url: string
  /** Resolves when the name is given up, at the latest with the session. Never rejects. */
  readonly closed: Promise<void>
  /** Give the name up. Requests under way go on. */
  close (): void
}

/** Where a browser cannot stream a request's body, it is collected, up to this. */
const maxCollected = 16 * 2 ** 20

const handlers = new WeakMap<Session, Map<string, Handler>>()

/**
 * Answer what clients ask at `/t/NAME/` of the gateway, for as long as the session lives. From the first call on, the session's streams are
 * accepted here and nowhere else.
 * @param name 1 to 40 lower-case letters, digits and inner hyphens
 * @throws {Refused} the name is taken or no name; what `wish` throws
 */
export async function serve (session: Session, name: string, handler: Handler, options?: WishOptions): Promise<Served> {
  const named = handlersOf(session)
  if (named.has(name)) throw new Refused(`this page serves ${name} already`)
  // Before the gateway knows the name: the first request may come with its answer.
  named.set(name, handler)
  try {
    const { stream, answer } = await wish(session, { want: 'serve', name }, options)
    const closed = ended(stream).then(() => { named.delete(name) })
    return { name, id: stream.id, url: String(answer['url']), closed, close () { stream.reset() } }
  } catch (error) {
    named.delete(name)
    throw error
  }
}

function handlersOf (session: Session): Map<string, Handler> {
  const known = handlers.get(session)
  if (known !== undefined) return known
  const named = new Map<string, Handler>()
  handlers.set(session, named)
  void accept(session, named)
  return named
}

async function accept (session: Session, named: ReadonlyMap<string, Handler>): Promise<void> {
  try {
    for await (const stream of session) {
      respond(stream, named).catch(() => { stream.reset('internal') })
    }
  } catch {
    // The session has ended; whoever opened it is told why.
  }
}

async function respond (stream: Stream, named: ReadonlyMap<string, Handler>): Promise<void> {
  const head = await readMessage(stream)
  const name = text(head, 'name')
  const handler = named.get(name)
  const gone = new AbortController()
  void stream.closed.then((error) => { if (error !== undefined) gone.abort(error) })
  const answer = handler === undefined ? new Response('no such name here\n', { status: 404 }) : await answered(handler, name, head, stream, gone.signal)
  await writeMessage(stream, { status: answer.status, statusText: answer.statusText, headers: [...answer.headers] })
  if (head['method'] === 'HEAD') await answer.body?.cancel()
  else if (answer.body !== null) await send(answer.body, stream)
  await stream.closeWrite()
  // What the handler left of an upload is dropped, or it would hold its window for ever.
  if (head['body'] === true) stream.closeRead()
}

async function answered (handler: Handler, name: string, head: Message, stream: Stream, signal: AbortSignal): Promise<Response> {
  try {
    const answer = await handler(await requestOf(head, stream, signal), { name, headers: new Headers(pairs(head)) })
    if (answer.type !== 'error' && !answer.bodyUsed) return answer
    return new Response('the tab gave an answer that cannot be sent\n', { status: 500 })
  } catch (error) {
    if (error instanceof TooLong) return new Response(`${error.message}\n`, { status: 413 })
    // What failed concerns the tab's user, who finds it in the console, not the client.
    reportError(error)
    return new Response('the handler in the tab failed; its console says how\n', { status: 500 })
  }
}

async function requestOf (head: Message, stream: Stream, signal: AbortSignal): Promise<Request> {
  const init = { method: text(head, 'method'), headers: pairs(head), signal }
  if (head['body'] !== true) return new Request(text(head, 'url'), init)
  const body = canStreamRequests() ? stream.readable : await collect(stream)
  const request = new Request(text(head, 'url'), { ...init, body, duplex: 'half' } as RequestInit) // `duplex` is newer than TypeScript's types
  // Firefox has no `body` on requests: `new Response(request.body)` would answer with nothing, and say that all is well
  if (body instanceof Blob && (request as { body?: unknown }).body === undefined) Object.defineProperty(request, 'body', { value: body.stream() })
  return request
}

/** A browser that does not know request streams makes a string of one and does not ask for `duplex`. */
function canStreamRequests (): boolean {
  let asked = false
  const init = {
    method: 'POST',
    body: new ReadableStream(),
    get duplex () {
      asked = true
      return 'half'
    }
  }
  const request = new Request('http://localhost/', init as RequestInit)
  return asked && !request.headers.has('content-type')
}

class TooLong extends Error {}

async function collect (stream: Stream): Promise<Blob> {
  const chunks: Array<Uint8Array<ArrayBuffer>> = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > maxCollected) throw new TooLong(`this browser cannot stream uploads and takes ${maxCollected} bytes at most`)
    chunks.push(new Uint8Array(chunk.subarray()))
  }
  return new Blob(chunks)
}

async function send (body: ReadableStream<Uint8Array>, stream: Stream): Promise<void> {
  const reader = body.getReader()
  // A silent body must hear of a client that has gone, too.
  void stream.closed.then(async (error) => { if (error !== undefined) await reader.cancel(error) }).catch(() => {})
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      await stream.write(value)
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {})
    throw error
  }
}

async function ended (stream: Stream): Promise<void> {
  try {
    while (await stream.read() !== undefined) { /* nothing is said after the answer in this version */ }
  } catch {
    // A session that died has given the name up.
  }
}

function text (head: Message, key: string): string {
  const value = head[key]
  if (typeof value !== 'string') throw new TypeError(`the request has no ${key}`)
  return value
}

function pairs (head: Message): Array<[string, string]> {
  const { headers } = head as { headers?: unknown }
  if (!Array.isArray(headers)) throw new TypeError('the request has no headers')
  return headers.map(([name, value]: [unknown, unknown]) => [String(name), String(value)])
}

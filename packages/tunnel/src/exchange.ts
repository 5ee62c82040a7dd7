/**
 * One public request over to an origin and its answer back, whole: bodies with backpressure both ways, trailers, 1xx answers, upgrades, and
 * every early end told to the other side. Knows node:http and where routes come from; knows nothing of muxado.
 *
 * @module
 */
import { type ClientRequest, type IncomingMessage, type ServerResponse, request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ForwardOptions, hasBody, isLoop, requestHeaders, responseHeaders, switchingHead, trailerPairs } from './headers.ts'
import { type Fault, answerFault } from './pages.ts'
import { type Route, faultOf, wayError } from './route.ts'
import { join, resetSocket } from './splice.ts'

/** How requests are passed on. */
export interface ProxyOptions extends ForwardOptions {
  /** The ways there are, the best first. Asked at each request. */
  readonly routes: () => readonly Route[]
  /** Milliseconds without progress of the upload and without a first byte of the answer. */
  readonly firstByteMs: number
  /** Told of each request that the entrance had to answer itself. */
  readonly onFault?: (fault: Fault, error?: Error) => void
  /** Told of each request whose answer will not end by itself: an event stream, or an upgraded connection. */
  readonly onEndless?: (request: IncomingMessage) => void
}

/** Heads of answers up to this size are taken; the origin is the operator's own, so this is larger than what clients may send. */
const maxAnswerHead = 65536

/** How long an answered client may go on uploading: enough for the answer to cross the world, too short to be worth holding open. */
export const lingerMs = 2000

/** A client's socket that the parser has let go of, with what it had read beyond the head. */
export interface Upgrade {
  readonly socket: Socket
  readonly head: Buffer
}

/** A request that is passed on. Starts when told to, and ends its response in every case. */
export class Exchange {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #options: ProxyOptions
  readonly #upgrade: Upgrade | undefined
  readonly #body: boolean
  readonly #timer: NodeJS.Timeout
  #phase: 'asking' | 'answering' | 'over' = 'asking'
  #outgoing: ClientRequest | undefined
  /** How the client sees that its answer is whole. */
  #framing: 'framed' | 'untilClose' = 'framed'
  /** Whether the client waits for a 100 before it sends its body. */
  #upload: 'flows' | 'waits'

  constructor (request: IncomingMessage, response: ServerResponse, options: ProxyOptions, upgrade?: Upgrade) {
    this.#request = request
    this.#response = response
    this.#options = options
    this.#upgrade = upgrade
    this.#body = hasBody(request)
    this.#upload = request.headers.expect === undefined ? 'flows' : 'waits'
    this.#timer = setTimeout(() => { this.#fail(this.#stalled()) }, options.firstByteMs)
  }

  /** Answer with `fault` instead of starting. */
  refuse (fault: Fault): void {
    this.#fail(fault)
  }

  /** Ask the best route; others follow where that can do no harm. */
  start (): void {
    this.#response.on('close', () => {
      clearTimeout(this.#timer)
      // The client has gone before its answer was whole: the origin should know.
      if (!this.#response.writableFinished) this.#outgoing?.destroy()
    })
    this.#response.on('error', () => { this.#outgoing?.destroy() })
    if (isLoop(this.#request)) return this.#fail('loop')
    this.#ask([...this.#options.routes()])
  }

  #ask (routes: Route[]): void {
    const route = routes.shift()
    if (route === undefined) return this.#fail('noAgent')
    const request = this.#request
    let outgoing: ClientRequest
    try {
      outgoing = httpRequest({
        agent: route.agent,
        method: request.method,
        path: request.url,
        headers: requestHeaders(request, this.#options, this.#upgrade !== undefined),
        setHost: false,
        maxHeaderSize: maxAnswerHead
      })
    } catch (error) {
      return this.#fail('badRequest', error)
    }
    this.#outgoing = outgoing
    outgoing.on('error', (failure) => {
      if (this.#phase !== 'asking') return
      const error = wayError(failure)
      if (error.retryable === true && !this.#body && routes.length > 0) this.#ask(routes)
      // An agent that leaves refuses what it was sent before that was known.
      else this.#fail(error.retryable === true && this.#options.routes().length === 0 ? 'noAgent' : faultOf(error), error)
    })
    outgoing.on('continue', () => {
      if (this.#phase !== 'asking') return
      this.#upload = 'flows'
      this.#response.writeContinue()
    })
    outgoing.on('information', (info) => {
      if (info.statusCode === 103 && this.#phase === 'asking') passHints(this.#response, info.headers['link'])
    })
    outgoing.on('response', (incoming) => { this.#answer(incoming) })
    if (this.#upgrade !== undefined) outgoing.on('upgrade', (incoming, socket, head) => { this.#switch(incoming, socket, head) })
    this.#send(outgoing)
  }

  #send (outgoing: ClientRequest): void {
    const request = this.#request
    if (this.#upgrade !== undefined || !this.#body) {
      outgoing.end()
      return
    }
    // Head first: with Expect the client waits for what the origin says to it, and a slow upload should not hide its beginning.
    outgoing.flushHeaders()
    request.on('data', () => { this.#timer.refresh() })
    request.pipe(outgoing, { end: false })
    request.on('end', () => {
      if (request.rawTrailers.length > 0) outgoing.addTrailers(trailerPairs(request.rawTrailers))
      outgoing.end()
    })
  }

  #answer (incoming: IncomingMessage): void {
    const response = this.#response
    if (this.#phase !== 'asking') {
      incoming.destroy()
      return
    }
    clearTimeout(this.#timer)
    response.sendDate = false
    try {
      // What is left of an upload that nobody takes would otherwise have to be read before the next request.
      if (this.#body && !this.#request.complete) response.shouldKeepAlive = false
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage ?? '', responseHeaders(this.#request, incoming))
    } catch (error) {
      incoming.destroy()
      return this.#fail('originBroke', error)
    }
    this.#phase = 'answering'
    if (/^text\/event-stream/i.test(incoming.headers['content-type'] ?? '')) this.#options.onEndless?.(this.#request)
    if (!response.chunkedEncoding && incoming.headers['content-length'] === undefined) this.#framing = 'untilClose'
    // The head leaves with the first bytes when they are here already, and by itself when they are not (an event stream may be silent for long).
    const flush = setImmediate(() => { response.flushHeaders() })
    incoming.once('data', () => { clearImmediate(flush) })
    incoming.pipe(response, { end: false })
    incoming.on('end', () => {
      clearImmediate(flush)
      if (!incoming.complete) return
      this.#phase = 'over'
      if (incoming.rawTrailers.length > 0 && response.chunkedEncoding) response.addTrailers(trailerPairs(incoming.rawTrailers))
      this.#end()
    })
    // Errors need a listener; 'close' comes after each and does the work.
    incoming.on('error', () => {})
    incoming.on('close', () => {
      clearImmediate(flush)
      if (this.#phase === 'answering') this.#breakOff()
    })
  }

  #switch (incoming: IncomingMessage, origin: Duplex, head: Buffer): void {
    const client = this.#upgrade?.socket
    if (this.#phase !== 'asking' || client === undefined) {
      origin.destroy()
      return
    }
    clearTimeout(this.#timer)
    this.#phase = 'over'
    this.#outgoing = undefined
    this.#response.detachSocket(client)
    client.setNoDelay(true)
    client.write(switchingHead(incoming), 'latin1')
    if (head.length > 0) client.write(head)
    if (this.#upgrade !== undefined && this.#upgrade.head.length > 0) origin.write(this.#upgrade.head)
    this.#options.onEndless?.(this.#request)
    join(client, origin)
  }

  /** Answer for the origin. */
  #fail (fault: Fault, error?: unknown): void {
    if (this.#phase !== 'asking') return
    this.#phase = 'over'
    clearTimeout(this.#timer)
    this.#outgoing?.destroy()
    if (this.#response.destroyed) return
    this.#options.onFault?.(fault, error instanceof Error ? error : undefined)
    answerFault(this.#request, this.#response, fault)
    this.#end()
  }

  /**
   * The answer is written. Closing on a client that still uploads would make its system drop the answer unread, so what comes is read and
   * dropped for a moment.
   */
  #end (): void {
    const request = this.#request
    const response = this.#response
    if (request.complete || this.#upload === 'waits' || response.destroyed) {
      response.end()
      return
    }
    request.unpipe()
    request.resume()
    const timer = setTimeout(() => { response.end() }, lingerMs)
    request.once('close', () => {
      clearTimeout(timer)
      response.end()
    })
  }

  /** The answer will never be whole. The client must not take what it has for all there is. */
  #breakOff (): void {
    if (this.#phase !== 'answering') return
    this.#phase = 'over'
    const { socket } = this.#response
    // Without a length and without chunks the end of the connection is the end of the answer: only a reset says otherwise.
    if (socket !== null && this.#framing === 'untilClose') resetSocket(socket)
    this.#response.destroy()
  }

  #stalled (): Fault {
    const request = this.#request
    return this.#body && !request.complete && this.#outgoing?.writableNeedDrain === false ? 'uploadStalled' : 'slowOrigin'
  }
}

function passHints (response: ServerResponse, link: string | string[] | undefined): void {
  try {
    if (link !== undefined) response.writeEarlyHints({ link })
  } catch {
    // Hints that node:http finds malformed are worth less than the answer that follows.
  }
}

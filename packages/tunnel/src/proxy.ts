/**
 * The two ways in which node:http hands over a request, to be passed on. Knows of sockets only what an upgrade needs.
 *
 * @module
 */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Exchange, type ProxyOptions, lingerMs } from './exchange.ts'
import { hasBody } from './headers.ts'

/** Pass `request` on. `response` ends in every case. */
export function proxyRequest (request: IncomingMessage, response: ServerResponse, options: ProxyOptions): void {
  new Exchange(request, response, options).start()
}

/**
 * Pass an upgrade on, e.g. of a WebSocket: after the origin's 101 the two sockets are one. Any other answer is passed back as such. An upgrade
 * to HTTP/2 is not asked for: its requests would pass unseen by all that the entrance does to requests.
 */
export function proxyUpgrade (request: IncomingMessage, socket: Socket, head: Buffer, options: ProxyOptions): void {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  // The parser has let go of this socket, so that nobody else ends it after an ordinary answer, nor reads what might still come.
  response.once('finish', () => {
    response.detachSocket(socket)
    socket.end()
    socket.resume()
    const timer = setTimeout(() => { socket.destroy() }, lingerMs)
    socket.once('close', () => { clearTimeout(timer) })
  })
  socket.on('error', () => { socket.destroy() })
  const toHttp2 = /^\s*h2c\s*$/i.test(request.headers.upgrade ?? '')
  const exchange = new Exchange(request, response, options, toHttp2 ? undefined : { socket, head })
  if (hasBody(request)) exchange.refuse('upgradeWithBody')
  else exchange.start()
}

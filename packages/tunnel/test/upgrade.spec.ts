import { once } from 'node:events'
import type * as http from 'node:http'
import * as net from 'node:net'
import { assert } from 'chai'
import { closeAll, openGateway, openTunnel, raw } from './help/tunnel.ts'

describe('proxyUpgrade', () => {
  afterEach(closeAll)

  function upgrading (origin: http.Server): void {
    origin.on('upgrade', (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => {
      socket.on('error', () => {})
      if (request.url === '/no') {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
        return
      }
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`)
      socket.write(head)
      if (request.url === '/cut') socket.once('data', () => { socket.resetAndDestroy() })
      else socket.pipe(socket)
    })
  }

  const ask101 = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n`

  it('makes one connection of two, with bytes that came early, and half-closes', async () => {
    const { gateway, origin } = await openTunnel(() => {})
    upgrading(origin)
    const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.write(`${ask101('/')}early `)
    socket.setEncoding('latin1')
    let text = ''
    socket.on('data', (data) => { text += String(data) })
    while (!text.endsWith('early ')) await once(socket, 'data')
    socket.end('late')
    await once(socket, 'close')
    assert.match(text, /^HTTP\/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\/1\r\n\r\nearly late$/)
    while (gateway.figures().streams > 0) await new Promise(setImmediate)
  })

  it('passes a refusal back', async () => {
    const { gateway, origin } = await openTunnel(() => {})
    upgrading(origin)
    const text = await raw(gateway.url, ask101('/no'))
    assert.match(text, /^HTTP\/1.1 403 Forbidden\r\n[^]*\r\n\r\nno$/)
  })

  it('cuts the client off when the origin goes', async () => {
    const { gateway, origin } = await openTunnel(() => {})
    upgrading(origin)
    const text = await raw(gateway.url, ask101('/cut'), (_text, socket) => { socket.write('x') })
    assert.match(text, /^HTTP\/1.1 101 [^]*\[reset\]$/)
  })

  it('answers for itself when there is nobody to upgrade with', async () => {
    const gateway = await openGateway()
    assert.match(await raw(gateway.url, ask101('/')), /^HTTP\/1.1 503 [^]*Retry-After: 2\r\n/)
  })

  it('takes a wish for HTTP/2 for an ordinary request', async () => {
    const { gateway, origin } = await openTunnel((request, response) => { response.end(JSON.stringify([request.headers.upgrade, request.headers['http2-settings']])) })
    origin.on('upgrade', () => { assert.fail('this was passed on') })
    const wish = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'
    const text = await raw(gateway.url, `GET / HTTP/1.1\r\nHost: a\r\n${wish}\r\n`)
    assert.match(text, /^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\n\[null,null\]$/)
  })

  it('does not guess where the body of an upgrade ends', async () => {
    const { gateway } = await openTunnel(() => {})
    const text = await raw(gateway.url, 'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 3\r\n\r\nabc')
    assert.match(text, /^HTTP\/1.1 501 /)
  })
})

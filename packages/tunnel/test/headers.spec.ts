import type { IncomingMessage } from 'node:http'
import { assert } from 'chai'
import { hasBody, isLoop, requestHeaders, responseHeaders, switchingHead, trailerPairs } from '../src/headers.ts'

function message (raw: string[], more: object = {}): IncomingMessage {
  const headers: Record<string, string> = {}
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = String(raw[i]).toLowerCase()
    headers[name] = headers[name] === undefined ? String(raw[i + 1]) : `${headers[name]}, ${raw[i + 1]}`
  }
  // As much of a message as the functions under test look at.
  return { rawHeaders: raw, headers, method: 'GET', httpVersionMinor: 1, socket: { remoteAddress: '::ffff:10.1.2.3' }, ...more } as unknown as IncomingMessage
}

function pairs (raw: string[]): Record<string, string> {
  return Object.fromEntries(trailerPairs(raw))
}

describe('requestHeaders', () => {
  it('drops what concerns one hop, and what Connection names', () => {
    const out = pairs(requestHeaders(message([
      'Host', 'a', 'Connection', 'keep-alive, X-Hop', 'X-Hop', '1', 'Keep-Alive', '5', 'Proxy-Authorization', 'x', 'Proxy-Connection', 'y', 'X-Kept', '2'
    ]), { trustForwarded: false }))
    assert.deepEqual(out, {
      'Host': 'a',
      'X-Kept': '2',
      'Connection': 'close',
      'X-Forwarded-For': '10.1.2.3',
      'X-Forwarded-Host': 'a',
      'X-Forwarded-Proto': 'http',
      'Via': '1.1 muxado'
    })
  })

  it('keeps Host and Content-Length even when Connection names them', () => {
    const out = pairs(requestHeaders(message(['Host', 'a', 'Content-Length', '3', 'Connection', 'host, content-length']), { trustForwarded: false }))
    assert.include(out, { 'Host': 'a', 'Content-Length': '3' })
  })

  it('keeps repeated fields apart and in order', () => {
    const out = requestHeaders(message(['Cookie', 'a', 'X', '1', 'Cookie', 'b']), { trustForwarded: false })
    assert.deepEqual(out.slice(0, 6), ['Cookie', 'a', 'X', '1', 'Cookie', 'b'])
  })

  it('does not believe what clients say of themselves unless told to', () => {
    const said = message(['Host', 'a', 'X-Forwarded-For', '6.6.6.6', 'x-forwarded-proto', 'https', 'X-Forwarded-Port', '443', 'Forwarded', 'for=6.6.6.6'])
    const out = pairs(requestHeaders(said, { trustForwarded: false }))
    assert.equal(out['X-Forwarded-For'], '10.1.2.3')
    assert.equal(out['X-Forwarded-Proto'], 'http')
    assert.notProperty(out, 'Forwarded')
    assert.notProperty(out, 'X-Forwarded-Port')
    const trusting = pairs(requestHeaders(said, { trustForwarded: true }))
    assert.include(trusting, { 'X-Forwarded-For': '6.6.6.6, 10.1.2.3', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443', 'Forwarded': 'for=6.6.6.6' })
    assert.notProperty(trusting, 'x-forwarded-proto')
  })

  it('passes on that trailers are welcome, and announces them only with chunks', () => {
    const out = pairs(requestHeaders(message(['TE', 'gzip, trailers', 'Trailer', 'x-sum', 'Transfer-Encoding', 'chunked']), { trustForwarded: false }))
    assert.include(out, { 'Connection': 'close, TE', 'TE': 'trailers', 'Trailer': 'x-sum', 'Transfer-Encoding': 'chunked' })
    assert.notProperty(pairs(requestHeaders(message(['Trailer', 'x-sum']), { trustForwarded: false })), 'Trailer')
  })

  it('says that there is no body where the method would suggest one', () => {
    assert.include(pairs(requestHeaders(message([], { method: 'POST' }), { trustForwarded: false })), { 'Content-Length': '0' })
    assert.notProperty(pairs(requestHeaders(message([], { method: 'DELETE' }), { trustForwarded: false })), 'Content-Length')
  })

  it('asks for the upgrade that the client asks for', () => {
    const out = pairs(requestHeaders(message(['Connection', 'keep-alive, Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Key', 'k']), { trustForwarded: false }, true))
    assert.include(out, { 'Connection': 'Upgrade', 'Upgrade': 'websocket', 'Sec-WebSocket-Key': 'k' })
  })
})

describe('responseHeaders', () => {
  const request = message(['Host', 'a'])

  it('keeps what is for the client, each Set-Cookie by itself', () => {
    const out = responseHeaders(request, message(['Set-Cookie', 'a=1', 'Connection', 'close', 'Transfer-Encoding', 'chunked', 'Set-Cookie', 'b=2']))
    assert.deepEqual(out, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Via', '1.1 muxado'])
  })

  it('announces trailers only where they can follow', () => {
    const raw = ['Trailer', 'x-sum', 'Transfer-Encoding', 'chunked']
    assert.include(responseHeaders(request, message(raw)), 'Trailer')
    assert.notInclude(responseHeaders(message([], { httpVersionMinor: 0 }), message(raw)), 'Trailer')
    assert.notInclude(responseHeaders(message([], { method: 'HEAD' }), message(raw)), 'Trailer')
    assert.notInclude(responseHeaders(request, message(['Trailer', 'x', 'Content-Length', '1'])), 'Trailer')
  })
})

describe('isLoop', () => {
  it('allows a few tunnels in a row, but no circle', () => {
    assert.isFalse(isLoop(message([])))
    assert.isFalse(isLoop(message(['Via', Array(7).fill('1.1 muxado').join(', ')])))
    assert.isTrue(isLoop(message(['Via', Array(8).fill('1.1 muxado').join(', ')])))
    assert.isFalse(isLoop(message(['Via', Array(20).fill('1.1 other').join(', ')])))
  })
})

describe('hasBody', () => {
  it('goes by what the head says, not by the method', () => {
    assert.isFalse(hasBody(message([])))
    assert.isFalse(hasBody(message(['Content-Length', '0'])))
    assert.isTrue(hasBody(message(['Content-Length', '1'])))
    assert.isTrue(hasBody(message(['Transfer-Encoding', 'chunked'])))
  })
})

describe('switchingHead', () => {
  it('is the origin\'s head, whole', () => {
    const response = message(['Upgrade', 'x', 'Connection', 'Upgrade'], { statusCode: 101, statusMessage: 'Switching Protocols' })
    assert.equal(switchingHead(response), 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
  })
})

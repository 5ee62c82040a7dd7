import { assert } from 'chai'
import { describeTarget, formatAddr, parseUrl } from '../src/address.ts'

describe('formatAddr', () => {
  it('puts an IPv6 address into brackets, and knows paths', () => {
    assert.equal(formatAddr({ transport: 'tcp', hostname: '127.0.0.1', port: 80 }), '127.0.0.1:80')
    assert.equal(formatAddr({ transport: 'tcp', hostname: '::1', port: 80 }), '[::1]:80')
    assert.equal(formatAddr({ transport: 'unix', path: '/run/socket' }), '/run/socket')
    assert.isUndefined(formatAddr({ transport: 'unix', path: null }))
    assert.isUndefined(formatAddr({ transport: 'vsock', port: 1 }))
  })
})

describe('describeTarget', () => {
  it('names a path or a host and port', () => {
    assert.equal(describeTarget({ path: '/run/socket' }), '/run/socket')
    assert.equal(describeTarget({ host: '::1', port: 1 }), '[::1]:1')
    assert.equal(describeTarget({}), '*:0')
  })
})

describe('parseUrl', () => {
  it('reads every form', () => {
    assert.deepEqual(parseUrl('tcp://name:80'), { host: 'name', port: 80 })
    assert.deepEqual(parseUrl('tcp://127.0.0.1:80/'), { host: '127.0.0.1', port: 80 })
    assert.deepEqual(parseUrl('tls://[::1]:443'), { host: '::1', port: 443, tls: true })
    assert.deepEqual(parseUrl('unix:/run/socket'), { path: '/run/socket' })
    assert.deepEqual(parseUrl('unix:///run/a socket'), { path: '/run/a socket' })
    assert.deepEqual(parseUrl('unix:here/socket'), { path: 'here/socket' })
    assert.deepEqual(parseUrl('tcp://name:0', 0), { host: 'name', port: 0 })
  })

  for (const text of ['tcp://127.0.0.1', 'tcp://127.0.0.1:0', 'tcp://', 'tcp://127.0.0.1:1/path', 'http://127.0.0.1:1', 'here', 'unix:', 'unix://host/path']) {
    it(`refuses ${text}`, () => {
      assert.throws(() => { parseUrl(text) }, /^cannot use the url ".*": write tcp:\/\/host:port, tls:\/\/host:port or unix:\/path$/)
    })
  }
})

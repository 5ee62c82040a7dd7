import { assert } from 'chai'
import { describeTarget, formatAddress, parseAddress, parseUrl } from '../src/address.ts'

describe('formatAddress', () => {
  it('puts an IPv6 address into brackets, and says nothing of what is not there', () => {
    assert.equal(formatAddress('127.0.0.1', 80), '127.0.0.1:80')
    assert.equal(formatAddress('name', 80), 'name:80')
    assert.equal(formatAddress('::1', 80), '[::1]:80')
    assert.isUndefined(formatAddress(undefined, 80))
    assert.isUndefined(formatAddress('name', undefined))
  })
})

describe('parseAddress', () => {
  it('reads back what formatAddress wrote', () => {
    assert.deepEqual(parseAddress('127.0.0.1:80'), { address: '127.0.0.1', port: 80, family: 'IPv4' })
    assert.deepEqual(parseAddress('[::1]:65535'), { address: '::1', port: 65_535, family: 'IPv6' })
  })

  it('knows what is no address', () => {
    for (const text of [undefined, '', '/run/socket', 'name:80', '127.0.0.1', '::1:80', '127.0.0.1:123456']) assert.isUndefined(parseAddress(text), text)
  })
})

describe('describeTarget', () => {
  it('names a path or a host and port', () => {
    assert.equal(describeTarget({ path: '/run/socket' }), '/run/socket')
    assert.equal(describeTarget({ host: '::1', port: 1 }), '[::1]:1')
    assert.equal(describeTarget({}), ':0')
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
})

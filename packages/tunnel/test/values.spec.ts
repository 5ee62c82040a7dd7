import { assert } from 'chai'
import {
  UsageError, isLoopback, nearest, parseAddress, parseCount, parsePort, parseSeconds, parseTarget, showAddress, showUrl
} from '../src/values.ts'

describe('values', () => {
  it('takes ports from 0 to 65535 and nothing else', () => {
    assert.equal(parsePort('0', '--port'), 0)
    assert.equal(parsePort('65535', '--port'), 65535)
    for (const wrong of ['65536', '-1', '80a', '', '8e3', '1.5', ' 80']) assert.throws(() => parsePort(wrong, '--port'), UsageError, `'${wrong}'`)
    assert.throws(() => parsePort('0', '--to', false), UsageError, 'from 1 to 65535')
  })

  it('takes addresses with and without a host, IPv6 in brackets', () => {
    assert.deepEqual(parseAddress('7835', '--join', '127.0.0.1'), { host: '127.0.0.1', port: 7835 })
    assert.deepEqual(parseAddress('example.org:80', '--join', ''), { host: 'example.org', port: 80 })
    assert.deepEqual(parseAddress('[::1]:80', '--join', ''), { host: '::1', port: 80 })
    for (const wrong of ['', 'host', 'host:', ':80:', '::1:80', 'a b:80', 'host:99999']) assert.throws(() => parseAddress(wrong, '--join', ''), UsageError)
  })

  it('takes targets as people write them', () => {
    assert.equal(parseTarget('demo', '--expose'), 'demo')
    assert.deepEqual(parseTarget('3000', '--expose'), { host: 'localhost', port: 3000 })
    assert.deepEqual(parseTarget('192.168.1.7:80', '--expose'), { host: '192.168.1.7', port: 80 })
    assert.deepEqual(parseTarget('http://localhost:5173/', '--expose'), { host: 'localhost', port: 5173 })
    assert.deepEqual(parseTarget('http://printer/', '--expose'), { host: 'printer', port: 80 })
  })

  it('says why a target cannot be', () => {
    assert.throws(() => parseTarget('https://localhost:3000', '--expose'), UsageError, 'TLS')
    assert.throws(() => parseTarget('localhost:3000/app', '--expose'), UsageError, 'path')
    assert.throws(() => parseTarget('printer', '--expose'), UsageError, 'HOST:PORT')
    assert.throws(() => parseTarget('0', '--expose'), UsageError)
  })

  it('takes seconds with fractions, and counts', () => {
    assert.equal(parseSeconds('0.25', '--drain'), 250)
    for (const wrong of ['-1', 'x', '86401', '1s', '']) assert.throws(() => parseSeconds(wrong, '--drain'), UsageError)
    assert.throws(() => parseSeconds('0', '--timeout', 0.1), UsageError, 'from 0.1')
    assert.equal(parseCount('12', '--max-requests'), 12)
    for (const wrong of ['0', '-1', '1.5', 'many']) assert.throws(() => parseCount(wrong, '--max-requests'), UsageError)
  })

  it('shows addresses and where to open them', () => {
    assert.equal(showAddress({ host: '::1', port: 80 }), '[::1]:80')
    assert.equal(showUrl({ host: '0.0.0.0', port: 80 }), 'http://127.0.0.1:80')
    assert.equal(showUrl({ host: '::', port: 80 }), 'http://[::1]:80')
    assert.equal(showUrl({ host: 'localhost', port: 80 }), 'http://localhost:80')
  })

  it('knows what only this machine can reach', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) assert.isTrue(isLoopback(host), host)
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org']) assert.isFalse(isLoopback(host), host)
  })

  it('finds the word that was meant', () => {
    assert.equal(nearest('prot', ['port', 'host']), 'port')
    assert.equal(nearest('gatway', ['start', 'gateway', 'expose']), 'gateway')
    assert.isUndefined(nearest('zebra', ['port', 'host']))
  })
})

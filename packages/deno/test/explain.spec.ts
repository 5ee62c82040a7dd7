import { assert } from 'chai'
import { codeOf, connectError, listenError } from '../src/explain.ts'
import { denoError } from './stand-in.ts'

describe('connectError', () => {
  for (const [error, message] of [
    [denoError('NotCapable', 'Requires net access to "h:1", run again with the --allow-net flag'),
      'Deno may not connect to h:1: Requires net access to "h:1", run again with the --allow-net flag'],
    [denoError('ConnectionRefused', 'x', 'ECONNREFUSED'), 'connection refused at h:1: nothing listens there; start the peer, or check the address'],
    [denoError('NotFound', 'x', 'ENOENT'), 'no unix socket at h:1: start the peer, or check the path'],
    [denoError('PermissionDenied', 'x', 'EACCES'), 'no permission to connect to h:1'],
    [denoError('UnexpectedEof', 'x'), 'h:1 hung up before the connection stood; does it speak TLS where this end does not, or the other way round?'],
    [denoError('ConnectionReset', 'x'), 'h:1 hung up before the connection stood; does it speak TLS where this end does not, or the other way round?'],
    [denoError('InvalidData', 'certificate not valid for name "a"'), 'the certificate of h:1 is for another name (certificate not valid for name "a"); connect by that name'],
    [denoError('InvalidData', 'invalid peer certificate: Expired'), 'the certificate of h:1 is not valid today (invalid peer certificate: Expired); check it, and the clock'],
    [denoError('InvalidData', 'invalid peer certificate: UnknownIssuer'),
      'the certificate of h:1 is not trusted (invalid peer certificate: UnknownIssuer); pass the certificate that signed it as tls.caCerts'],
    [denoError('InvalidData', 'received corrupt message of type InvalidContentType'), 'h:1 does not speak TLS; connect without it, or switch it on there'],
    [denoError('InvalidData', 'something new'), 'no TLS connection to h:1: something new'],
    [denoError('TimedOut', 'x', 'ETIMEDOUT'), 'h:1 cannot be reached (ETIMEDOUT); check the address, the network, and any firewall between'],
    [denoError('Error', 'failed to lookup address information: x'), 'no such host: h:1; check the name'],
    [denoError('Error', 'something else'), 'cannot connect to h:1: something else']
  ] as const) {
    it(`says what to do about ${error.name}: ${error.message}`, () => {
      const explained = connectError('h:1', error)
      assert.equal(explained.message, message)
      assert.equal(explained.code, 'SESSION_TRANSPORT')
      assert.equal(explained.cause, error)
      assert.equal(explained.retryable, error.name !== 'NotCapable')
    })
  }
})

describe('listenError', () => {
  for (const [error, message] of [
    [denoError('NotCapable', 'Requires net access to "h:1"'), 'Deno may not listen at h:1: Requires net access to "h:1"'],
    [denoError('Error', 'failed to lookup address information: x'), 'no such host: h:1; check the name'],
    [denoError('AddrInUse', 'x', 'EADDRINUSE'), 'h:1 is in use: something else listens there; stop it, or choose another address (port 0: any free one)'],
    [denoError('AddrNotAvailable', 'x', 'EADDRNOTAVAIL'), 'h:1 is no address of this machine'],
    [denoError('NotFound', 'x', 'ENOENT'), 'cannot listen at h:1: its folder does not exist'],
    [denoError('PermissionDenied', 'x', 'EACCES'), 'not allowed to listen at h:1: a port below 1024 needs privileges, a path a folder that is writable'],
    [denoError('TypeError', 'path must be shorter than SUN_LEN', 'EINVAL'), 'cannot listen at h:1: path must be shorter than SUN_LEN; is the path too long?'],
    [denoError('Error', 'something else'), 'cannot listen at h:1: something else']
  ] as const) {
    it(`says what to do about ${error.name}: ${error.message}`, () => {
      const explained = listenError('h:1', error)
      assert.equal(explained.message, message)
      assert.equal(explained.code, 'SESSION_TRANSPORT')
      assert.isFalse(explained.retryable)
    })
  }
})

describe('codeOf', () => {
  it('is empty for what has none', () => {
    assert.equal(codeOf(new Error('x')), '')
    assert.equal(codeOf('x'), '')
  })
})

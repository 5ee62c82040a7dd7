import { MuxadoError } from '@muxado/core'
import { assert } from 'chai'
import { codeOf, connectError, listenError, socketError } from '../src/explain.ts'

const failure = (code: string, message = 'what the system says'): Error => Object.assign(new Error(message), { code })

describe('connectError', () => {
  for (const [code, said] of Object.entries({
    ECONNREFUSED: 'connection refused at there: nothing listens there; start the peer, or check the address',
    ENOENT: 'no unix socket at there: start the peer, or check the path',
    ENOTSOCK: 'there is not a socket',
    ENOTFOUND: 'no such host: there; check the name',
    EAI_AGAIN: 'the name server does not answer for there; try again, or check the network',
    EACCES: 'no permission to connect to there',
    EPERM: 'no permission to connect to there',
    ETIMEDOUT: 'there cannot be reached (ETIMEDOUT); check the address, the network, and any firewall between',
    EHOSTUNREACH: 'there cannot be reached (EHOSTUNREACH); check the address, the network, and any firewall between',
    ENETUNREACH: 'there cannot be reached (ENETUNREACH); check the address, the network, and any firewall between',
    ECONNRESET: 'there hung up before the connection stood; does it speak TLS where this end does not, or the other way round?',
    ERR_TLS_CERT_ALTNAME_INVALID:
      'the certificate of there is for another name (what the system says); connect by that name, or set tls.servername',
    CERT_HAS_EXPIRED: 'the certificate of there is not valid today (what the system says); check it, and the clock',
    CERT_NOT_YET_VALID: 'the certificate of there is not valid today (what the system says); check it, and the clock',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of there is not trusted (what the system says); pass the certificate that signed it as tls.ca',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate of there is not trusted (what the system says); pass the certificate that signed it as tls.ca',
    ERR_SSL_WRONG_VERSION_NUMBER: 'there does not speak TLS; connect without it, or switch it on there',
    EUNHEARDOF: 'cannot connect to there: what the system says'
  })) {
    it(`says what ${code} means`, () => {
      const cause = failure(code)
      const error = connectError('there', cause)
      assert.equal(error.message, said)
      assert.equal(error.code, 'SESSION_TRANSPORT')
      assert.isTrue(error.retryable)
      assert.equal(error.cause, cause)
    })
  }

  it('lets the first of several failures speak, and bears strange ones', () => {
    assert.equal(connectError('there', new AggregateError([failure('X', 'first'), failure('Y', 'second')])).message, 'cannot connect to there: first')
    assert.equal(connectError('there', new AggregateError(['odd'])).message, 'cannot connect to there: odd')
  })
})

describe('listenError', () => {
  for (const [code, said] of Object.entries({
    EADDRINUSE: 'here is in use: something else listens there; stop it, or choose another address (port 0: any free one)',
    EADDRNOTAVAIL: 'here is no address of this machine',
    ENOTFOUND: 'no such host: here; check the name',
    EACCES: 'not allowed to listen at here: a port below 1024 needs privileges, a path a folder that is there and writable',
    EINVAL: 'cannot listen at here: what the system says; is the path too long?',
    EUNHEARDOF: 'cannot listen at here: what the system says'
  })) {
    it(`says what ${code} means`, () => {
      const error = listenError('here', failure(code))
      assert.equal(error.message, said)
      assert.equal(error.code, 'SESSION_TRANSPORT')
    })
  }
})

describe('socketError', () => {
  it('speaks in the codes of the system', () => {
    for (const [code, expected] of [
      ['STREAM_RESET', 'ECONNRESET'],
      ['STREAM_REFUSED', 'ECONNREFUSED'],
      ['SESSION_HEARTBEAT', 'ETIMEDOUT'],
      ['SESSION_CLOSED', 'ECONNRESET']
    ] as const) {
      const cause = new MuxadoError(code, 'why')
      const error = socketError(cause)
      assert.equal(codeOf(error), expected)
      assert.equal(error.message, `${expected}: why`)
      assert.equal(error.cause, cause)
    }
    assert.equal(codeOf('not an error'), '')
    assert.equal(codeOf(new Error('no code')), '')
  })
})

/**
 * What the system says about sockets, in words that say what to do. Decides nothing.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'

/** Why there is no connection to `where`. Nothing was sent, so the same work may be tried again: retryable. */
export function connectError (where: string, error: Error): MuxadoError {
  return new MuxadoError('SESSION_TRANSPORT', connectMessage(where, codeOf(error), causeOf(error)), { retryable: true, cause: error })
}

/** Why nothing listens at `where`. */
export function listenError (where: string, error: Error): MuxadoError {
  return new MuxadoError('SESSION_TRANSPORT', listenMessage(where, codeOf(error), causeOf(error)), { cause: error })
}

/**
 * A stream's early end as a socket would tell it. Users of net.Socket look for the codes of the system: a reset is ECONNRESET to http agents,
 * database pools and retry rules alike, and none of them knows our codes. The MuxadoError is the cause.
 */
export function socketError (cause: MuxadoError): Error {
  const code = cause.code === 'STREAM_REFUSED' ? 'ECONNREFUSED' : cause.code === 'SESSION_HEARTBEAT' ? 'ETIMEDOUT' : 'ECONNRESET'
  return Object.assign(new Error(`${code}: ${cause.message}`, { cause }), { code })
}

/** The error's code, as `errno` names it: `ECONNREFUSED`. */
export function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function connectMessage (where: string, code: string, text: string): string {
  switch (code) {
    case 'ECONNREFUSED': return `connection refused at ${where}: nothing listens there; start the peer, or check the address`
    case 'ENOENT': return `no unix socket at ${where}: start the peer, or check the path`
    case 'ENOTSOCK': return `${where} is not a socket`
    case 'ENOTFOUND': return `no such host: ${where}; check the name`
    case 'EAI_AGAIN': return `the name server does not answer for ${where}; try again, or check the network`
    case 'EACCES':
    case 'EPERM': return `no permission to connect to ${where}`
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH': return `${where} cannot be reached (${code}); check the address, the network, and any firewall between`
    case 'ECONNRESET': return `${where} hung up before the connection stood; does it speak TLS where this end does not, or the other way round?`
    case 'ERR_TLS_CERT_ALTNAME_INVALID': return `the certificate of ${where} is for another name (${text}); connect by that name, or set tls.servername`
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID': return `the certificate of ${where} is not valid today (${text}); check it, and the clock`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE': return `the certificate of ${where} is not trusted (${text}); pass the certificate that signed it as tls.ca`
    // OpenSSL's words for bytes that are no TLS record.
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG': return `${where} does not speak TLS; connect without it, or switch it on there`
    default: return `cannot connect to ${where}: ${text}`
  }
}

function listenMessage (where: string, code: string, text: string): string {
  switch (code) {
    case 'EADDRINUSE': return `${where} is in use: something else listens there; stop it, or choose another address (port 0: any free one)`
    case 'EADDRNOTAVAIL': return `${where} is no address of this machine`
    case 'ENOTFOUND': return `no such host: ${where}; check the name`
    // A path in a folder that does not exist comes as this, too.
    case 'EACCES': return `not allowed to listen at ${where}: a port below 1024 needs privileges, a path a folder that is there and writable`
    // Longer paths than a socket address holds (107 bytes on Linux, 103 on macOS).
    case 'EINVAL': return `cannot listen at ${where}: ${text}; is the path too long?`
    default: return `cannot listen at ${where}: ${text}`
  }
}

// Of several addresses that were tried, the first failure speaks for all: the collection itself has no message.
function causeOf (error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : String(first)
}

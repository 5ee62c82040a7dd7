/**
 * What Deno and the system say about connections, in words that say what to do. Decides nothing.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'

/** Why there is no connection to `where`. Nothing was sent, so the same work may be tried again, unless Deno was not allowed to: retryable. */
export function connectError (where: string, error: Error): MuxadoError {
  return new MuxadoError('SESSION_TRANSPORT', connectMessage(where, error), { retryable: error.name !== 'NotCapable', cause: error })
}

/** Why nothing listens at `where`. */
export function listenError (where: string, error: Error): MuxadoError {
  return new MuxadoError('SESSION_TRANSPORT', listenMessage(where, error), { cause: error })
}

/** The error's code, as `errno` names it: `ECONNREFUSED`. */
export function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function connectMessage (where: string, error: Error): string {
  const { name, message } = error
  switch (name) {
    // Deno's own words name the flag.
    case 'NotCapable': return `Deno may not connect to ${where}: ${message}`
    case 'ConnectionRefused': return `connection refused at ${where}: nothing listens there; start the peer, or check the address`
    case 'NotFound': return `no unix socket at ${where}: start the peer, or check the path`
    case 'PermissionDenied': return `no permission to connect to ${where}`
    case 'ConnectionReset':
    case 'UnexpectedEof': return `${where} hung up before the connection stood; does it speak TLS where this end does not, or the other way round?`
    case 'InvalidData': return certificateMessage(where, message)
    default:
  }
  const code = codeOf(error)
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return `${where} cannot be reached (${code}); check the address, the network, and any firewall between`
  if (message.includes('lookup address')) return `no such host: ${where}; check the name`
  return `cannot connect to ${where}: ${message}`
}

// What rustls says comes as text alone.
function certificateMessage (where: string, message: string): string {
  if (message.includes('not valid for name')) return `the certificate of ${where} is for another name (${message}); connect by that name`
  if (/Expired|NotValidYet|expired|not valid yet/.test(message)) return `the certificate of ${where} is not valid today (${message}); check it, and the clock`
  if (message.includes('UnknownIssuer')) return `the certificate of ${where} is not trusted (${message}); pass the certificate that signed it as tls.caCerts`
  if (message.includes('InvalidContentType')) return `${where} does not speak TLS; connect without it, or switch it on there`
  return `no TLS connection to ${where}: ${message}`
}

function listenMessage (where: string, error: Error): string {
  const { name, message } = error
  if (name === 'NotCapable') return `Deno may not listen at ${where}: ${message}`
  if (message.includes('lookup address')) return `no such host: ${where}; check the name`
  switch (codeOf(error)) {
    case 'EADDRINUSE': return `${where} is in use: something else listens there; stop it, or choose another address (port 0: any free one)`
    case 'EADDRNOTAVAIL': return `${where} is no address of this machine`
    case 'ENOENT': return `cannot listen at ${where}: its folder does not exist`
    case 'EACCES': return `not allowed to listen at ${where}: a port below 1024 needs privileges, a path a folder that is writable`
    case 'EINVAL': return `cannot listen at ${where}: ${message}; is the path too long?`
    default: return `cannot listen at ${where}: ${message}`
  }
}

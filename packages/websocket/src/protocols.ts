/**
 * Sub-protocols: which dialect a connection speaks, and a token for the server. Knows no socket.
 *
 * @module
 */

/** The sub-protocol of each dialect. */
export const PROTOCOLS = { 1: 'muxado.v1', 2: 'muxado.v2' } as const

const BEARER = 'muxado.bearer.'

/** The dialect of a sub-protocol; undefined when it is not one of ours. */
export function wireOf (protocol: string): 1 | 2 | undefined {
  return protocol === PROTOCOLS[1] ? 1 : protocol === PROTOCOLS[2] ? 2 : undefined
}

/** A token as a sub-protocol: base64url, since a header takes only some characters. */
export function bearer (token: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(token)) binary += String.fromCharCode(byte)
  return BEARER + btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** The token among the sub-protocols that a client offers; undefined when there is none, or not in base64url. */
export function tokenIn (protocols: Iterable<string>): string | undefined {
  for (const protocol of protocols) {
    if (!protocol.startsWith(BEARER)) continue
    try {
      const binary = atob(protocol.slice(BEARER.length).replaceAll('-', '+').replaceAll('_', '/'))
      return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, character => character.charCodeAt(0)))
    } catch {
      return undefined
    }
  }
  return undefined
}

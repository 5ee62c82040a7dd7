/**
 * Who may connect, and in which dialect: the same on every kind of server. Knows no server.
 *
 * @module
 */
import type { SessionOptions } from '@muxado/session'
import { PROTOCOLS, tokenIn, wireOf } from './protocols.ts'
import type { FromWebSocketOptions } from './types.ts'

/** Who asks for a connection, before it stands. */
export interface Asked<R> {
  /** The request as it came. */
  readonly request: R
  /** What was asked for; its host is what the client called us. */
  readonly url: URL
  /** The page that asks; undefined for what is not a browser. */
  readonly origin: string | undefined
  /** What the client gave `connect` as `token`. */
  readonly token: string | undefined
  /** All sub-protocols that the client offers. */
  readonly protocols: readonly string[]
  /** `host:port` of the other end, which may be a proxy; undefined where the runtime does not say. */
  readonly remoteAddress: string | undefined
}

/** An answer other than a connection. */
export interface Refusal {
  /** Of HTTP, 400 to 599. A page cannot see it: browsers hide why a WebSocket failed. */
  readonly status: number
  /** Plain text. Default: the status's own. */
  readonly message?: string
}

/** Whom to let in, and how the sessions behave. `heartbeat` and `maxQueued` have defaults of their own here: 20 s and 45 s, and 64 KiB. */
export interface AdmitOptions<R> extends Omit<SessionOptions, 'role' | 'wire'>, FromWebSocketOptions {
  /** Which end of the session to be. Default `'server'`. */
  readonly role?: SessionOptions['role'] | undefined
  /** Dialects to speak, the dearest first. Default 1, then 2. */
  readonly wires?: ReadonlyArray<1 | 2> | undefined
  /**
   * Pages that may connect, as `https://example.com`, or `'any'`. Default: those of the host they connect to, since a browser sends its user's
   * cookies from any page. What sends no `Origin` is no browser, and is let in.
   */
  readonly origins?: readonly string[] | 'any' | undefined
  /** Asked when all else is well. False means 403. Throwing means 500. Default: everybody. */
  readonly verify?: ((request: R) => boolean | Refusal | Promise<boolean | Refusal>) | undefined
}

/** What the header `Sec-WebSocket-Protocol` offers. */
export function offered (header: string | null | undefined): { readonly token: string | undefined, readonly protocols: readonly string[] } {
  const protocols = (header ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '')
  return { token: tokenIn(protocols), protocols }
}

/** The dialect to speak, or why there is no connection. */
export async function admit<R extends Asked<unknown>> (asked: R, { wires = [1, 2], origins, verify }: AdmitOptions<R>): Promise<1 | 2 | Refusal> {
  const wire = wires.find((wire) => asked.protocols.some((name) => wireOf(name) === wire))
  if (wire === undefined) {
    const names = wires.map((wire) => PROTOCOLS[wire]).join(' or ')
    return { status: 400, message: `this speaks the sub-protocol ${names}, the client offers ${asked.protocols.join(', ') || 'none'}` }
  }
  if (!isAllowed(asked, origins)) return { status: 403, message: `pages of ${String(asked.origin)} may not connect` }
  if (verify === undefined) return wire
  try {
    const verdict = await verify(asked)
    return verdict === true ? wire : verdict === false ? { status: 403 } : verdict
  } catch {
    return { status: 500 }
  }
}

function isAllowed ({ origin, url }: Asked<unknown>, origins: readonly string[] | 'any' | undefined): boolean {
  if (origin === undefined || origins === 'any') return true
  if (origins !== undefined) return origins.includes(origin)
  return URL.canParse(origin) && new URL(origin).host === url.host
}

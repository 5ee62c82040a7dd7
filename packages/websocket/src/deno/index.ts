/**
 * muxado over WebSockets that `Deno.serve` takes.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import { acceptRequest, type Upgraded, type UpgradeOptions } from '../fetch.ts'
import type { WebSocketLike } from '../types.ts'

export { requestOf } from '../fetch.ts'
export type { Upgraded, UpgradeOptions, UpgradeRequest } from '../fetch.ts'
export type { AdmitOptions, Asked, Refusal } from '../admit.ts'
export type { FromWebSocketOptions } from '../types.ts'

interface Runtime {
  upgradeWebSocket (request: Request, options: { protocol: string }): { readonly socket: WebSocketLike, readonly response: Response }
}

/**
 * Make a session of a request that a handler of `Deno.serve` got, or say why not: return `response` in either case. The address of the other end is
 * `remoteAddress` of the options, since a request does not say.
 * @throws {MuxadoError} API_ARGUMENT
 */
export async function acceptUpgrade (request: Request, options: UpgradeOptions = {}): Promise<Upgraded> {
  const { Deno } = globalThis as { Deno?: Runtime }
  if (Deno === undefined) throw new MuxadoError('API_ARGUMENT', 'this is not Deno')
  return await acceptRequest(request, options, (protocol) => Deno.upgradeWebSocket(request, { protocol }))
}

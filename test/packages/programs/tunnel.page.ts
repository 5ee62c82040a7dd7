/**
 * What a page would do, here in Node: answers requests that come through a gateway, with what they brought.
 *
 * @module
 */
import { openConsole } from '@muxado/tunnel'
import { Refused, Redis, serve } from '@muxado/tunnel/page'
import type { Handler } from '@muxado/tunnel/page'
import { connect } from '@muxado/websocket/node'

const anywhere = { host: '127.0.0.1', port: 0 }
const gateway = await openConsole({ page: anywhere, tabs: anywhere, token: 'open sesame', allow: [], firstByteMs: 5000, maxRequests: 10, say: () => {} })
const session = await connect(`${gateway.url}session`, { token: 'open sesame' })
const handler: Handler = (request) => new Response(request.body)
const { url } = await serve(session, 'echo', handler)
const answer = await fetch(url, { method: 'POST', body: 'hello' })
console.log(`echo: ${await answer.text()}`)
if (typeof Refused !== 'function' || typeof Redis !== 'function') throw new Error('something is missing')
await session.close()
await gateway.close()

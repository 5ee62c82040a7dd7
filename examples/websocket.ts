/**
 * One port for a page and its streams: an HTTP server that also takes WebSockets on a path, and a client that holds three streams over one of them.
 * In a page the client is the same but for its import: `import { connect } from '@muxado/websocket'`.
 */
import { connect, listen, requestOf } from '@muxado/websocket/node'
import type { Session } from '@muxado/session'
import { once } from 'node:events'
import { createServer } from 'node:http'

const http = createServer((_request, response) => { response.end('<script type="module" src="/client.js"></script>') })
http.listen(0, '127.0.0.1')
await once(http, 'listening')

// Pages of other hosts are refused before this is asked; a token comes from whoever has one.
const listener = await listen({ server: http, path: '/streams', verify: ({ token }) => token === 'let me in' })

async function serve (session: Session): Promise<void> {
  console.log(`a client on ${requestOf(session)?.url.pathname ?? '?'}`)
  for await (const stream of session) {
    if (stream.type === 1) void count(stream)
    else stream.sink(stream.source).catch(() => {}) // an echo
  }
}

/** Sends a number each time it is asked to, and is asked by being read: an unread stream costs its window, and stalls nobody. */
async function count (stream: Awaited<ReturnType<Session['accept']>>): Promise<void> {
  try {
    for (let n = 0; ; n++) await stream.write(new TextEncoder().encode(`${n}\n`))
  } catch {} // the client has enough
}

async function acceptAll (): Promise<void> {
  for await (const session of listener) void serve(session)
}
void acceptAll()

const refused = await connect(listener.url).catch((error: Error) => error)
console.log(refused instanceof Error ? refused.message.replace(/:\d+/, '') : 'let in without a token')

const session = await connect(listener.url, { token: 'let me in' })
session.open({ type: 1 }) // never read
const numbers = session.open({ type: 1 })
const echo = session.open({ priority: 1 })
await echo.closeWrite(new TextEncoder().encode('hello'))
let heard = ''
for await (const chunk of echo) heard += new TextDecoder().decode(chunk.subarray())
const first = await numbers.read({ max: 6 })
numbers.reset()

await session.close()
await listener.close()
http.close()
console.log(`ok: echo '${heard}' and numbers ${new TextDecoder().decode(first?.subarray()).trim().split('\n').join(', ')} beside a stream that nobody reads`)
// prints: ok: echo 'hello' and numbers 0, 1, 2 beside a stream that nobody reads

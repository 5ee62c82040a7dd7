/**
 * One stream per request: half-closing says where the request ends, so neither side needs lengths or delimiters, and answers come back in
 * whatever order they are ready.
 */
import { connect, listen } from '@muxado/node'
import type { Session, Stream } from '@muxado/session'
import { setTimeout as sleep } from 'node:timers/promises'

interface Request { readonly name: string, readonly delayMs: number }

/** Everything until the other side half-closes. */
async function readAll (stream: Stream): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const list of stream) text += decoder.decode(list.subarray(), { stream: true })
  return text + decoder.decode()
}

async function answer (stream: Stream): Promise<void> {
  const request = JSON.parse(await readAll(stream)) as Request // what `ask` sent
  await sleep(request.delayMs)
  await stream.closeWrite(new TextEncoder().encode(`hello ${request.name}`))
}

async function serve (session: Session): Promise<void> {
  for await (const stream of session) answer(stream).catch((error: Error) => { stream.abort(error) })
}

async function ask (session: Session, request: Request): Promise<string> {
  const stream = session.open()
  await stream.closeWrite(new TextEncoder().encode(JSON.stringify(request)))
  const response = await readAll(stream)
  order.push(request.name)
  return response
}

const server = await listen('tcp://127.0.0.1:0')
const accepted = server.accept().then(serve)
const session = await connect(server.url)

const order: string[] = []
const responses = await Promise.all([
  ask(session, { name: 'slow', delayMs: 60 }),
  ask(session, { name: 'quick', delayMs: 0 }),
  ask(session, { name: 'middling', delayMs: 30 })
])
console.log(responses)

await session.close()
await accepted
await server.close()
console.log(`ok: ${responses.length} requests shared a connection and were answered in the order ${order.join(', ')}`)
// prints: ok: 3 requests shared a connection and were answered in the order quick, middling, slow

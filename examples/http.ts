/**
 * HTTP over a session, in both directions. The dialler has no open port, and yet it answers requests: this is how a tunnel works.
 */
import { connect, createAgent, listen, serveHttp } from '@muxado/node'
import type { Session } from '@muxado/session'
import { createServer, get } from 'node:http'
import type { Server } from 'node:http'
import { text } from 'node:stream/consumers'

/** An ordinary request, whose connections are streams of the session. */
function fetchOver (session: Session, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ path, host: 'other-end', agent: createAgent(session) }, (response) => { resolve(text(response)) }).once('error', reject)
  })
}

/** An ordinary server, which listens nowhere. */
const createGreeter = (name: string): Server => createServer((request, response) => { response.end(`${name} answers ${request.url}`) })

const server = await listen('tcp://127.0.0.1:0')
const accepted = server.accept()
const dialler = await connect(server.url)
const listener = await accepted

// Either end may serve, ask, or do both on the one connection.
serveHttp(createGreeter('the dialler'), dialler)
serveHttp(createGreeter('the listener'), listener)

const answers = await Promise.all([
  fetchOver(listener, '/from-the-outside'),
  fetchOver(dialler, '/from-behind-a-firewall')
])
console.log(answers)

await dialler.close()
await server.close()
console.log(`ok: ${answers.join(' and ')}, over one connection`)
// prints: ok: the dialler answers /from-the-outside and the listener answers /from-behind-a-firewall, over one connection

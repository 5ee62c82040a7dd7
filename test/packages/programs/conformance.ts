/**
 * Some questions to a server that sends back what it was sent.
 *
 * @module
 */
import { dial, run } from '@muxado/conformance'
import type { Report } from '@muxado/conformance'
import { connect, listen } from '@muxado/node'
import type { Session } from '@muxado/session'

const server = await listen({ host: '127.0.0.1', wire: 1 })
const echo = async (session: Session): Promise<void> => {
  for await (const stream of session) stream.sink(stream.source).catch(() => {})
}
void (async () => {
  for await (const session of server) echo(session).catch(() => {})
})()
const report: Report = await run(dial(server.url), { wire: 1, only: ['3.2'] })

const session = await connect(server.url, { wire: 1 })
const stream = session.open()
await stream.closeWrite(new TextEncoder().encode('hello'))
let text = ''
for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
await session.close()
await server.close({ sessions: true })
console.log(report.failed === 0 && report.passed > 0 ? `echo: ${text}` : `${report.passed} passed, ${report.failed} failed`)

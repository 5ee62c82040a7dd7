/**
 * A client process that does what its first argument says at the url of its second, and must then end by itself.
 *
 * @module
 */
import { connect, createAgent, listen, socketOf, toSocket } from '@muxado/node'
import * as http from 'node:http'
import { once } from 'node:events'

const [, , what, url = ''] = process.argv
const session = await connect(url, { heartbeat: { intervalMs: 60_000 } })

switch (what) {
  case 'close':
    await session.close()
    break
  case 'unref':
    socketOf(session)?.unref()
    break
  case 'unref, ref, close':
    socketOf(session)?.unref().ref()
    // Nothing else keeps the process alive until the session ends.
    void session.closed.then(() => { process.send?.('ended') })
    session.open().closeWrite().catch(() => {})
    void session.accept().catch(() => {})
    session.goAway()
    setTimeout(() => { void session.close() }, 20).unref()
    break
  case 'idle timeouts': {
    toSocket(session.open()).setTimeout(60_000)
    const agent = createAgent(session, { keepAlive: true, timeout: 60_000 })
    const [response] = await once(http.get({ agent, path: '/' }), 'response') as [http.IncomingMessage]
    await once(response.resume(), 'end')
    socketOf(session)?.unref()
    break
  }
  case 'unref a listener': {
    await session.close()
    const listener = await listen({ host: '127.0.0.1' })
    listener.unref()
    break
  }
  default:
    throw new Error(`no such case: ${String(what)}`)
}

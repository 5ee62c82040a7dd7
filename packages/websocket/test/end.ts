// One end of a session in a process of its own, to be killed or frozen. `serve` prints its url; `dial URL` prints `joined`.
import { connect, listen } from '@muxado/websocket/node'

const [, , what, url = ''] = process.argv
const heartbeat = { intervalMs: 100, toleranceMs: 300 }
if (what === 'serve') {
  const listener = await listen({ host: '127.0.0.1', heartbeat })
  process.stdout.write(`${listener.url}\n`)
  for await (const session of listener) session.open()
} else {
  const session = await connect(url, { heartbeat })
  session.open()
  process.stdout.write('joined\n')
}

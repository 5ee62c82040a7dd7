// A page for tab.heavy.ts: holds a session and a stream on which it waits.
import { connect } from '@muxado/websocket'

const session = await connect('/muxado')
await session.open({ type: 3 }).write(new Uint8Array(1000))
console.log('joined')

/**
 * The innocent session beside an attack: one stream that has echoed all that it can, in a process of its own. Says how much came back when it is
 * asked.
 *
 * @module
 */
import { connect } from '@muxado/node'
import type { Session } from '@muxado/session'
import { ECHO } from './kinds.ts'

/** Where to go: the server, and its dialect. */
export interface Way {
  readonly port: number
  readonly wire: 1 | 2
}

/** What the innocent session has seen. */
export interface Fate {
  /** Bytes that came back, and when this was counted, in milliseconds. */
  readonly bytes: number
  readonly at: number
  /** How the session ended; empty while it lives. */
  readonly end: string
}

let session: Session | undefined
let bytes = 0
let end = ''

async function start ({ port, wire }: Way): Promise<void> {
  session?.abort()
  const mine = await connect({ host: '127.0.0.1', port, wire })
  session = mine
  end = ''
  void mine.closed.then(({ error }) => { if (session === mine) end = error?.message ?? 'closed' })
  const stream = mine.open({ type: ECHO })
  const write = async (): Promise<void> => { for (;;) await stream.write(new Uint8Array(65_536)) }
  const read = async (): Promise<void> => { for await (const chunk of stream) bytes += chunk.length }
  write().catch(() => {})
  read().catch(() => {})
}

process.on('message', (way: Way | 'report') => {
  const fate: Fate = { bytes, at: performance.now(), end }
  if (way === 'report') process.send?.(fate)
  else start(way).then(() => process.send?.('ready'), (error: unknown) => process.send?.(String(error)))
})
process.on('disconnect', () => { process.exit() })

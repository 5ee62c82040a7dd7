/**
 * The heartbeat as an extension: one stream to ask on, the peer's to answer on (spec 9.3). When to ask and to give up is core's to know.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import type { Heartbeat } from '@muxado/core/heartbeat'
import type { Clock } from './clock.ts'
import type { Extension, Session, Stream, WaitOptions } from './types.ts'

/** More urgent than anything else: an answer that waits behind bulk data would measure the bulk data. The reference's number. */
const PRIORITY = 0x7fffffff

/** The heartbeat of one session: answers the peer, and asks as `pulse` says, if there is one. */
export function heartbeatExtension (wire: 1 | 2, clock: Clock, pulse: Heartbeat | undefined): Extension {
  const type = wire === 1 ? 0xfffffeff : 0xffffffff
  return {
    type,
    start (session, accept) {
      answer(accept).catch(() => {})
      if (pulse) ask(session, session.open({ type, priority: PRIORITY }), clock, pulse)
    }
  }
}

function ask (session: Session, stream: Stream, clock: Clock, pulse: Heartbeat): void {
  // One timer, not set anew when bytes come in: it may fire before the deadline
  let cancel: (() => void) | undefined
  const die = (): void => { session.abort(new MuxadoError('SESSION_HEARTBEAT', 'the peer is silent', { reason: 'none' })) }
  const wind = (): void => {
    cancel?.()
    if (pulse.deadline < Infinity) cancel = clock.after(pulse.deadline - clock.now(), tick)
  }
  const tick = (): void => {
    const verdict = pulse.tick(clock.now())
    // No credit for four bytes means that the last answer has not come either: there is no second ping to keep
    if (verdict === 'ping') stream.push(pulse.ping)
    else if (verdict) die()
    wind()
  }
  stream.consume({
    data (chunk) {
      if (!pulse.pong(chunk, clock.now())) die()
      wind()
      return chunk.length
    },
    // A peer that refuses the stream, or ends it, does not answer pings. That is no reason to lose what else it does; the reference differs
    end () { stream.reset() },
    error () {
      pulse.stop()
      cancel?.()
    }
  })
  wind()
}

/** Give back what comes on the peer's streams, reading only as they take it: a flood of pings waits in the peer. Two streams are as good as one. */
async function answer (accept: (options?: WaitOptions) => Promise<Stream>): Promise<void> {
  for (;;) {
    const stream = await accept()
    stream.priority = PRIORITY
    stream.sink(stream).catch(() => {})
  }
}

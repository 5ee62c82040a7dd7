// A stream of two sessions, and a consumer that records.
import type { Consumer, Session, Stream } from '@muxado/session'
import { connect, type Link, type Options } from './pair.ts'

/** A stream that the client opened and the server accepted. */
export async function streams (options?: Options, link?: Link): Promise<{ near: Stream, far: Stream, client: Session, server: Session, link: Link }> {
  const sessions = connect(options, link)
  const near = sessions.client.open()
  const far = await sessions.server.accept()
  return { near, far, ...sessions }
}

/** A consumer that records, and takes as much as it is told to. */
export function recorder (take: (chunk: Uint8Array) => number = chunk => chunk.byteLength): Consumer & { log: string[] } {
  const log: string[] = []
  return {
    log,
    data: (chunk) => { log.push(`data ${chunk.byteLength}`); return take(chunk) },
    end: () => { log.push('end') },
    error: (error) => { log.push(`error ${error.code}`) },
    drain: () => { log.push('drain') }
  }
}

/**
 * What a page can ask of its gateway, one wish a stream, and how it hears no. Knows nothing of what the answers are used for.
 *
 * @module
 */
import type { Session, Stream } from '@muxado/session'
import { readMessage, writeMessage, type Message } from './messages.ts'

/** What a page asks for. `echo` and `download` are there to try things; `hello` tells what this gateway allows. */
export type Wish =
  | { readonly want: 'hello' }
  | { readonly want: 'tcp', readonly to: string }
  | { readonly want: 'serve', readonly name: string }
  | { readonly want: 'echo' }
  | { readonly want: 'download', readonly bytes: number }

/** How to ask. */
export interface WishOptions {
  /** Of the stream, both ways. Default 0. */
  readonly priority?: number | undefined
  /** Gives up: the stream is reset. */
  readonly signal?: AbortSignal | undefined
}

/** The gateway understood and said no. `message` is what it said. */
export class Refused extends Error {
  constructor (message: string) {
    super(message)
    this.name = 'Refused'
  }
}

/** A wish that was granted: what comes on `stream` now is what was asked for. */
export interface Granted {
  readonly stream: Stream
  readonly answer: Message
}

/**
 * Ask for something on a stream of its own.
 * @throws {Refused} the gateway said no; {MuxadoError} the stream or the session ended; `signal.reason`
 */
export async function wish (session: Session, what: Wish, { priority = 0, signal }: WishOptions = {}): Promise<Granted> {
  signal?.throwIfAborted()
  const stream = session.open({ priority })
  try {
    await writeMessage(stream, what, { signal })
    const answer = await readMessage(stream, { signal })
    if (answer['ok'] !== true) throw new Refused(typeof answer['error'] === 'string' ? answer['error'] : 'the gateway gave no reason')
    return { stream, answer }
  } catch (error) {
    stream.reset()
    throw error
  }
}

/**
 * Connect to a TCP service behind the gateway. The stream is the connection: finishing one is finishing the other.
 * @param to `host:port`, written as the gateway's allow-list has it
 * @throws as `wish`
 */
export async function dial (session: Session, to: string, options?: WishOptions): Promise<Stream> {
  return (await wish(session, { want: 'tcp', to }, options)).stream
}

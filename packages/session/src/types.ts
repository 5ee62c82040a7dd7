/**
 * The public shapes of sessions, streams, transports and extensions. No logic.
 *
 * @module
 */
import type { MachineOptions, MuxadoError, OpenOptions, Reason } from '@muxado/core'
import type { Uint8ArrayList } from 'uint8arraylist'

/** A run of bytes as transports carry it and as writers may give it. */
export type Bytes = Uint8Array | Uint8ArrayList

/** What a sink or a `pipe` takes: sync or async. */
export type ByteSource = AsyncIterable<Bytes> | Iterable<Bytes>

/**
 * A reliable, ordered byte connection as an it-style duplex with a way to stop both directions at once. An adapter makes one of a socket.
 */
export interface Transport {
  /** What the peer sends, once. Ends at the peer's end of stream, throws when the connection fails. Leaving it early only stops reading. */
  readonly source: AsyncIterable<Bytes>
  /**
   * Write all of `source`, pulling only when the connection has room, then end the write side. Resolves once that is flushed; rejects when the
   * connection fails. Called once.
   */
  sink (source: AsyncIterable<Bytes>): Promise<void>
  /** Destroy the connection at once, both ways: `source` and `sink` settle. Safe to call twice. */
  abort (error?: Error): void
  /**
   * Call `flush` once, soon, after the microtasks that are already waiting, so that everything written in one turn leaves in one flush.
   * Default: a few microtasks later.
   */
  readonly schedule?: (flush: () => void) => void
  /** E.g. `127.0.0.1:9000` or a path; undefined where there is none. */
  readonly localAddress?: string | undefined
  /** E.g. `127.0.0.1:9000` or a path; undefined where there is none. */
  readonly remoteAddress?: string | undefined
}

/** When to ask whether the peer is still there (spec 9.3). */
export interface HeartbeatOptions {
  /** Milliseconds without an inbound byte after which a ping goes out. 1 to 2^31-1; default 3,000. */
  readonly intervalMs?: number
  /** Milliseconds after the ping that the peer has for a sign of life (any byte). 1 to 2^31-1; default 10,000. */
  readonly toleranceMs?: number
}

/** How a session behaves: all of the machine's options (without its `extensions`), and these. */
export interface SessionOptions extends Omit<MachineOptions, 'extensions'> {
  /**
   * When to ask whether the peer is there, or `false` to never ask. Default on. The peer's pings are answered in any case: a deployed peer ends the
   * session otherwise. Wire 2 without `typed` has no way to carry it: neither asked nor answered there.
   */
  readonly heartbeat?: HeartbeatOptions | false
  /** Further extensions, one per reserved stream type (spec 9.1). Default none. */
  readonly extensions?: readonly Extension[]
  /** Streams that may wait for `accept`; more are refused (retryable). Default: `maxInbound`. */
  readonly acceptBacklog?: number
  /** Milliseconds that `close` waits for the transport to take what is queued, and then for the peer to hang up. Default 1,000. */
  readonly lingerMs?: number
}

/** A part of the protocol that lives on a reserved stream type (spec 9.1). */
export interface Extension {
  /** Its type: 0xFFFFFEFF to 0xFFFFFFFF. */
  readonly type: number
  /**
   * Called once when the session starts. `session.open({ type })` opens streams of this extension; `accept` waits for those of the peer and
   * rejects when the session ends. Must not throw; what fails later should end in `session.abort`.
   */
  start (session: Session, accept: (options?: WaitOptions) => Promise<Stream>): void
}

/** For calls that wait. */
export interface WaitOptions {
  /** Gives up the wait: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

/** How to close a session. */
export interface CloseOptions {
  /** Wait until the open streams have ended by themselves (extensions aside). Default false: they abort. */
  readonly drain?: boolean
  /** Ends the patience, not the closing: open streams abort, nothing is lingered for, and `close` resolves soon. */
  readonly signal?: AbortSignal | undefined
}

/** How a session ended. */
export interface SessionEnd {
  /** What went wrong; absent after a clean end. */
  readonly error?: MuxadoError
  /** The reason in the GOAWAY that ended it, ours or the peer's; `'none'` when neither gave one. */
  readonly reason: Reason
  /** The debug data of that GOAWAY; empty when there was none. */
  readonly debug: Uint8Array
  /** Whether this end ended it. */
  readonly local: boolean
}

/** Counters of a session, a copy. */
export interface SessionStats {
  /** Streams open now, extensions included. */
  readonly streams: number
  /** Streams this end has opened. */
  readonly opened: number
  /** Streams the peer has opened and that were offered to `accept`. */
  readonly accepted: number
  /** Bytes from the transport. */
  readonly bytesReceived: number
  /** Bytes to the transport. */
  readonly bytesSent: number
  /** Bytes accepted from writers and not yet given to the transport. */
  readonly queued: number
}

/** One end of a multiplexed connection. Iterating it accepts streams until it ends. */
export interface Session extends AsyncIterable<Stream>, AsyncDisposable {
  /** Which end this is. */
  readonly role: 'client' | 'server'
  /** `draining` once either end said GOAWAY. */
  readonly state: 'open' | 'draining' | 'closed'
  /** Of the transport, where it has one. */
  readonly localAddress: string | undefined
  /** Of the transport, where it has one. */
  readonly remoteAddress: string | undefined
  /** Milliseconds that the last heartbeat took there and back; undefined before the first. */
  readonly rtt: number | undefined
  /** Settles when the session has ended; never rejects. */
  readonly closed: Promise<SessionEnd>
  /**
   * Open a stream, at once: it costs no round trip (spec 4.1).
   * @throws {MuxadoError} SESSION_GONE_AWAY, SESSION_CLOSED, SESSION_IDS_EXHAUSTED (retryable elsewhere), API_ARGUMENT
   */
  open (options?: OpenOptions): Stream
  /** The next stream that the peer opens. Rejects with SESSION_CLOSED, or the error the session ended with, or `signal.reason`. */
  accept (options?: WaitOptions): Promise<Stream>
  /** Refuse further streams from the peer; open ones run on (spec 8.2). Default reason `'none'`. A string is sent as UTF-8. */
  goAway (reason?: Reason, debug?: Uint8Array | string): void
  /** Send what is queued, say GOAWAY, end the transport. Resolves when it has ended, with or without an error. Safe to call twice. */
  close (options?: CloseOptions): Promise<void>
  /**
   * End at once, both ways: every stream and every wait fails with `error` (default SESSION_CLOSED), or with a SESSION_CLOSED whose cause it is when
   * it is no `MuxadoError`. The peer is told if it still listens.
   */
  abort (error?: Error): void
  /** Counters, a copy. */
  stats (): SessionStats
}

/** A callback reader: the lean path under iterators, WHATWG streams and Node Duplexes. */
export interface Consumer {
  /**
   * Bytes came, never empty; they are the consumer's to keep.
   * @returns how many of them are dealt with: credit for these goes back now, for the rest when `stream.took` says so
   */
  data (chunk: Uint8Array): number
  /** The peer finished and all of it was handed over. Nothing follows but possibly `error`, about the writing half. */
  end (): void
  /** The stream ended early. */
  error (error: MuxadoError): void
  /** What a `push` that returned false has kept has found room. Comes when a `write` has waited for room too, but not once the half is being closed. */
  drain? (): void
}

/** One stream: two halves that end independently. A duplex for `it-pipe`; iterating it reads. */
export interface Stream extends AsyncIterable<Uint8ArrayList>, AsyncDisposable {
  readonly id: number
  /** What the opener said it is for; 0 unless said (spec 9.1). */
  readonly type: number
  /** Larger is more urgent. Setting it changes how this end schedules its sending. 0 to 2^31-1. */
  priority: number
  readonly session: Session

  /** What the peer sends, for `pipe`: ends at its FIN, throws on reset. One reader at a time. Leaving it early calls `closeRead`. */
  readonly source: AsyncGenerator<Uint8ArrayList, void, undefined>
  /** Write all of `source`, then half-close. Rejects, and resets the stream, when `source` throws. Bound: may be called detached. */
  readonly sink: (source: ByteSource) => Promise<void>
  /** As a WHATWG byte stream, made when first asked for. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>
  /** As a WHATWG stream, made when first asked for. Closing it half-closes, aborting it resets. */
  readonly writable: WritableStream<Uint8Array>

  /**
   * Everything that is buffered, up to `max` bytes, or the next bytes to come; undefined at the end. A wait given up through `signal` loses nothing.
   * @throws {MuxadoError} STREAM_RESET, STREAM_CANCELLED, SESSION_*, PEER_*; API_ARGUMENT while another read waits
   */
  read (options?: WaitOptions & { readonly max?: number }): Promise<Uint8ArrayList | undefined>
  /**
   * Queue `chunk`, which is given away, and wait until there is room for more. Giving up through `signal` resets the stream, since nobody could
   * tell how much was sent; a signal that is aborted already writes nothing.
   * @throws {MuxadoError} API_SEND_AFTER_FINISH, STREAM_RESET, STREAM_REFUSED, SESSION_*, PEER_*
   */
  write (chunk: Bytes, options?: WaitOptions): Promise<void>
  /** Half-close after what was written, and `last` (spec 4.5). Resolves when it is queued behind everything written. */
  closeWrite (last?: Bytes, options?: WaitOptions): Promise<void>
  /** Stop reading: what is buffered and what still comes is dropped, with its credit returned. The writing half lives on. */
  closeRead (): void
  /** `closeWrite` and `closeRead`. Payload that still comes when both are done resets the stream with `'cancel'`. */
  close (options?: WaitOptions): Promise<void>
  /** Kill both halves and tell the peer why (spec 4.6). Default `'cancel'`. Local waits fail with STREAM_CANCELLED. */
  reset (reason?: Reason): void
  /** Like `reset('cancel')`, but local waits fail with `error`. */
  abort (error: Error): void

  /** Read by callback. Takes over for good: what is buffered is handed over at once, `read` and iteration then throw API_ARGUMENT. */
  consume (consumer: Consumer): void
  /** The consumer has dealt with `bytes` that `data` did not account for. */
  took (bytes: number): void
  /**
   * Queue `chunk`, which is given away, without a promise.
   * @returns true: go on; false: it is kept, but wait for `consumer.drain` before the next. A dead stream takes nothing and returns false
   * @throws {MuxadoError} API_SEND_AFTER_FINISH
   */
  push (chunk: Uint8Array): boolean

  /** `open` both ways, half closed, or `closed`; `reset` after any early end. */
  readonly state: 'open' | 'localClosed' | 'remoteClosed' | 'closed' | 'reset'
  /** Resolves when both halves are done, with the error of an early end or undefined; never rejects. */
  readonly closed: Promise<MuxadoError | undefined>
}

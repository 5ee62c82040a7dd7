/**
 * The public shapes of the machine: what it is told, what it answers. No logic.
 *
 * @module
 */
import type { MuxadoError, Reason } from './errors.ts'
import type { ReceiveState, SendState } from './half.ts'

/** Something for the host to do. Carry actions out in order; each is complete when emitted (spec 4, 5, 8). */
export type Action =
  /** The peer opened a stream: offer it to the application, or `reset` it with `'refused'` (spec 4.2). */
  | { readonly type: 'accept', readonly streamId: number, readonly streamType: number, readonly priority: number }
  /** Hand `data` to the stream's reader, then `consume` what was taken. A view into the chunk given to `receive`: copy it to keep it past reuse. */
  | { readonly type: 'deliver', readonly streamId: number, readonly data: Uint8Array }
  /** The peer finished its half: end the stream's reader once what was delivered is drained (spec 4.5). */
  | { readonly type: 'finish', readonly streamId: number }
  /** `send` stopped short on this stream earlier; it can take `credit` bytes now (spec 5.3). */
  | { readonly type: 'resume', readonly streamId: number, readonly credit: number }
  /** The stream is dead in both directions: fail its writer with `error`, and its reader unless it was finished before. */
  | { readonly type: 'abort', readonly streamId: number, readonly error: MuxadoError }
  /**
   * The peer sent GOAWAY: `open` throws from now on, streams it has seen live on (spec 8.3). Comes again when the peer repeats it, and
   * when its debug text arrives in a later chunk than its fixed part.
   */
  | { readonly type: 'drain', readonly error: MuxadoError, readonly debug: Uint8Array }
  /** Always last. Send what `transmit` still has, then close the transport. No `error` means a clean end (spec 8.5). */
  | { readonly type: 'close', readonly error?: MuxadoError }

/** One frame as plain data, for logs and inspectors. `length` counts body bytes. */
export interface TraceFrame {
  /** `in`: received (reported when its header is complete). `out`: built by `transmit`. */
  readonly direction: 'in' | 'out'
  readonly type: 'syn' | 'rst' | 'data' | 'wndinc' | 'goaway' | 'unknown'
  readonly streamId: number
  readonly length: number
  /** The frame carries FIN. */
  readonly fin: boolean
  /** The frame opens a stream: a SYN frame of wire 1, the SYN flag of wire 2. */
  readonly syn: boolean
  /** SYN; 0 where the frame has none. */
  readonly priority?: number
  /** SYN; 0 where the frame has none. */
  readonly streamType?: number
  /** RST and GOAWAY. */
  readonly reason?: Reason
  /** WNDINC: bytes of credit. */
  readonly increment?: number
  /** GOAWAY. */
  readonly lastStreamId?: number
}

/** Limits against a hostile or broken peer, all on by default (spec 10). */
export interface Limits {
  /** Streams the peer may have open at once, extensions aside; more are refused (retryable). From 0; default 1,024. `Infinity` switches it off. */
  readonly maxInbound?: number
  /**
   * Streams the peer may waste at once: streams it opened and reset itself, and streams that its errors made us reset. Past this burst the
   * session ends with `'calm'`. Default 1,000; refilled by `resetsPerSecond`. `Infinity` switches it off.
   */
  readonly resetBurst?: number
  /** How fast the reset burst refills, as `elapse` reports time. Default 33. */
  readonly resetsPerSecond?: number
  /**
   * Frames that do nothing (empty DATA, credit for dead streams, unknown types) beyond four for each frame that does something. Past this
   * surplus the session ends with `'calm'`. Default 10,000; `Infinity` switches it off.
   */
  readonly maxUseless?: number
  /** RST frames in answer to the peer's mistakes that may wait unsent. Past this the session ends with `'calm'`. Default 1,024. */
  readonly maxReplies?: number
  /** Bytes of GOAWAY debug data that are kept; the rest is skipped. 0 to 65,536; default 1,024. Over 65,536 ends the session. */
  readonly maxDebug?: number
  /**
   * Bytes accepted by `send` and not yet transmitted, over all streams. Beyond it each stream may queue one more frame's worth at a time, so
   * that no stream waits for another's reader. Default 4 MiB.
   */
  readonly maxQueued?: number
  /**
   * Bytes that have come and that nobody has consumed, over all streams. Who sends beyond it has that stream reset with `'calm'`: windows are
   * promised to more streams than could all fill theirs. Default 64 MiB.
   */
  readonly maxUnread?: number
  /** Wire 2 typed streams only: milliseconds (by `elapse`) a new stream may take to say its type before it is reset. Default 10,000. */
  readonly typeTimeoutMs?: number
}

/** How one end of a session behaves. */
export interface MachineOptions extends Limits {
  /** Which ids this end takes: odd for the client (normally the dialler), even for the server (spec 3). */
  readonly role: 'client' | 'server'
  /** The dialect: 1, the reference, or 2, later Go and Rust peers (spec 2). Both ends must agree; nothing on the wire negotiates it. Default 1. */
  readonly wire?: 1 | 2
  /**
   * Wire 2 only: whether every stream starts with its type in four bytes (spec 9.2). Both ends must agree. Default true; set it to false for
   * peers without typed streams. Wire 1 carries the type in its SYN, always.
   */
  readonly typed?: boolean
  /**
   * Bytes a stream may hold unread at first before the peer must stop, in each direction. 1 to 2^31-1; default 65,536 (wire 1) or 262,144
   * (wire 2). Both ends must agree.
   */
  readonly window?: number
  /** Bytes a stream's receive window may grow to on evidence that it limits the peer. Default 4 MiB; never below `window`. */
  readonly maxWindow?: number
  /**
   * Bytes of receive window, over all streams, that this end commits to: beyond it growth is withheld and the peer's streams are refused. What
   * this end opens itself counts, but is not refused. Default
   * `maxInbound` times `window`, plus 64 MiB for growth.
   */
  readonly memoryBudget?: number
  /** Largest DATA payload sent, in bytes, so that streams take turns. 1 to 16,383 (wire 1; the default) or 2^24-1 (wire 2; default 65,536). */
  readonly maxFrame?: number
  /** Types in the reserved range (spec 9.1) that the host handles; streams of other reserved types are refused. Default none. */
  readonly extensions?: readonly number[]
  /** The first id this end takes, of its own parity. Default 3 (client) or 2 (server). For tests of exhaustion. */
  readonly firstId?: number
  /** Sees every frame in and out as plain data. Must not call the machine. Default none: nothing is built for it. */
  readonly trace?: (frame: TraceFrame) => void
}

/** How one stream is opened. */
export interface OpenOptions {
  /** Larger is more urgent. 0 to 2^31-1; default 0. Wire 1 tells the peer, in wire 2 it orders our own sending only. */
  readonly priority?: number
  /** The stream's type, 0 to 2^32-1; default 0. Wire 2 needs `typed` for any other than 0. */
  readonly type?: number
  /** Half-close at once: the stream only receives. Default false. */
  readonly finish?: boolean
}

/** One end of a session: bytes in, actions out; commands in, bytes out. */
export interface Machine {
  /**
   * Take in bytes from the transport, in any chunking. Never throws for what the peer sent: a violation ends the returned list with `close`,
   * leaves a GOAWAY in `transmit`, and later calls return []. Views in `deliver` alias `chunks`. Give what came in one piece in one call: what a
   * reader could not have taken yet does not count as slow reading (spec 5.4).
   */
  receive (...chunks: Uint8Array[]): Action[]
  /** The transport's read side ended. In the middle of a frame, or with streams open, that is an error; otherwise a clean `close` (spec 8.5). */
  receiveEnd (): Action[]
  /**
   * Build and return the next bytes for the transport: whole frames, control frames first, then streams by priority and in turn (spec 5.5).
   * Call only when the transport wants more; what is not pulled yet can still be reordered or reset.
   * @param limit about as many bytes as to return; default 264,192. At least one frame comes when there is one.
   * @returns segments the caller owns and must not change: large ones alias what was given to `send`; [] when there is nothing to say
   */
  transmit (limit?: number): Uint8Array[]
  /** Whether `transmit` would return bytes. */
  readonly wantsTransmit: boolean
  /** Actions that came due outside `receive`: a `resume` once `transmit` has made room, an end that `elapse` brought. `receive` returns them as well. */
  poll (): Action[]

  /**
   * Open a stream: take an id at once and queue its SYN (spec 4.1).
   * @throws {MuxadoError} SESSION_GONE_AWAY, SESSION_CLOSED, SESSION_IDS_EXHAUSTED (all three retryable elsewhere), API_ARGUMENT
   */
  open (options?: OpenOptions): number
  /**
   * Queue a prefix of `data`; when it is short, `resume` or `abort` follows. Keeps a reference: the bytes are given away.
   * @returns bytes taken, 0 to data.length; 0 for a stream that is gone
   * @throws {MuxadoError} API_SEND_AFTER_FINISH
   */
  send (streamId: number, data: Uint8Array): number
  /** Half-close after what is queued (spec 4.5). Again, or too late, it does nothing. */
  finish (streamId: number): void
  /**
   * Drop what is queued, tell the peer `reason` (default `'cancel'`) and forget the stream (spec 4.6). No action follows; frames still on their
   * way are swallowed.
   */
  reset (streamId: number, reason?: Reason): void
  /** The reader took `bytes` of delivered data: credit goes back to the peer, batched (spec 5.2). More than was delivered throws API_ARGUMENT. */
  consume (streamId: number, bytes: number): void
  /** Change how urgent a stream's sending is, 0 to 2^31-1. Nothing is sent. */
  setPriority (streamId: number, priority: number): void
  /** Refuse further streams from the peer; open ones run on (spec 8.2). `debug` is kept by reference and cut to 16,375 bytes. Default reason `'none'`. */
  goAway (reason?: Reason, debug?: Uint8Array): void
  /** End the session now: streams abort, what is queued is dropped, a GOAWAY goes out (spec 8.4). The returned actions end with `close`. */
  close (reason?: Reason, debug?: Uint8Array): Action[]
  /** Tell the machine that time has passed, in milliseconds of any size: budgets refill, streams without a type expire. */
  elapse (ms: number): void

  /** `draining` once either end said GOAWAY, `closed` for good. */
  readonly state: 'open' | 'draining' | 'closed'
  /** Bytes accepted by `send` and not yet transmitted. */
  readonly queued: number
  /**
   * Plain data for logs and property tests. Not all there is: payload is not in it, nor what `poll` would return, the header of a frame that has
   * come in part, whose turn it is to send or to be resumed, the last id that a second GOAWAY would name, the time that has passed, and credit
   * for streams that are gone.
   */
  snapshot (): Snapshot
}

/** One stream in a `Snapshot`. */
export interface StreamSnapshot {
  readonly id: number
  /** Opened by this end. */
  readonly local: boolean
  readonly type: number
  /** Wire 2: bytes of the type that are still to come. */
  readonly typing: number
  /** When it came, in milliseconds of `elapse`, if it has to say its type. */
  readonly since: number
  readonly priority: number
  readonly send: SendState
  readonly receive: ReceiveState
  /** The frame that opens it has not been transmitted. */
  readonly opening: boolean
  /** Bytes queued and not yet transmitted. */
  readonly queued: number
  /** Waits for its turn to send. */
  readonly ready: boolean
  /** Bytes of credit the peer has left us, beyond what is queued. Below 0 only while a type in band waits for credit. */
  readonly credit: number
  /** A `resume` is owed. */
  readonly short: boolean
  /** The receive window. Between frames, `available + unread + consumed = window`. */
  readonly window: number
  /** Bytes the peer may still send. */
  readonly available: number
  /** Bytes delivered and not consumed. */
  readonly unread: number
  /** Bytes consumed and not yet returned as credit. */
  readonly consumed: number
  /** Credit to be sent with the next WNDINC. */
  readonly granting: number
  /** How many bytes from now the peer's credit ends, by each grant it may not have seen; none before the first grant. */
  readonly limits: readonly number[]
  /** The peer has spent its credit since the last grant: the window may grow. */
  readonly limited: boolean
}

/** An RST that waits for `transmit`. */
export interface ResetSnapshot {
  readonly kind: 'rst'
  readonly streamId: number
  readonly code: number
  /** The peer provoked it, so that it counts against `maxReplies`. */
  readonly answer: boolean
}

/** A GOAWAY that waits for `transmit`. */
export interface GoAwaySnapshot {
  readonly kind: 'goaway'
  readonly lastStreamId: number
  readonly code: number
  readonly debug: Uint8Array
  /** Nothing follows it. */
  readonly final: boolean
}

/** The whole machine as plain data; a consistent copy. */
export interface Snapshot {
  readonly role: 'client' | 'server'
  readonly wire: 1 | 2
  readonly state: 'open' | 'draining' | 'closed'
  /** The next id this end takes; past 2^31-1 when none is left. */
  readonly nextId: number
  /** The highest id the peer has opened a stream with. */
  readonly lastPeerId: number
  /** Which end has said GOAWAY. */
  readonly goneAway: 'none' | 'local' | 'peer' | 'both'
  readonly streams: readonly StreamSnapshot[]
  /** Ids reset by this end whose late frames are still swallowed, oldest first. */
  readonly forgotten: readonly number[]
  /** Whether batches of credit are kept within the initial window, for a peer that may not hold more (spec 5.2); always false in wire 1. */
  readonly cautious: boolean
  /** Control frames that wait for `transmit`, in their order; an id stands for that stream's SYN while it is `opening`, else for its credit. */
  readonly control: ReadonlyArray<number | ResetSnapshot | GoAwaySnapshot>
  /** What the parser holds of an unfinished frame, what it is in the middle of, and how many bytes are still to come. */
  readonly partial: { readonly held: readonly number[], readonly state: number, readonly remaining: number }
  readonly budgets: { readonly resets: number, readonly useless: number }
}

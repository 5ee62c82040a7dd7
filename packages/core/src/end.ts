/**
 * One end of a session: its streams, what it owes the host and the peer, and how either of them dies. Shared by the two directions; parses
 * and builds nothing.
 *
 * @module
 */
import { Allowance, Surplus } from './budget.ts'
import { MuxadoError } from './errors.ts'
import type { ErrorCode, Reason } from './errors.ts'
import { RECEIVE, SEND } from './half.ts'
import type { Settings } from './options.ts'
import { Outbound } from './outbound.ts'
import type { GoAway } from './outbound.ts'
import { Registry } from './registry.ts'
import type { StreamRecord } from './stream.ts'
import type { Action } from './types.ts'
import { codeOf } from './wire/codec.ts'

/** Which end has said GOAWAY (spec 7.1). */
export type GoneAway = 'none' | 'local' | 'peer' | 'both'

/** Longest debug text in a GOAWAY: what a header of wire 1 can count. */
const MAX_SENT_DEBUG = 16_375

const EMPTY = new Uint8Array(0)

/** State that the receiving and the commanding side share, and the transitions that both can cause. */
export class End {
  readonly settings: Settings
  readonly registry: Registry
  readonly outbound: Outbound
  readonly resets: Allowance
  readonly useless: Surplus
  goneAway: GoneAway = 'none'
  /** What the session ended with: unset while it lives, `undefined` inside after a clean end. First one wins. */
  ending: { readonly error: MuxadoError | undefined } | undefined
  /** What `receive` will return. */
  actions: Action[] = []
  /** Called when the session ends, so that nothing more is parsed. */
  onEnd: () => void = () => {}

  constructor (settings: Settings) {
    this.settings = settings
    this.registry = new Registry(settings)
    this.outbound = new Outbound(settings, stream => { this.settle(stream) })
    this.resets = new Allowance(settings.resetBurst, settings.resetsPerSecond)
    this.useless = new Surplus(settings.maxUseless)
  }

  /** Hand over what the host must do. */
  takeActions (): Action[] {
    const { actions } = this
    this.actions = []
    return actions
  }

  error (code: ErrorCode, text: string, reason: Reason, streamId?: number, retryable?: boolean): MuxadoError {
    return new MuxadoError(code, text, {
      reason,
      wireCode: codeOf(this.settings.codec, reason),
      ...(streamId === undefined ? {} : { streamId }),
      ...(retryable === undefined ? {} : { retryable })
    })
  }

  /** Forget a stream once both of its halves are done. */
  settle (stream: StreamRecord): void {
    if (stream.send === 'finished' && stream.receive === 'finished') this.registry.remove(stream)
  }

  /** Both halves of a stream die; the peer is told unless it does not know the stream or told us. */
  kill (stream: StreamRecord, tell: Reason | undefined): void {
    const unheard = stream.opening
    stream.send = SEND[stream.send].reset ?? stream.send
    stream.receive = RECEIVE[stream.receive].reset ?? stream.receive
    this.outbound.drop(stream)
    this.registry.remove(stream)
    if (unheard) return
    this.registry.forget(stream.id)
    if (tell !== undefined) this.outbound.rst(stream.id, codeOf(this.settings.codec, tell))
  }

  /** A stream dies of the peer's fault: reset it, tell the host, and count it (spec 6.3). */
  killForFault (stream: StreamRecord, code: ErrorCode, reason: Reason, text: string): void {
    this.kill(stream, reason)
    if (stream.typing === 0) this.abort(stream, this.error(code, text, reason, stream.id))
    this.#answered()
  }

  abort (stream: StreamRecord, error: MuxadoError): void {
    this.actions.push({ type: 'abort', streamId: stream.id, error })
  }

  /** Answer a frame that belongs to no stream with RST, once per id (spec 4.7). */
  reply (streamId: number, reason: Reason): void {
    this.registry.forget(streamId)
    this.outbound.rst(streamId, codeOf(this.settings.codec, reason))
    this.#answered()
  }

  /** Refuse a stream that the peer opens: nobody's fault, but it must not be free (spec 4.2). */
  refuse (streamId: number, reason: Reason): void {
    this.registry.forget(streamId)
    this.outbound.rst(streamId, codeOf(this.settings.codec, reason))
    this.shrug()
    this.#unread()
  }

  /** The peer has wasted a stream: one it opened and reset itself, or one that its errors made us reset (spec 10.2). */
  waste (): void {
    if (!this.resets.spend()) this.die('PEER_EXCESS', 'calm', 'too many streams reset')
  }

  #answered (): void {
    this.waste()
    this.#unread()
  }

  #unread (): void {
    if (this.outbound.replies > this.settings.maxReplies) this.die('PEER_EXCESS', 'calm', 'too many answers that nobody reads')
  }

  /** The peer has sent a frame that does nothing (spec 10.2). */
  shrug (): void {
    if (!this.useless.useless()) this.die('PEER_EXCESS', 'calm', 'too many frames that do nothing')
  }

  /** The session ends of an error, and the peer is told why (spec 8.4). */
  die (code: ErrorCode, reason: Reason, text: string): void {
    this.end(reason, ascii(text), this.error(code, text, reason))
  }

  /** The session ends: streams abort, GOAWAY is the last frame, `close` the last action. The first ending wins. */
  end (reason: Reason, debug: Uint8Array, error: MuxadoError | undefined): void {
    if (this.ending !== undefined) return
    this.ending = { error }
    const streams = Array.from(this.registry.streams.values())
    for (const stream of streams) {
      this.kill(stream, undefined)
      if (stream.typing === 0) this.abort(stream, error ?? this.error('SESSION_CLOSED', 'the session was closed', reason, stream.id))
    }
    // After a GOAWAY of our own, a clean end has nothing to add.
    const said = error === undefined && (this.goneAway === 'local' || this.goneAway === 'both')
    this.outbound.end(said ? undefined : this.goAwayFrame(reason, debug, true))
    this.actions.push(error === undefined ? { type: 'close' } : { type: 'close', error })
    this.onEnd()
  }

  /** A GOAWAY as of now (spec 8.1). */
  goAwayFrame (reason: Reason, debug: Uint8Array, final: boolean): GoAway {
    const code = codeOf(this.settings.codec, reason)
    return { lastStreamId: this.registry.lastServedId, code, debug: debug.subarray(0, MAX_SENT_DEBUG), final }
  }
}

/** ASCII text to bytes: core has no TextEncoder. */
export function ascii (text: string): Uint8Array {
  return text === '' ? EMPTY : Uint8Array.from(text, character => character.charCodeAt(0))
}

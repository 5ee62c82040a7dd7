/**
 * What a user may set, with defaults filled in. No state.
 *
 * @module
 */
import type { StreamMuxerOptions, StreamOptions } from '@libp2p/interface'
import { MuxadoError } from '@muxado/core'
import type { Limits, MachineOptions } from '@muxado/core'

/** The libp2p protocol id: the dialect, the window and the manner of the heartbeat are part of it. */
export const PROTOCOL = '/muxado/1.0.0'

/**
 * Bytes a stream may hold unread at first. Part of the protocol, so both ends know it without a word. Small enough that any sensible
 * `maxReadBufferLength` is above it; it grows for readers that keep up.
 */
export const WINDOW = 65_536

/** libp2p's defaults. */
const MAX_READ = 4_194_304
const MAX_STREAMS = 1_000
const MAX_MESSAGE = 65_536

/** When to ask whether the peer is still there. */
export interface HeartbeatOptions {
  /** Milliseconds from an answer to the next ping. 1 to 2^31-1; default 10,000. */
  readonly intervalMs?: number
  /** Milliseconds without a byte while a ping is out after which the connection is aborted. 1 to 2^31-1; default 10,000. */
  readonly toleranceMs?: number
}

/** What `muxado` takes: libp2p's own options, and ours. Two nodes need not agree on any of them. */
export interface MuxadoInit extends StreamMuxerOptions {
  /**
   * Bytes a stream's receive window may grow to. Never more than `streamOptions.maxReadBufferLength`, which is its default; never less than
   * 65,536.
   */
  readonly maxWindow?: number
  /**
   * Bytes of receive window promised over all streams of a connection; past it, growth is withheld and streams of the peer are refused. The
   * one number that bounds what a connection can make this end hold. Default `maxInboundStreams` times 65,536, plus 64 MiB for growth.
   */
  readonly memoryBudget?: number
  /** Ask the peer for signs of life and measure the time there and back. Default off: libp2p's connection monitor pings as well. */
  readonly heartbeat?: boolean | HeartbeatOptions
  /** Limits against a hostile or broken peer, as core has them. */
  readonly limits?: Omit<Limits, 'maxInbound' | 'typeTimeoutMs'>
}

/** All of it, none missing. */
export interface Settings {
  readonly machine: Omit<MachineOptions, 'role'>
  readonly muxer: StreamMuxerOptions
  readonly maxOutbound: number
  readonly heartbeat: HeartbeatOptions | undefined
}

/** The type of heartbeat streams (spec 9.3). */
export const HEARTBEAT = 0xffffffff

/** How urgent they are: before anything else that waits. */
export const HEARTBEAT_PRIORITY = 0x7fffffff

/**
 * Payload of the largest frame. A write of 64 KiB, as applications make them, is one frame and not cut. Frames that fill the 65,519 bytes which
 * noise encrypts in one piece would save it one short piece a batch, and cost each such write two frames: a third of what bulk carries in memory.
 */
export const MAX_FRAME: number = 65_536

/**
 * Bytes that are handed to a connection at once: what is said to it in one go costs it less, and stands in front of what is more urgent. So these
 * are bounds: half a MiB to one that takes it in no time, a frame to one that is slow.
 */
export const BATCH: { readonly least: number, readonly first: number, readonly most: number } = { least: MAX_FRAME, first: 4 * MAX_FRAME, most: 8 * MAX_FRAME }

/** Fill in defaults. @throws {MuxadoError} API_ARGUMENT */
export function settle (init: MuxadoInit): Settings {
  const { heartbeat, limits, memoryBudget, maxEarlyStreams, streamOptions } = init
  const maxRead = check('streamOptions.maxReadBufferLength', streamOptions?.maxReadBufferLength ?? MAX_READ, 0)
  const maxMessage = check('maxMessageSize', init.maxMessageSize ?? MAX_MESSAGE, 1)
  const maxInbound = check('maxInboundStreams', init.maxInboundStreams ?? MAX_STREAMS, 0)
  const maxWindow = check('maxWindow', init.maxWindow ?? maxRead, 1)
  if (maxEarlyStreams !== undefined) check('maxEarlyStreams', maxEarlyStreams, 0)
  return {
    machine: {
      // What may be unread is what `memoryBudget` promises: no stream is reset for being unread
      maxUnread: Infinity,
      ...limits,
      wire: 2,
      typed: true,
      window: WINDOW,
      maxWindow: Math.max(WINDOW, Math.min(maxWindow, maxRead, 0x7fffffff)),
      maxFrame: Math.min(maxMessage, MAX_FRAME),
      maxInbound,
      extensions: [HEARTBEAT],
      ...memoryBudget === undefined ? undefined : { memoryBudget }
    },
    muxer: {
      ...maxEarlyStreams === undefined ? undefined : { maxEarlyStreams },
      maxMessageSize: maxMessage,
      streamOptions: { ...streamOptions, maxReadBufferLength: Math.max(WINDOW, maxRead) } satisfies StreamOptions
    },
    maxOutbound: check('maxOutboundStreams', init.maxOutboundStreams ?? MAX_STREAMS, 0),
    heartbeat: heartbeat === true ? {} : heartbeat === false ? undefined : heartbeat
  }
}

function check (name: string, value: number, low: number): number {
  if (value >= low && (Number.isInteger(value) || value === Infinity)) return value
  throw new MuxadoError('API_ARGUMENT', `${name} is ${value}; it must be a whole number from ${low}, or Infinity`)
}

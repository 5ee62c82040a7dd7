/**
 * The attacks: what each sends, and what of the server's defence is taken away for the comparison. Sends nothing itself.
 *
 * @module
 */
import { ascii, concat } from '../support/bytes.ts'
import { createRandom } from '../support/random.ts'
import { wire1, wire2 } from '../support/frames.ts'
import { DROP, ECHO, HOARD, SLOW, SOURCE } from './kinds.ts'
import { counting, forever, many, open, windows, type Script } from './scripts.ts'

/** One attack. */
export interface Attack {
  readonly name: string
  /** What it does, for the table. */
  readonly does: string
  readonly wire: 1 | 2
  /** Where docs/PROTOCOL.md says what stops it. */
  readonly section: string
  /** The options that are the defence, raised to infinity; `turns: false` is a server whose connections take none. None: nothing takes it away. */
  readonly without?: Readonly<Record<string, unknown>> & { readonly turns?: false }
  /** Whether the attacker reads what comes back. Default true. */
  readonly reads?: boolean
  /** Connections at a time. Default 1. */
  readonly connections?: number
  /** It takes seconds until the server holds the most that it will: go on for so long. */
  readonly fills?: true
  /** Each connection is dropped as soon as its script has ended, and the next one made. Default: it stays. */
  readonly drops?: boolean
  readonly script: (connection: number) => Script
}

const OFF = 'Infinity'
const NO_TURNS = { turns: false } as const
const NO_LIMITS = { maxInbound: OFF, memoryBudget: OFF, maxUnread: OFF, acceptBacklog: OFF, maxUseless: OFF, maxReplies: OFF } as const
const EMPTY = new Uint8Array(0)
const BYTE = new Uint8Array(1)
const HEARTBEAT = 0xfffffeff
const LARGEST = 0x7fffffff

function * then (first: Uint8Array, rest: Script): Script {
  yield first
  yield * rest
}

function * once (...blocks: Uint8Array[]): Script {
  yield * blocks
}

/** Traffic that nobody minds, in frames as a sensible peer sends them. */
export const harmless: Attack = {
  name: 'harmless', does: 'bulk in frames of 16 KB', wire: 1, section: '5', script: () => windows(wire1, DROP, 16_000)
}

/** All attacks, in the order of the table. */
export const attacks: readonly Attack[] = [
  {
    name: 'rapid-reset',
    does: 'opens a stream and resets it, over and over',
    wire: 1, section: '10.3', without: { resetBurst: OFF, ...NO_TURNS },
    script: () => counting(concat([wire1.syn(3), wire1.rst(3, 7)]), [4, 12])
  },
  {
    name: 'made-resets', does: 'payload behind FIN, credit past the largest: the server has to reset', wire: 1, section: '10.3',
    without: { resetBurst: OFF, maxUseless: OFF, maxReplies: OFF, ...NO_TURNS },
    script: () => counting(concat([wire1.syn(3), wire1.fin(3), wire1.data(3, BYTE), wire1.credit(3, LARGEST)]), [4, 12, 20, 29])
  },
  {
    name: 'oversized-syn',
    does: 'opens with more payload than the window',
    wire: 2, section: '5.6', without: { resetBurst: OFF, maxUseless: OFF, maxReplies: OFF, ...NO_TURNS },
    script: () => counting(wire2.syn(3, { data: new Uint8Array(262_145) }), [4])
  },
  {
    name: 'goaway-debug',
    does: 'GOAWAY with 64 KiB of debug, again and again',
    wire: 2, section: '8.3', without: { maxDebug: 65_536, maxUseless: OFF, ...NO_TURNS },
    script: () => forever(wire2.goaway(0, 0, new Uint8Array(65_536)))
  },
  {
    name: 'goaway-endless', does: 'GOAWAY with 16 MiB of debug', wire: 2, section: '8.3',
    script: () => then(wire2.raw(3, 0, 0, new Uint8Array(8), 0xffffff), forever(new Uint8Array(65_536)))
  },
  {
    name: 'unread-downloads', fills: true,
    does: '1,024 downloads with all the credit there is, and reads nothing',
    wire: 1, section: '5.5', reads: false, without: { maxQueued: OFF },
    script: () => once(many(wire1, 1_024, SOURCE), concat(Array.from({ length: 1_024 }, (_, at) => wire1.credit(3 + 2 * at, LARGEST - 65_536))))
  },
  {
    name: 'zero-window', does: '1,024 downloads, and never any credit', wire: 1, section: '5.3',
    script: () => once(many(wire1, 1_024, SOURCE))
  },
  {
    name: 'unread-echo', fills: true,
    does: 'fills what the server echoes, and reads nothing',
    wire: 1, section: '5.5', reads: false, without: NO_LIMITS,
    script: () => windows(wire1, ECHO, 16_384 - 1)
  },
  {
    name: 'unread-bytes', fills: true, does: 'the same in frames of one byte', wire: 1, section: '5.5', reads: false,
    script: () => windows(wire1, ECHO, 1)
  },
  {
    name: 'unread-views', fills: true,
    does: 'one byte of it in each read, so that the rest of the read is kept as well',
    wire: 1, section: '5.5', reads: false,
    * script () {
      // First all that lies between us and the server is filled up
      const full = windows(wire1, ECHO, 16_384 - 1)
      for (let times = 0; times < 500; times++) yield full.next().value as Uint8Array // it never ends
      // Payload on id 1, which nobody uses, is skipped
      const stuffing = concat([...Array.from({ length: 3 }, () => wire1.data(1, new Uint8Array(16_383))), wire1.data(1, new Uint8Array(16_300))])
      for (let id = 2_001; ; id += 2) {
        yield open(wire1, id, ECHO)
        for (let times = 0; times < 10_000; times++) yield concat([stuffing, wire1.data(id, BYTE)])
      }
    }
  },
  {
    name: 'unread-crumbs', fills: true,
    does: 'one byte after the other for each of 500 streams',
    wire: 1, section: '5.5', reads: false,
    * script () {
      const full = windows(wire1, ECHO, 16_384 - 1)
      for (let times = 0; times < 500; times++) yield full.next().value as Uint8Array // it never ends
      const ids = Array.from({ length: 500 }, (_, at) => 2_001 + 2 * at)
      for (const id of ids) yield open(wire1, id, ECHO)
      yield * forever(concat(ids.map((id) => wire1.data(id, BYTE))))
    }
  },
  {
    name: 'pings', does: 'pings without end', wire: 1, section: '9.3', without: NO_TURNS,
    script: () => windows(wire1, HEARTBEAT, 4)
  },
  {
    name: 'unread-pings', fills: true,
    does: 'pings without end, and reads no answer',
    wire: 1, section: '9.3', reads: false, without: NO_LIMITS,
    script: () => windows(wire1, HEARTBEAT, 4)
  },
  {
    name: 'stray-data',
    does: 'payload for streams that never were',
    wire: 2, section: '4.7', without: { resetBurst: OFF, maxUseless: OFF, maxReplies: OFF, ...NO_TURNS },
    script: () => counting(wire2.data(3, BYTE), [4])
  },
  {
    name: 'unread-answers',
    does: 'the same, and reads no answer',
    wire: 2, section: '10.3', reads: false, without: { resetBurst: OFF, maxUseless: OFF, maxReplies: OFF },
    script: () => counting(wire2.data(3, BYTE), [4])
  },
  {
    name: 'empty-frames', does: 'DATA without payload', wire: 1, section: '10.3', without: { maxUseless: OFF, ...NO_TURNS },
    script: () => then(open(wire1, 3, DROP), forever(wire1.data(3, EMPTY)))
  },
  {
    name: 'dead-frames',
    does: 'credit and resets for a stream that is over',
    wire: 1, section: '10.3', without: { maxUseless: OFF, ...NO_TURNS },
    script: () => then(concat([wire1.syn(3), wire1.rst(3, 7)]), forever(concat([wire1.credit(3, 1), wire1.rst(3, 7)])))
  },
  {
    name: 'unknown-frames', does: 'frames of an unknown type', wire: 2, section: '2.7', without: { maxUseless: OFF, ...NO_TURNS },
    script: () => forever(wire2.raw(9, 0, 3))
  },
  {
    name: 'no-type', does: 'streams that never say their type', wire: 2, section: '9.2', without: { ...NO_LIMITS, typeTimeoutMs: OFF },
    script: () => counting(wire2.syn(3), [4])
  },
  {
    name: 'open-flood', does: 'opens streams and says nothing on them', wire: 1, section: '4.2', without: NO_LIMITS,
    script: () => counting(open(wire1, 3, HOARD), [4])
  },
  {
    name: 'accept-flood', does: 'opens streams that the application does not accept', wire: 1, section: '4.2', without: NO_LIMITS,
    script: () => then(open(wire1, 3, SLOW), counting(open(wire1, 5, ECHO), [4], 5))
  },
  {
    name: 'hoard', fills: true, does: 'fills the windows of streams that nobody reads', wire: 1, section: '5.1', without: NO_LIMITS,
    script: () => windows(wire1, HOARD, 16_384 - 1)
  },
  {
    name: 'hoard-2', fills: true,
    does: 'the same in the other dialect',
    wire: 2, section: '5.1', without: NO_LIMITS,
    script: () => windows(wire2, HOARD, 65_536)
  },
  {
    name: 'hoard-bytes', fills: true, does: 'the same in frames of one byte', wire: 1, section: '5.1', without: NO_LIMITS,
    script: () => windows(wire1, HOARD, 1)
  },
  {
    name: 'hoard-views', fills: true,
    does: 'the same in a fifth of each read, so that the rest of it is kept as well',
    wire: 1, section: '5.1', without: NO_LIMITS,
    * script () {
      // Payload on id 1, which nobody uses, is skipped
      const stuffing = concat([...Array.from({ length: 3 }, () => wire1.data(1, new Uint8Array(16_383))), wire1.data(1, new Uint8Array(2_300))])
      for (let id = 3; ; id += 2) {
        const piece = concat([wire1.data(id, new Uint8Array(14_000)), stuffing])
        yield concat([open(wire1, id, HOARD), piece, piece, piece, piece])
      }
    }
  },
  {
    name: 'byte-frames', does: 'payload in frames of one byte, all of it echoed', wire: 1, section: '2.6', without: NO_TURNS,
    script: () => windows(wire1, ECHO, 1)
  },
  {
    name: 'byte-credit', does: 'credit in frames of one byte', wire: 1, section: '5.3', without: NO_TURNS,
    script: () => then(open(wire1, 3, HOARD), forever(wire1.credit(3, 1)))
  },
  {
    name: 'swallowed', does: 'payload in frames of one byte for a stream that was reset', wire: 1, section: '4.7', without: NO_TURNS,
    script: () => then(concat([wire1.syn(3), wire1.rst(3, 7)]), forever(wire1.data(3, BYTE)))
  },
  {
    name: 'churn', does: 'opens, writes a byte, finishes: all of it served', wire: 1, section: '4.1', without: NO_TURNS,
    script: () => counting(concat([wire1.syn(3), wire1.data(3, BYTE, true)]), [4, 12])
  },
  {
    name: 'priorities',
    does: '1,024 downloads, each of a priority of its own, and credit byte by byte',
    wire: 1, section: '5.5', without: NO_TURNS,
    script: () => then(
      concat(Array.from({ length: 1_024 }, (_, at) => wire1.syn(3 + 2 * at, { priority: LARGEST - at, type: SOURCE }))),
      forever(concat(Array.from({ length: 1_024 }, (_, at) => wire1.credit(3 + 2 * at, 1)))))
  },
  {
    name: 'live-syn', does: 'opens a live stream anew, and comes back', wire: 2, section: '3.2', without: NO_TURNS,
    script: () => forever(open(wire2, 3, ECHO))
  },
  {
    name: 'garbage', does: 'bytes at random, and comes back', wire: 1, section: '2.7', without: NO_TURNS,
    script: (connection) => {
      const random = createRandom(connection)
      return forever(Uint8Array.from({ length: 65_536 }, () => random.below(256)))
    }
  },
  {
    name: 'http', does: 'speaks HTTP on eight connections, and comes back', wire: 1, section: '2.7', connections: 8, without: NO_TURNS,
    script: () => forever(ascii('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
  },
  {
    name: 'connections',
    does: 'connects and hangs up, eight at a time',
    wire: 1, section: '7.2', connections: 8, drops: true, without: NO_TURNS,
    script: () => once(wire1.syn(3))
  },
  {
    name: 'slow-frames', does: '1,000 connections, each in the middle of a frame', wire: 1, section: '2.6', connections: 1_000,
    script: () => once(concat([open(wire1, 3, ECHO), wire1.data(3, EMPTY, false).subarray(0, 7)]))
  }
]

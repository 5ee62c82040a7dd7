/**
 * What is explored: small configurations, each with another corner of the protocol in it, in each dialect.
 *
 * @module
 */
import type { Configuration } from './state.ts'

/** What a shape leaves unsaid: one stream of the client's, a byte each way, every split of the bytes on their way. */
const plain: Configuration = {
  name: 'plain', about: 'a byte each way, every split',
  options: { window: 1, maxWindow: 1 }, opens: [[{}], []], sends: [1], bytes: 1, sips: false, finishes: true, resets: [0, 0], goAways: [0, 0],
  closes: [0, 0], ends: [false, false], talks: [true, true], splits: 'every', single: true
}

/** Bytes come in as they were sent, and all that waits goes out at once: for what is not about how bytes come. */
const whole = { splits: 'none', single: false } as const

const half = { finish: true }
/** A window that does not grow. */
const fixed = (window: number): Configuration['options'] => ({ window, maxWindow: window })

const shapes: readonly Configuration[] = [
  plain,
  { ...plain, name: 'bytes', about: 'two bytes each way, one by one or together, every split', bytes: 2, sends: [1, 2] },
  { ...plain, name: 'window2', about: 'three bytes through a window of two', options: fixed(2), bytes: 3, sends: [3], sips: true, splits: 'none' },
  { ...plain, name: 'window3', about: 'four bytes through a window of three, one way', options: fixed(3), bytes: 4, sends: [4], sips: true, splits: 'none', talks: [true, false] },
  { ...plain, name: 'window3-both', about: 'four bytes each way through windows of three', options: fixed(3), bytes: 4, sends: [4], sips: true, splits: 'none' },
  { ...plain, name: 'window3-every', about: 'writes of any size, every split, one way', options: fixed(3), bytes: 4, sends: [1, 2, 3], sips: true, talks: [true, false] },
  { ...plain, name: 'growth', about: 'a window of one that may grow to three', options: { window: 1, maxWindow: 3 }, bytes: 4, sends: [1, 2], splits: 'none' },
  { ...plain, name: 'queue', about: 'frames of a byte, and queues of one', options: { ...fixed(3), maxQueued: 1, maxFrame: 1 }, bytes: 3, sends: [3], splits: 'none', talks: [true, false] },
  { ...plain, name: 'queue-two', about: 'the same, two streams', options: { ...fixed(3), maxQueued: 1, maxFrame: 1 }, opens: [[{}, {}], []], bytes: 2, sends: [2], ...whole, talks: [true, false] },
  { ...plain, name: 'reset', about: 'a reset by each end, every split', resets: [1, 1] },
  { ...plain, name: 'forget', about: 'a reset by the client', resets: [1, 0], ...whole },
  { ...plain, name: 'crossing', about: 'a stream of each end, one of them half-closed', opens: [[{}], [half]], ...whole },
  { ...plain, name: 'crossing-full', about: 'a stream of each end, one end talks', opens: [[{}], [{}]], ...whole, talks: [true, false] },
  { ...plain, name: 'crossing-reset', about: 'a stream of each end, and a reset by each', opens: [[{}], [half]], resets: [1, 1], ...whole, talks: [true, false] },
  { ...plain, name: 'priorities', about: 'two priorities that change', opens: [[{}, { priority: 1 }], []], options: { ...fixed(2), maxFrame: 1 }, sends: [2], bytes: 2, ...whole, priority: 2, talks: [true, false] },
  { ...plain, name: 'three', about: 'three streams, half-closed', opens: [[half, half], [half]], ...whole },
  { ...plain, name: 'three-reset', about: 'three streams, one of which is reset', opens: [[half, half], [half]], resets: [0, 1], ...whole, talks: [false, true] },
  { ...plain, name: 'goaway', about: 'a GOAWAY of each, every split', goAways: [1, 1], single: false },
  { ...plain, name: 'goaway-both', about: 'a GOAWAY of each, streams of both', opens: [[{}], [half]], goAways: [1, 1], ...whole, talks: [true, false] },
  { ...plain, name: 'goaway-again', about: 'two by the client', opens: [[], [half, half]], goAways: [2, 0], ...whole, talks: [false, true] },
  { ...plain, name: 'close', about: 'either end closes', closes: [1, 1], ...whole },
  { ...plain, name: 'close-every', about: 'the client closes, every split', closes: [1, 0], single: false },
  { ...plain, name: 'close-two', about: 'either end closes, a stream of each', opens: [[{}], [half]], closes: [1, 1], ...whole, talks: [true, false] },
  { ...plain, name: 'end', about: 'the input of either end may stop', ends: [true, true], ...whole },
  { ...plain, name: 'end-every', about: 'that of the server may stop, behind any byte', ends: [false, true], single: false },
  { ...plain, name: 'refuse', about: 'two streams where one is allowed', opens: [[{}, {}], []], options: { ...fixed(1), maxInbound: 1 }, resets: [1, 0], ...whole, talks: [true, false] },
  { ...plain, name: 'refuse-both', about: 'the same, both ends talk', opens: [[{}, {}], []], options: { ...fixed(1), maxInbound: 1 }, ...whole },
  { ...plain, name: 'budget', about: 'windows that may grow as far as two bytes together', opens: [[{}, {}], []], options: { window: 1, maxWindow: 2, memoryBudget: 2 }, bytes: 2, ...whole, talks: [true, false] }
]

/** Those of the gate, in wire 1 only: together they come to every pair of half states, and take seconds. */
const QUICK: ReadonlySet<string> = new Set(['window3', 'forget'])

/** All of them. */
export const configurations: readonly Configuration[] = shapes.flatMap((shape) => [
  { ...shape, name: `${shape.name} 1`, quick: QUICK.has(shape.name), options: { ...shape.options, wire: 1 } },
  { ...shape, name: `${shape.name} 2`, options: { ...shape.options, wire: 2, typed: false } },
  { ...shape, name: `${shape.name} 2 typed`, options: { ...shape.options, wire: 2, typed: true } }
])

/**
 * What is explored: small configurations, each with another corner of the protocol in it, in each dialect.
 *
 * @module
 */
import type { Configuration } from './state.ts'

/** What a shape leaves unsaid: one stream of the client's, a byte each way, every split of the bytes on their way. */
const plain: Configuration = {
  name: 'plain', options: { window: 1, maxWindow: 1 }, opens: [[{}], []], sends: [1], bytes: 1, sips: false, finishes: true, resets: [0, 0], goAways: [0, 0],
  closes: [0, 0], ends: [false, false], talks: [true, true], splits: 'every', single: true
}

const half = { finish: true }

const shapes: readonly Configuration[] = [
  plain,
  { ...plain, name: 'bytes', bytes: 2, sends: [1, 2], splits: 'few' },
  { ...plain, name: 'window2', options: { window: 2, maxWindow: 2 }, bytes: 3, sends: [3], sips: true, splits: 'all' },
  { ...plain, name: 'window3', options: { window: 3, maxWindow: 3 }, bytes: 4, sends: [4], sips: true, splits: 'all', talks: [true, false] },
  { ...plain, name: 'growth', options: { window: 1, maxWindow: 3 }, bytes: 4, sends: [1, 2], splits: 'all' },
  { ...plain, name: 'queue', options: { window: 3, maxWindow: 3, maxQueued: 1, maxFrame: 1 }, bytes: 3, sends: [3], splits: 'all', talks: [true, false] },
  { ...plain, name: 'reset', resets: [1, 1], splits: 'few' },
  { ...plain, name: 'forget', resets: [1, 0], splits: 'all', single: false },
  { ...plain, name: 'reset-every', resets: [1, 0], single: false },
  { ...plain, name: 'crossing', opens: [[{}], [half]], splits: 'all', single: false },
  { ...plain, name: 'priorities', opens: [[{}, { priority: 1 }], []], options: { window: 2, maxWindow: 2, maxFrame: 1 }, sends: [2], bytes: 2, splits: 'all', single: false, priority: 2, talks: [true, false] },
  { ...plain, name: 'three', opens: [[half, half], [half]], splits: 'all', single: false },
  { ...plain, name: 'goaway', opens: [[half], [half]], goAways: [1, 0], splits: 'all', single: false, talks: [false, true] },
  { ...plain, name: 'close', closes: [1, 1], splits: 'all', single: false },
  { ...plain, name: 'end', ends: [true, true], splits: 'all', single: false },
  { ...plain, name: 'refuse', opens: [[{}, {}], []], options: { window: 1, maxWindow: 1, maxInbound: 1 }, resets: [1, 0], splits: 'all', single: false, talks: [true, false] },
  { ...plain, name: 'budget', opens: [[{}, {}], []], options: { window: 1, maxWindow: 2, memoryBudget: 2 }, bytes: 2, splits: 'all', single: false, talks: [true, false] }
]

/** Those of the gate, in wire 1 only: together they come to every pair of half states, and take seconds. */
const QUICK: ReadonlySet<string> = new Set(['window3', 'forget'])

/** All of them. */
export const configurations: readonly Configuration[] = shapes.flatMap((shape) => [
  { ...shape, name: `${shape.name} 1`, quick: QUICK.has(shape.name), options: { ...shape.options, wire: 1 } },
  { ...shape, name: `${shape.name} 2`, options: { ...shape.options, wire: 2, typed: false } },
  { ...shape, name: `${shape.name} 2 typed`, options: { ...shape.options, wire: 2, typed: true } }
])

/**
 * What a machine will ever do, as a hash: of everything that it is made of, but for what is left out here by name and with a reason. Not of
 * snapshots, which leave out more.
 *
 * @module
 */
import type { OpenMachine, Record } from './open-core.ts'
import { mix, mixAny } from './table.ts'

type Fields = { readonly [name: string]: unknown }

/** Parts of an end that nothing can depend on. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  // The same for all copies
  'settings', 'head',
  // Memory, whose layout nobody sees
  'blocks',
  // Budgets: thousands of times larger than anything here can spend
  'resetsLeft', 'useless', 'owed',
  // Below, in their own way
  'scheduler', 'streams'
])

/** Parts of a stream: how payload lies in memory, and a number that others are relative to. */
const LEFT_OUT_OF_STREAMS: ReadonlySet<string> = new Set(['$chunks', '$offset', 'received', 'limits'])

/** The parser's state between two frames: its last header is of no use any more. */
const AT_HEADER = 0

/** Add a machine to the hash. `turns`: streams have more than one priority, so that it counts whose turn it was when. */
export function mixMachine ({ $end, $parser }: OpenMachine, turns: boolean): void {
  mix($end.streams.size)
  for (const stream of $end.streams.values()) mixStream(stream)
  const fields = $end as unknown as Fields // all there are
  for (const name in fields) if (!LEFT_OUT.has(name)) mixPart(fields[name])
  const { $turn, $levels } = $end.scheduler
  mix($levels.length)
  for (const { priority, served, streams } of $levels) {
    if (turns) {
      mix(priority)
      mix($turn - served)
    }
    for (const stream of streams.$items) if (stream) mix(stream.id)
    mix(0)
  }
  // One turn in sixteen is another
  if (turns) mix($turn % 16)
  const { $state, $have, $held, $header, $remaining } = $parser
  mix($state)
  mixAny($held.subarray(0, $have))
  mix($remaining)
  if ($state !== AT_HEADER) mixAny($header)
}

function mixStream (stream: Record): void {
  const { received, limits } = stream
  const fields = stream as unknown as Fields // all there are
  for (const name in fields) if (!LEFT_OUT_OF_STREAMS.has(name)) mixAny(fields[name])
  mix(limits ? 1 + limits.length : 0)
  for (const limit of limits ?? []) mix(limit - received)
}

/** Numbers, text, and what holds these or streams; a stream stands for its id. */
function mixPart (value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    mixAny(value)
  } else if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
    for (const one of value) mixPart(one)
    mix(17)
  } else if ('id' in value && 'send' in value) {
    mixAny(value.id)
  } else if (value instanceof Error) {
    mixAny((value as Error & { code?: string }).code)
  } else {
    for (const name in value) mixPart((value as Fields)[name]) // plain data
    mix(19)
  }
}

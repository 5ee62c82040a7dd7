/**
 * The same bytes in other pieces: a machine in the middle of a life takes them in, and all that it answers must be the same. Knows nothing of
 * where the bytes come from.
 *
 * @module
 */
import { createMachine, type Action, type Machine, type MachineOptions } from '@muxado/core'
import { assert } from 'chai'
import { createHash } from 'node:crypto'
import { pattern, toHex } from './bytes.ts'
import { actionText, drainBytes, normalise } from './text.ts'

interface Outcome {
  readonly actions: string[]
  readonly data: string
  readonly sent: string
  readonly snapshot: unknown
}

// Made once: tens of thousands of machines send it.
const payload = pattern(2_000)

/** A machine in the middle of a life: streams of its own in several states, so that every frame can find one. */
export function busy (options: MachineOptions): Machine {
  const machine = createMachine(options)
  const [a, b, c] = [machine.open(), machine.open({ priority: 3 }), machine.open()]
  machine.send(a, payload.subarray(0, options.window))
  machine.send(b, payload.subarray(0, 100))
  machine.finish(b)
  machine.reset(c)
  drainBytes(machine)
  machine.send(a, payload.subarray(0, 10))
  machine.open()
  return machine
}

function run (options: MachineOptions, pieces: readonly Uint8Array[], prepare: (options: MachineOptions) => Machine): Outcome {
  const machine = prepare(options)
  const actions: Action[] = []
  for (const piece of pieces) actions.push(...machine.receive(piece.slice()))
  const before = settled(machine)
  // A window that cannot grow gives the same credit back for the same bytes.
  if (options.maxWindow !== undefined) for (const { id, unread } of machine.snapshot().streams) machine.consume(id, unread)
  const credit = toHex(drainBytes(machine))
  actions.push(...machine.receiveEnd())
  const joined = normalise(actions)
  const data = createHash('sha1')
  for (const action of joined) if (action.type === 'deliver') data.update(action.data)
  return { actions: joined.map(actionText), data: data.digest('hex'), sent: credit + toHex(drainBytes(machine)), snapshot: [before, settled(machine)] }
}

// Whether a reader keeps up is judged between chunks, since only there it has a chance to read: of all the state this one mark knows chunks. It
// steers the growth of a window and nothing else.
function settled (machine: Machine): object {
  const { partial, ...snapshot } = machine.snapshot()
  // Where in a body the fatal byte stood matters to nobody: nothing behind it is looked at (spec 2.6)
  return { ...snapshot, partial: snapshot.state === 'closed' ? undefined : partial, streams: snapshot.streams.map((stream) => ({ ...stream, limited: undefined })) }
}

/** The whole input at once, to a machine that `prepare` makes, says what every other chunking must give. */
export function reference (options: MachineOptions, bytes: Uint8Array, prepare = busy): (pieces: readonly Uint8Array[], where: string) => void {
  const whole = run(options, [bytes], prepare)
  const text = JSON.stringify(whole)
  return (pieces, where) => {
    const outcome = run(options, pieces, prepare)
    // Compared as text first: deep equality of thousands of cases takes seconds.
    if (JSON.stringify(outcome) === text) return
    const cuts = pieces.map((piece) => piece.length).slice(0, 100)
    assert.deepEqual(outcome, whole, `${where}: ${JSON.stringify({ options, bytes: toHex(bytes).slice(0, 600), cuts })}`)
  }
}

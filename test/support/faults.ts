/**
 * Machines with one fault each, to prove that the oracle of random pairs sees what it claims to see.
 *
 * @module
 */
import type { Action, Machine } from '@muxado/core'
import { concat } from './bytes.ts'
import { FrameReader, type SeenFrame } from './frames.ts'
import type { Tamper } from './pair.ts'
import type { Random } from './random.ts'

/** Parts of a machine that a fault puts its own in place of. */
type Parts = Partial<Pick<Machine, 'receive' | 'receiveEnd' | 'poll' | 'transmit' | 'send' | 'finish' | 'reset' | 'consume' | 'snapshot'>>

/** A fault that strikes once; `struck` counts the schedules in which it did. */
export interface Fault {
  readonly title: string
  struck: number
  readonly tamper: Tamper
}

function intercept (machine: Machine, parts: Parts): Machine {
  return {
    receive: (chunk) => machine.receive(chunk),
    receiveEnd: () => machine.receiveEnd(),
    transmit: (limit) => machine.transmit(limit),
    get wantsTransmit () { return machine.wantsTransmit },
    poll: () => machine.poll(),
    open: (options) => machine.open(options),
    send: (id, data) => machine.send(id, data),
    finish: (id) => machine.finish(id),
    reset: (id, reason) => machine.reset(id, reason),
    consume: (id, bytes) => machine.consume(id, bytes),
    setPriority: (id, priority) => machine.setPriority(id, priority),
    goAway: (reason, debug) => machine.goAway(reason, debug),
    close: (reason, debug) => machine.close(reason, debug),
    elapse: (ms) => machine.elapse(ms),
    get state () { return machine.state },
    get queued () { return machine.queued },
    snapshot: () => machine.snapshot(),
    ...parts
  }
}

/** Strikes at the nth chance of a schedule, and never again in it. */
type Strike = () => boolean

function fault (title: string, make: (machine: Machine, strike: Strike) => Parts): Fault {
  const self: Fault = {
    title,
    struck: 0,
    tamper: (machine: Machine, random: Random) => {
      let chances = random.below(4)
      const strike = (): boolean => {
        if (chances-- !== 0) return false
        self.struck++
        return true
      }
      return intercept(machine, make(machine, strike))
    }
  }
  return self
}

/** A fault in what the host is told: `change` sees each action of one kind and gives what is said instead. */
function told<Type extends Action['type']> (title: string, type: Type, change: (action: Action & { type: Type }) => Action[]): Fault {
  return fault(title, (machine, strike) => {
    const alter = (actions: Action[]): Action[] => actions.flatMap((action) =>
      action.type === type && strike() ? change(action as Action & { type: Type }) : [action]) // of this type: just compared
    return { receive: (chunk) => alter(machine.receive(chunk)), receiveEnd: () => alter(machine.receiveEnd()), poll: () => alter(machine.poll()) }
  })
}

/** A fault on the wire: `change` sees each whole frame that is sent and gives the bytes that leave instead. */
function wired (title: string, concerns: (frame: SeenFrame) => boolean, change: (bytes: Uint8Array) => Uint8Array): Fault {
  return fault(title, (machine, strike) => ({
    transmit: (limit) => {
      const bytes = concat(machine.transmit(limit))
      const reader = new FrameReader(machine.snapshot().wire)
      reader.push(bytes)
      let at = 0
      return reader.frames.map((frame) => {
        const whole = bytes.slice(at, at += 8 + frame.length)
        return concerns(frame) && strike() ? change(whole) : whole
      })
    }
  }))
}

/** Whether a command on this stream still does anything: faults in the others are none. */
function matters (machine: Machine, id: number): boolean {
  return machine.snapshot().streams.some((stream) => stream.id === id && stream.receive === 'open')
}

const nothing = (): Uint8Array => new Uint8Array(0)

/** Every fault, new counters each time. */
export function allFaults (): Fault[] {
  return [
    told('loses a delivery', 'deliver', () => []),
    told('delivers twice', 'deliver', (action) => [action, action]),
    told('corrupts a byte', 'deliver', (action) => [{ ...action, data: action.data.map((byte, at) => at === 0 ? byte ^ 1 : byte) }]),
    told('delivers a byte too little', 'deliver', (action) => [{ ...action, data: action.data.subarray(1) }]),
    told('delivers to another stream', 'deliver', (action) => [{ ...action, streamId: action.streamId + 2 }]),
    told('drops a finish', 'finish', () => []),
    told('finishes too early', 'deliver', (action) => [{ type: 'finish', streamId: action.streamId }, action]),
    told('loses a resume', 'resume', () => []),
    told('resumes twice', 'resume', (action) => [action, action]),
    told('skips an abort', 'abort', () => []),
    told('aborts twice', 'abort', (action) => [action, action]),
    told('swallows an accept', 'accept', () => []),
    told('accepts with the wrong type', 'accept', (action) => [{ ...action, streamType: action.streamType + 1 }]),
    told('invents a drain', 'accept', (action) => [action, { type: 'drain', error: new Error() as never, debug: new Uint8Array(0) }]),
    told('closes for no reason', 'deliver', (action) => [action, { type: 'close' }]),
    fault('drops a consume', (machine, strike) => ({ consume: (id, bytes) => matters(machine, id) && strike() ? undefined : machine.consume(id, bytes) })),
    fault('consumes a byte too little', (machine, strike) => ({ consume: (id, bytes) => machine.consume(id, matters(machine, id) && strike() ? bytes - 1 : bytes) })),
    fault('takes a byte less than it says', (machine, strike) => ({
      send: (id, data) => data.length > 0 && matters(machine, id) && strike() ? machine.send(id, data.subarray(1)) + 1 : machine.send(id, data)
    })),
    fault('swallows a finish', (machine, strike) => ({ finish: (id) => matters(machine, id) && strike() ? undefined : machine.finish(id) })),
    fault('swallows a reset', (machine, strike) => ({ reset: (id, reason) => matters(machine, id) && strike() ? undefined : machine.reset(id, reason) })),
    fault('resets with another reason', (machine, strike) => ({ reset: (id, reason) => machine.reset(id, matters(machine, id) && strike() ? 1234 : reason) })),
    fault('keeps a stream for good', (machine, strike) => {
      const kept = new Map<number, ReturnType<Machine['snapshot']>['streams'][number]>()
      return {
        snapshot: () => {
          const snapshot = machine.snapshot()
          const [first] = snapshot.streams
          if (first !== undefined && strike()) kept.set(first.id, first)
          const live = snapshot.streams.map(({ id }) => id)
          return { ...snapshot, streams: [...snapshot.streams, ...[...kept.values()].filter(({ id }) => !live.includes(id))] }
        }
      }
    }),
    wired('loses credit on the wire', ({ kind }) => kind === 'credit', nothing),
    wired('sends credit twice', ({ kind }) => kind === 'credit', (bytes) => concat([bytes, bytes])),
    wired('loses an RST on the wire', ({ kind }) => kind === 'rst', nothing),
    wired('loses a FIN on the wire', ({ fin, length }) => fin && length === 0, nothing),
    wired('loses data on the wire', ({ kind, length }) => kind === 'data' && length > 0, nothing),
    wired('corrupts data on the wire', ({ kind, length, syn }) => kind === 'data' && length > 8 && !syn, (bytes) => bytes.map((byte, at) => at === 13 ? byte ^ 1 : byte)),
    wired('sends a SYN twice', ({ syn }) => syn, (bytes) => concat([bytes, bytes])),
    wired('loses a GOAWAY on the wire', ({ kind }) => kind === 'goaway', nothing)
  ]
}

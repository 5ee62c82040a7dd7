/**
 * What applications do with one end of a stream, step by step as planned: every way to read and to write. Knows nothing of the network.
 *
 * @module
 */
import { MuxadoError, type Bytes, type Reason, type Stream } from '@muxado/session'
import { Uint8ArrayList } from 'uint8arraylist'
import { demand, type Side } from './ledger.ts'
import type { OpPlan, ReadPlan, WriteStep } from './plan.ts'

/** What actors need of the world they live in. */
export interface Stage {
  /** Has settled `ms` later, or as soon as the schedule comes to its end. */
  pause (ms: number): Promise<void>
  /** Has settled when the schedule comes to its end. */
  readonly finale: Promise<void>
  /** Runs `ms` from now. */
  later (ms: number, run: () => void): void
  /** What `promise` comes to; it must, and what is left at the very end is a failure. */
  wait<T> (side: Side, what: string, promise: Promise<T>): Promise<T>
  /** Says what happens at one end, where anybody listens. */
  say (side: Side, text: () => string): void
  /** Takes what an actor throws, which ends the schedule. */
  run (actor: Promise<unknown>): void
}

const REASONS: readonly Reason[] = ['cancel', 'refused', 'internal', 'reset', 77, 'cancel']
/** Why waits are given up. */
export const GIVEN_UP = new Error('given up')
const BROKEN = new Error('the source broke')

/** All that an application does with its end of a stream. */
export function act (stage: Stage, side: Side, stream: Stream): void {
  side.stream = stream
  stage.run(stage.wait(side, 'its end', stream.closed).then((error) => {
    stage.say(side, () => `${side.name} is over: ${error ? `${error.code} ${error.reason ?? ''}` : 'well'}`)
    side.over(error)
  }))
  if (side.echoes) stage.run(echo(stage, side, stream))
  else {
    stage.run(read(stage, side, stream))
    stage.run(write(stage, side, stream))
  }
  for (const op of side.plan.ops) stage.later(op.at, () => { operate(stage, side, stream, op) })
}

/** The stream is gone for its user, who has killed it. */
function kill (side: Side, how: 'killed' | 'refused' = 'killed'): void {
  if (side.killed === 'no') side.killed = how
}

function operate (stage: Stage, side: Side, stream: Stream, { what, value }: OpPlan): void {
  const reason = REASONS[value] ?? 'cancel'
  // What is dead cannot be killed; what has ended well can, as long as bytes of it are unread or not sent
  const over = typeof side.outcome !== 'string'
  stage.say(side, () => `${side.name} ${what} ${what === 'reset' ? reason : ''}`)
  switch (what) {
    case 'reset':
      if (!over) kill(side, reason === 'refused' ? 'refused' : 'killed')
      stream.reset(reason)
      break
    case 'abort':
      if (!over) kill(side)
      stream.abort(new MuxadoError('STREAM_CANCELLED', 'enough'))
      break
    case 'closeRead':
      side.dropped = true
      stream.closeRead()
      break
    case 'close':
    case 'dispose':
      side.dropped = true
      side.finished = true
      // What waits in the queue of a WritableStream then comes too late
      if (side.writing > 0 && side.plan.write.style === 'writable') side.exact = false
      // Closing fails when the stream has failed, and disposing never does
      stage.run(stage.wait(side, what, what === 'close' ? stream.close().catch(() => {}) : Promise.resolve(stream[Symbol.asyncDispose]())))
      break
    case 'priority':
      stream.priority = value
      break
    default: what satisfies never
  }
}

/** A signal that aborts `ms` from now; `before` runs right before. */
function signalIn (stage: Stage, ms: number, before: () => void = () => {}): AbortSignal {
  const controller = new AbortController()
  stage.later(ms, () => {
    before()
    controller.abort(GIVEN_UP)
  })
  return controller.signal
}

// Reading

async function read (stage: Stage, side: Side, stream: Stream): Promise<void> {
  const plan = side.plan.read
  try {
    if (plan.style === 'consume') await consume(stage, side, stream, plan)
    else if (plan.style === 'iterate') await iterate(stage, side, stream, plan)
    else if (plan.style === 'readable') await readReadable(stage, side, stream, plan)
    else await readSteps(stage, side, stream, plan)
  } catch (error) {
    demand(failed(side, stream), () => `${side.name}: a read fails with ${String(error)}, and the stream is ${stream.state}`)
  }
}

/** Whether the stream has died, so that what is done with it may fail. */
function failed (side: Side, stream: Stream): boolean {
  return stream.state === 'reset' || side.killed !== 'no'
}

async function waitToRead <T> (stage: Stage, side: Side, promise: Promise<T>): Promise<T> {
  side.reading++
  try {
    return await stage.wait(side, 'a read', promise)
  } finally {
    side.reading--
  }
}

function got (stage: Stage, side: Side, list: Uint8ArrayList | Uint8Array | undefined, max = Infinity): boolean {
  if (!list) {
    stage.say(side, () => `${side.name} reads the end`)
    side.end()
    return false
  }
  stage.say(side, () => `${side.name} reads ${list.length}`)
  demand(list.length > 0 && list.length <= max, () => `${side.name}: ${list.length} bytes for a read of up to ${max}`)
  for (const part of list instanceof Uint8Array ? [list] : list) side.got(part)
  side.taken += list.length
  return true
}

/** Behind the steps: everything, at once or at the end of the schedule, or no more. Returns whether to read on. */
async function tail (stage: Stage, side: Side, stream: Stream, plan: ReadPlan): Promise<boolean> {
  if (plan.tail === 'hold') await stage.finale
  if (plan.tail !== 'drop') return true
  stage.say(side, () => `${side.name} stops reading`)
  side.dropped = true
  stream.closeRead()
  return false
}

async function readSteps (stage: Stage, side: Side, stream: Stream, plan: ReadPlan): Promise<void> {
  for (const { pause, max, cancel } of plan.steps) {
    if (pause > 0) await stage.pause(pause)
    if (cancel === undefined) {
      if (!got(stage, side, await waitToRead(stage, side, stream.read(max === undefined ? {} : { max })), max)) return
    } else {
      try {
        if (!got(stage, side, await waitToRead(stage, side, stream.read({ signal: signalIn(stage, cancel), ...max !== undefined && { max } })), max)) return
      } catch (error) {
        if (error !== GIVEN_UP) throw error
        stage.say(side, () => `${side.name} gives up a read`)
      }
    }
  }
  if (!await tail(stage, side, stream, plan)) return
  while (got(stage, side, await waitToRead(stage, side, stream.read())));
}

async function iterate (stage: Stage, side: Side, stream: Stream, plan: ReadPlan): Promise<void> {
  const { source } = stream
  for (const { pause } of plan.steps) {
    if (pause > 0) await stage.pause(pause)
    const { value } = await waitToRead(stage, side, source.next())
    if (!got(stage, side, value ?? undefined)) return
  }
  if (plan.tail === 'drop') {
    side.dropped = true
    await source.return()
    return
  }
  await tail(stage, side, stream, plan)
  for (;;) {
    const { value } = await waitToRead(stage, side, source.next())
    if (!got(stage, side, value ?? undefined)) return
  }
}

async function readReadable (stage: Stage, side: Side, stream: Stream, plan: ReadPlan): Promise<void> {
  const [first] = plan.steps
  if (first?.max === undefined) {
    const reader = stream.readable.getReader()
    if (plan.tail === 'hold') await stage.finale
    for (let step = 0; step < plan.steps.length || plan.tail !== 'drop'; step++) {
      const { value } = await waitToRead(stage, side, reader.read())
      if (!got(stage, side, value)) return
    }
    side.dropped = true
    await reader.cancel()
    return
  }
  const reader = stream.readable.getReader({ mode: 'byob' })
  if (plan.tail === 'hold') await stage.finale
  for (let size = first.max; ; size = 1000) {
    const { value, done } = await waitToRead(stage, side, reader.read(new Uint8Array(size)))
    if (!got(stage, side, done ? undefined : value)) return
  }
}

/** By callback: of each chunk a part is dealt with at once and the rest after a while, or none of it until the end of the schedule. */
async function consume (stage: Stage, side: Side, stream: Stream, plan: ReadPlan): Promise<void> {
  let { tail } = plan
  let chunks = 0
  let owed = 0
  let over = (): void => {}
  const done = new Promise<void>((resolve) => { over = resolve })
  const took = (bytes: number): void => {
    side.taken += bytes
    stream.took(bytes)
  }
  const settle = (): void => {
    const bytes = owed
    owed = 0
    stage.say(side, () => `${side.name} has dealt with ${bytes}`)
    if (bytes > 0) took(bytes)
  }
  stream.consume({
    data (chunk) {
      stage.say(side, () => `${side.name} is given ${chunk.length}`)
      side.got(chunk)
      const step = plan.steps[chunks++]
      if (!step && tail === 'drop') {
        side.dropped = true
        side.taken += chunk.length
        queueMicrotask(() => { stream.closeRead() })
        return chunk.length
      }
      const now = step ? Math.min(chunk.length, step.max ?? chunk.length) : tail === 'hold' ? 0 : chunk.length
      owed += chunk.length - now
      side.taken += now
      if (step) void stage.pause(step.pause).then(settle)
      return now
    },
    end () {
      side.end()
      over()
    },
    error () {
      over()
      drains.get(side)?.()
    },
    drain () { drains.get(side)?.() }
  })
  void stage.finale.then(() => {
    tail = 'all'
    settle()
  })
  await stage.wait(side, 'its consumer', Promise.race([done, stream.closed]))
}

/** What goes on with pushing when there is room again. */
const drains = new WeakMap<Side, () => void>()

// Writing

async function waitToWrite (stage: Stage, side: Side, promise: Promise<void>): Promise<void> {
  side.writing++
  try {
    await stage.wait(side, 'a write', promise)
  } finally {
    side.writing--
  }
}

async function write (stage: Stage, side: Side, stream: Stream): Promise<void> {
  const { style } = side.plan.write
  if (side.finished) return
  try {
    if (style === 'sink') await waitToWrite(stage, side, stream.sink(pieces(stage, side)))
    else if (style === 'writable') await writeWritable(stage, side, stream)
    else await writeSteps(stage, side, stream)
  } catch (error) {
    if (error === BROKEN) return
    const late = error instanceof MuxadoError && error.code === 'API_SEND_AFTER_FINISH' && side.finished
    demand(late || failed(side, stream), () => `${side.name}: a write fails with ${String(error)}, and the stream is ${stream.state}`)
  }
}

function piece (side: Side, { size, list }: WriteStep): Bytes {
  const bytes = side.produce(size)
  return list ? new Uint8ArrayList(bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)) : bytes
}

async function writeSteps (stage: Stage, side: Side, stream: Stream): Promise<void> {
  const plan = side.plan.write
  for (const step of plan.steps) {
    if (step.pause > 0) await stage.pause(step.pause)
    if (side.finished) return
    stage.say(side, () => `${side.name} writes ${step.size}`)
    if (plan.style === 'push' && side.plan.read.style === 'consume') await push(stage, side, stream, step.size)
    else await writeStep(stage, side, stream, step)
  }
  if (plan.tail === 'hold') await stage.finale
  if (side.finished) return
  if (plan.tail === 'throw') {
    stage.say(side, () => `${side.name} aborts`)
    kill(side)
    stream.abort(BROKEN)
    return
  }
  stage.say(side, () => `${side.name} finishes`)
  const last = plan.tail === 'last' ? side.produce(3) : undefined
  side.finished = true
  await waitToWrite(stage, side, stream.closeWrite(last))
}

async function writeStep (stage: Stage, side: Side, stream: Stream, step: WriteStep): Promise<void> {
  if (step.cancel === undefined) {
    const written = waitToWrite(stage, side, stream.write(piece(side, step)))
    if (step.wait) await written
    else written.catch(() => {})
    return
  }
  let waits = true
  // A write that is given up takes its stream with it
  const signal = signalIn(stage, step.cancel, () => { if (waits) kill(side) })
  try {
    await waitToWrite(stage, side, stream.write(piece(side, step), { signal }))
  } finally {
    waits = false
  }
}

async function push (stage: Stage, side: Side, stream: Stream, size: number): Promise<void> {
  if (stream.push(side.produce(size)) || side.outcome !== 'none' || stream.state === 'reset') return
  // Once it is half-closed there is no more to wait for
  await waitToWrite(stage, side, Promise.race([new Promise<void>((resolve) => { drains.set(side, resolve) }), stream.closed.then(() => {})]))
  drains.delete(side)
}

async function * pieces (stage: Stage, side: Side): AsyncGenerator<Bytes> {
  for (const step of side.plan.write.steps) {
    // While it waits for more to come, no room is missing
    side.writing--
    if (step.pause > 0) await stage.pause(step.pause)
    side.writing++
    if (side.finished || side.killed !== 'no') return
    stage.say(side, () => `${side.name} writes ${step.size}`)
    yield piece(side, step)
  }
  side.writing--
  if (side.plan.write.tail === 'hold') await stage.finale
  side.writing++
  if (side.plan.write.tail === 'throw') {
    stage.say(side, () => `${side.name}'s source throws`)
    kill(side)
    throw BROKEN
  }
  stage.say(side, () => `${side.name} finishes`)
  side.finished = true
}

async function writeWritable (stage: Stage, side: Side, stream: Stream): Promise<void> {
  const plan = side.plan.write
  const writer = stream.writable.getWriter()
  writer.closed.catch(() => {})
  writer.ready.catch(() => {})
  for (const step of plan.steps) {
    if (step.pause > 0) await stage.pause(step.pause)
    if (side.finished) return
    stage.say(side, () => `${side.name} writes ${step.size}`)
    const written = waitToWrite(stage, side, writer.write(side.produce(step.size)))
    if (step.wait) await written
    else written.catch(() => {})
  }
  if (plan.tail === 'hold') await stage.finale
  if (side.finished) return
  if (plan.tail === 'throw') {
    stage.say(side, () => `${side.name} aborts its writer`)
    kill(side)
    await waitToWrite(stage, side, writer.abort(BROKEN))
    return
  }
  stage.say(side, () => `${side.name} finishes`)
  side.finished = true
  await waitToWrite(stage, side, writer.close())
}

/** Give back what comes. */
async function echo (stage: Stage, side: Side, stream: Stream): Promise<void> {
  const source = async function * (): AsyncGenerator<Bytes> {
    for await (const list of stream) {
      got(stage, side, list)
      yield list
    }
    got(stage, side, undefined)
    side.finished = true
  }
  try {
    await stage.wait(side, 'its echo', stream.sink(source()))
  } catch (error) {
    const late = error instanceof MuxadoError && error.code === 'API_SEND_AFTER_FINISH' && side.finished
    demand(late || failed(side, stream), () => `${side.name}: its echo fails with ${String(error)}, and the stream is ${stream.state}`)
  }
}

/**
 * One end of a pair under test: a machine, and a host that remembers what it asked for and what it was told. Every action is held against
 * what the host at the other end did; whatever has no cause there is a failure.
 *
 * @module
 */
import type { Action, Machine, MachineOptions, MuxadoError, OpenOptions, Reason } from '@muxado/core'
import { concat, sequence, sequenceByte } from './bytes.ts'
import { Meter } from './meter.ts'
import type { Random } from './random.ts'
import { actionText } from './text.ts'

/** What was found wrong. */
export class OracleError extends Error {}

/** Throws what was found wrong. */
export function demand (holds: boolean, wrong: () => string): asserts holds {
  if (!holds) throw new OracleError(wrong())
}

/** What a host knows of one stream. */
export interface View {
  readonly id: number
  readonly local: boolean
  readonly type: number
  /** All priorities the stream has had here. */
  readonly priorities: number[]
  /** Bytes that `send` took. */
  taken: number
  /** Bytes that `send` did not take and that are sent on `resume`. */
  rest: number
  /** `send` was short: `resume` or `abort` must come. `maybe`: something was taken since. */
  owed: 'no' | 'yes' | 'maybe'
  /** In which batch of actions it was short last. */
  shortIn: number
  /** The host called `finish`. */
  finished: boolean
  /** In which batch of actions: the machine works ahead, and a `resume` may stand in the same one. */
  finishedIn: number
  delivered: number
  consumed: number
  /** The `finish` action came. */
  ended: boolean
  reset: Reason | undefined
  resetIn: number
  abort: MuxadoError | undefined
}

/** Numbers of the reasons that hosts use here. */
const CODES: Readonly<Record<string, readonly [number, number]>> = {
  none: [0, 0], internal: [2, 2], streamClosed: [4, 4], refused: [6, 5], cancel: [7, 6], reset: [7, 7], peerEof: [2, 15]
}

/** The number of a reason on a wire. */
export function codeOf (wire: 1 | 2, reason: Reason): number {
  return typeof reason === 'number' ? reason : CODES[reason]?.[wire - 1] ?? -1
}

/** One end. `peer` is set right after both are made. */
export class Host {
  readonly name: string
  readonly wire: 1 | 2
  readonly typed: boolean
  readonly options: MachineOptions
  readonly machine: Machine
  readonly views = new Map<number, View>()
  /** What we sent, where we sent it; what we got, where we got it. */
  readonly sent: Meter
  readonly got: Meter
  /** Bytes on their way to us. */
  pipe: Uint8Array[] = []
  /** Reasons given to goAway and close. */
  readonly leaving: Reason[] = []
  drained = false
  closedByUs = false
  closed: { readonly error: MuxadoError | undefined } | undefined
  peer: Host = this
  /** Sends the rest of what a short `send` left when `resume` comes. */
  eager = false
  readonly #log: string[]
  #batch = 0
  #committed = 0
  #opened = 0

  constructor (name: string, options: MachineOptions, machine: Machine, log: string[]) {
    this.name = name
    this.options = options
    this.wire = options.wire ?? 1
    this.typed = this.wire === 2 && (options.typed ?? true)
    this.machine = machine
    this.sent = new Meter(this.wire)
    this.got = new Meter(this.wire)
    this.#log = log
  }

  note (text: string): void {
    this.#log.push(`${this.name} ${text}`)
  }

  /** Neither dead here nor done: the host still expects something of it, or may ask something. */
  isLive (view: View): boolean {
    return view.reset === undefined && view.abort === undefined && !(view.finished && view.ended)
  }

  live (): View[] {
    return [...this.views.values()].filter((view) => this.isLive(view))
  }

  // What the host asks for.

  open (options: OpenOptions): void {
    let id: number
    try {
      id = this.machine.open(options)
    } catch (error) {
      const { code } = error as MuxadoError // only its code is looked at
      this.note(`open throws ${code}`)
      const why = this.closed !== undefined ? 'SESSION_CLOSED' : this.drained ? 'SESSION_GONE_AWAY' : 'none'
      // The machine may know of a GOAWAY that the host has yet to hear of, in this very batch.
      demand(code === why || (code === 'SESSION_GONE_AWAY' && this.peer.leaving.length > 0), () => `open throws ${String(error)}, expected ${why}`)
      return
    }
    this.note(`open ${id} ${JSON.stringify(options)}`)
    demand(!this.drained && this.closed === undefined, () => `open gives ${id} although the session is going away or closed`)
    demand((id % 2 === 1) === (this.options.role === 'client') && !this.views.has(id), () => `open gives ${id}`)
    const view = newView(id, true, options.type ?? 0, options.priority ?? 0)
    view.finished = options.finish ?? false
    this.views.set(id, view)
  }

  send (view: View, length: number): void {
    const wasGone = !this.isLive(view)
    const data = sequence(this.#key(view.id, this), view.taken, length)
    let taken: number
    try {
      taken = this.machine.send(view.id, data)
    } catch (error) {
      demand(view.finished && (error as MuxadoError).code === 'API_SEND_AFTER_FINISH', () => `send throws ${String(error)}`)
      return
    }
    this.note(`send ${view.id} ${length} takes ${taken}`)
    demand(taken >= 0 && taken <= length, () => `send took ${taken} of ${length}`)
    demand(taken === 0 || (!wasGone && !view.finished), () => `send took ${taken} for a stream that is gone or finished`)
    if (wasGone || view.finished) return
    view.taken += taken
    view.rest = length - taken
    if (taken < length) {
      view.owed = 'yes'
      view.shortIn = this.#batch
    }
    if (taken === length && view.owed === 'yes') view.owed = 'maybe'
  }

  finish (view: View): void {
    this.note(`finish ${view.id}`)
    this.machine.finish(view.id)
    if (!view.finished) view.finishedIn = this.#batch
    view.finished = true
    view.owed = 'no'
    view.rest = 0
  }

  reset (view: View, reason: Reason): void {
    this.note(`reset ${view.id} ${reason}`)
    const live = view.reset === undefined && view.abort === undefined
    this.machine.reset(view.id, reason)
    // Both halves may be done here while the FIN still waits: then the reset counts, and nobody need see it.
    if (!live) return
    view.reset = reason
    view.resetIn = this.#batch
    view.owed = 'no'
  }

  consume (view: View, bytes: number): void {
    this.note(`consume ${view.id} ${bytes}`)
    this.machine.consume(view.id, bytes)
    view.consumed += bytes
  }

  setPriority (view: View, priority: number): void {
    this.note(`setPriority ${view.id} ${priority}`)
    this.machine.setPriority(view.id, priority)
    view.priorities.push(priority)
  }

  goAway (reason: Reason): void {
    this.note(`goAway ${reason}`)
    this.machine.goAway(reason)
    if (this.closed === undefined) this.leaving.push(reason)
  }

  close (reason: Reason, random: Random): void {
    this.note(`close ${reason}`)
    if (this.closed === undefined) {
      this.leaving.push(reason)
      this.closedByUs = true
    }
    this.perform(this.machine.close(reason), random, () => {})
  }

  // The transport.

  transmit (limit: number | undefined): void {
    const wanted = this.machine.wantsTransmit
    const bytes = concat(this.machine.transmit(limit))
    this.note(`transmit ${limit} gives ${bytes.length}`)
    demand(wanted === bytes.length > 0, () => `wantsTransmit was ${wanted} and transmit gave ${bytes.length} bytes`)
    this.sent.push(bytes)
    demand(this.sent.whole, () => 'transmit ended inside a frame')
    if (bytes.length > 0) this.peer.pipe.push(bytes)
  }

  /** Take up to `most` bytes from the pipe in. */
  receive (most: number, random: Random, between: () => void): void {
    const first = this.pipe[0]
    if (first === undefined) return
    // Sometimes bytes of two transmissions arrive as one chunk.
    if (most > first.length && this.pipe.length > 1) this.pipe = [concat(this.pipe)]
    const whole = this.pipe[0] ?? first
    const chunk = whole.slice(0, most)
    if (most < whole.length) this.pipe[0] = whole.subarray(most)
    else this.pipe.shift()
    this.note(`receive ${chunk.length}`)
    if (this.closed === undefined) this.got.push(chunk)
    this.perform(this.machine.receive(chunk), random, between)
  }

  receiveEnd (random: Random): void {
    this.note('receiveEnd')
    const actions = this.machine.receiveEnd()
    const open = this.live().length
    const last = actions.at(-1)
    if (last?.type === 'close') this.leaving.push(last.error === undefined ? 'none' : 'peerEof')
    if (this.closed !== undefined) demand(actions.length === 0, () => `receiveEnd after the end gives ${actions.map(actionText).join()}`)
    else demand(last?.type === 'close' && (last.error === undefined || last.error.code === 'PEER_EOF'), () => `receiveEnd with ${open} open gives ${actions.map(actionText).join()}`)
    this.perform(actions, random, () => {}, true)
  }

  poll (random: Random, between: () => void): void {
    this.perform(this.machine.poll(), random, between)
  }

  // What the host is told.

  perform (actions: readonly Action[], random: Random, between: () => void, atEnd = false): void {
    this.#batch++
    for (const action of actions) {
      this.note(`  ${actionText(action)}`)
      demand(this.closed === undefined, () => `${actionText(action)} after close`)
      this.#perform(action, random, atEnd)
      between()
    }
  }

  #perform (action: Action, random: Random, atEnd: boolean): void {
    if (action.type === 'close') return this.#closed(action.error, atEnd)
    if (action.type === 'drain') {
      this.drained = true
      const code = action.error.wireCode ?? -1
      return demand(this.peer.leaving.some((reason) => codeOf(this.wire, reason) === code), () => `drain for ${code}, which the peer never said`)
    }
    if (action.type === 'accept') return this.#accepted(action)
    const view = this.views.get(action.streamId)
    demand(view !== undefined, () => `${actionText(action)} for a stream that nobody knows`)
    if (view.reset !== undefined) {
      // The machine works ahead of its host: what it had already said when the host reset may still come, and nothing else.
      return demand(view.resetIn === this.#batch, () => `${actionText(action)} after reset`)
    }
    demand(view.abort === undefined, () => `${actionText(action)} after abort`)
    switch (action.type) {
      case 'deliver': return this.#delivered(view, action.data)
      case 'finish': return this.#ended(view)
      case 'resume': return this.#resumed(view, action.credit, random)
      case 'abort': return this.#aborted(view, action.error, atEnd)
      default: return action satisfies never
    }
  }

  #accepted ({ streamId, streamType, priority }: Action & { type: 'accept' }): void {
    const opened = this.peer.views.get(streamId)
    demand(opened?.local === true && !this.views.has(streamId), () => `accept ${streamId}, which the peer did not open, or twice`)
    demand(opened.type === streamType, () => `accept ${streamId} with type ${streamType}, opened with ${opened.type}`)
    demand(opened.priorities.includes(this.wire === 1 ? priority : opened.priorities[0] ?? 0), () => `accept ${streamId} with priority ${priority}`)
    demand(this.wire === 1 || priority === 0, () => `accept ${streamId} with priority ${priority} in wire 2`)
    demand(this.peer.sent.of(streamId).syn, () => `accept ${streamId} before its SYN was sent`)
    this.views.set(streamId, newView(streamId, false, streamType, priority))
  }

  #delivered (view: View, data: Uint8Array): void {
    const key = this.#key(view.id, this.peer)
    demand(!view.ended, () => `deliver ${view.id} after finish`)
    demand(data.length > 0, () => `deliver ${view.id} of nothing`)
    const opposite = this.peer.views.get(view.id)
    demand(view.delivered + data.length <= (opposite?.taken ?? 0), () => `deliver ${view.id} of bytes that nobody sent`)
    for (let at = 0; at < data.length; at++) {
      demand(data[at] === sequenceByte(key, view.delivered + at), () => `deliver ${view.id}: byte ${view.delivered + at} is not what was sent`)
    }
    view.delivered += data.length
  }

  #ended (view: View): void {
    const opposite = this.peer.views.get(view.id)
    demand(!view.ended, () => `finish ${view.id} twice`)
    demand(opposite?.finished === true, () => `finish ${view.id}, which the peer did not finish`)
    demand(opposite.taken === view.delivered, () => `finish ${view.id} after ${view.delivered} of ${opposite.taken} bytes`)
    view.ended = true
  }

  #resumed (view: View, credit: number, random: Random): void {
    if (view.finishedIn === this.#batch) return
    demand(!view.finished, () => `resume ${view.id}, which is finished`)
    demand(view.owed !== 'no', () => `resume ${view.id}, which is not owed`)
    demand(Number.isInteger(credit) && credit > 0, () => `resume ${view.id} with ${credit}`)
    // The machine works ahead: this may answer a time before the last that it was short.
    view.owed = view.shortIn === this.#batch ? 'maybe' : 'no'
    if (view.rest > 0 && (this.eager || random.oneIn(2))) this.send(view, view.rest)
  }

  #aborted (view: View, error: MuxadoError, atEnd: boolean): void {
    view.abort = error
    view.owed = 'no'
    demand(error.streamId === view.id || error.streamId === undefined, () => `abort ${view.id} with an error of stream ${error.streamId}`)
    const opposite = this.peer.views.get(view.id)
    const { code } = error
    switch (code) {
      case 'STREAM_RESET':
        return demand(opposite?.reset !== undefined && codeOf(this.wire, opposite.reset) === error.wireCode,
          () => `abort ${view.id} ${error.reason}, the peer's host said ${opposite?.reset}`)
      case 'STREAM_REFUSED':
        demand(view.local && error.retryable && error.reason === 'refused', () => `abort ${view.id} as refused, but it is not`)
        return demand(opposite === undefined || opposite.reset === 'refused', () => `abort ${view.id} as refused, which the peer accepted`)
      case 'SESSION_GONE_AWAY':
        demand(view.local && error.retryable && this.peer.leaving.length > 0, () => `abort ${view.id} ${code} without a GOAWAY`)
        return demand(opposite === undefined, () => `abort ${view.id} ${code}, although the peer has accepted it`)
      // An end without open streams of the application's is clean, and streams of extensions end with it.
      case 'SESSION_CLOSED': return demand(this.closedByUs || (atEnd && view.type >= 0xfffffeff), () => `abort ${view.id} ${code}, but nobody closed`)
      case 'PEER_EOF': return demand(atEnd, () => `abort ${view.id} ${code} before the end`)
      default: throw new OracleError(`abort ${view.id} ${code}: ${error.message}`)
    }
  }

  #closed (error: MuxadoError | undefined, atEnd: boolean): void {
    this.closed = { error }
    demand(this.closedByUs || atEnd, () => `the session died by itself: ${error?.code} ${error?.message}`)
    for (const view of this.live()) throw new OracleError(`the session closed and stream ${view.id} was not told`)
  }

  /** Receive windows of `committed` bytes were promised: only a stream that the host itself opens may go beyond the budget. */
  checkBudget (committed: number, window: number): void {
    const budget = this.options.memoryBudget ?? Infinity
    const opened = [...this.views.values()].filter(({ local }) => local).length
    const most = Math.max(budget, this.#committed) + (opened - this.#opened) * window
    demand(committed <= most, () => `windows of ${committed} bytes, with a budget of ${budget}`)
    this.#committed = committed
    this.#opened = opened
  }

  #key (id: number, sender: Host): number {
    return 2 * id + (sender.options.role === 'client' ? 1 : 0)
  }
}

function newView (id: number, local: boolean, type: number, priority: number): View {
  return {
    id, local, type, priorities: [priority], taken: 0, rest: 0, owed: 'no', shortIn: 0, finishedIn: 0, finished: false, delivered: 0, consumed: 0, ended: false,
    reset: undefined, resetIn: 0, abort: undefined
  }
}

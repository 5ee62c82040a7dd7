/**
 * One machine whose peer may say anything: whatever came in, what the machine asks of its host, sends and holds must be what types.ts and
 * PROTOCOL.md promise. The pairs of test/support account for what a peer meant; here nobody meant anything.
 *
 * @module
 */
import type { Action, Machine, MachineOptions, MuxadoError, OpenOptions, Reason, TraceFrame } from '@muxado/core'
import { MuxadoError as OneError } from '@muxado/core'
import { concat, pattern } from '../support/bytes.ts'
import { countFrame, countsOf, type Counts } from '../support/conduct.ts'
import { FrameReader } from '../support/frames.ts'
import { demand, OracleError } from '../support/host.ts'
import type { Random } from '../support/random.ts'
import { actionText } from '../support/text.ts'
import { traceText } from './words.ts'

/** What the host knows of a stream. */
interface View {
  readonly id: number
  readonly local: boolean
  readonly type: number
  short: boolean
  finished: boolean
  ended: boolean
  unread: number
}

const PAYLOAD = pattern(3_000)
const REFUSALS: readonly Reason[] = ['cancel', 'refused', 'acceptQueueFull', 4_711]
/** What an action may say, by whose doing (spec 6.2). */
const ABORTS: ReadonlySet<string> = new Set(['PEER_EXCESS', 'PEER_FLOW_CONTROL', 'PEER_STREAM_CLOSED', 'STREAM_RESET', 'STREAM_REFUSED', 'SESSION_GONE_AWAY'])
const ENDS: ReadonlySet<string> = new Set(['PEER_PROTOCOL', 'PEER_FRAME_SIZE', 'PEER_EXCESS'])
const RESERVED = 0xfffffeff
/** The parser's state inside a body that a stream takes. */
const AT_BODY = 3

/** A machine, its host and what is known of both. */
export class Watch {
  readonly machine: Machine
  readonly #options: MachineOptions
  readonly #note: (line: string) => void
  readonly #reader: FrameReader
  readonly #views = new Map<number, View>()
  readonly #counts: Counts[] = []
  /** Ids that a host has known, of which none may come again but in wire 2 by a SYN. */
  readonly #opened = new Set<number>()
  /** Ids that the peer uses again, by frames that the host has not heard of yet. */
  readonly #again = new Set<number>()
  #wrong: string | undefined
  #body = 0
  #heard = false
  #closed = false
  #died = false
  #atEnd = false
  /** Windows promised when it was last looked at, and streams opened since. */
  #committed = 0
  #locals = 0

  constructor (options: MachineOptions, make: (options: MachineOptions) => Machine, note: (line: string) => void = () => {}) {
    this.#options = options
    this.#note = note
    this.#reader = new FrameReader(options.wire ?? 1)
    this.machine = make({ ...options, trace: (frame) => { this.#look(frame) } })
    for (const { id, local, type, send, short, unread } of this.machine.snapshot().streams) {
      this.#views.set(id, { id, local, type, short, finished: send !== 'open', ended: false, unread })
      this.#locals++
    }
    this.check()
  }

  get closed (): boolean {
    return this.#closed
  }

  receive (chunk: Uint8Array): void {
    const before = this.#closed
    this.#note(`receive ${chunk.length}`)
    const actions = this.machine.receive(chunk)
    demand(!before || actions.length === 0, () => 'a closed machine answers')
    this.perform(actions)
    this.check()
  }

  receiveEnd (): void {
    this.#note('end')
    this.#atEnd = true
    this.perform(this.machine.receiveEnd())
    this.transmit()
    this.check()
    const { state, streams } = this.machine.snapshot()
    demand(state === 'closed' && streams.length === 0 && this.machine.queued === 0, () => `after the end: ${state}, ${streams.length} streams, ${this.machine.queued} bytes`)
    demand(!this.machine.wantsTransmit && this.machine.poll().length === 0, () => 'something is left after the end')
    // An orderly end has nothing to add to a GOAWAY that was sent before (spec 8.4)
    const { frames } = this.#reader
    demand(frames.at(-1)?.kind === 'goaway' || (!this.#died && frames.some(({ kind }) => kind === 'goaway')), () => `the last frame is ${frames.at(-1)?.kind}`)
  }

  /** Take all there is to send. */
  transmit (limit?: number): void {
    while (this.machine.wantsTransmit) {
      const bytes = concat(this.machine.transmit(limit))
      demand(bytes.length > 0, () => 'wantsTransmit is true and transmit has nothing')
      this.#reader.push(bytes)
      demand(this.#reader.whole, () => 'transmit ends inside a frame')
    }
    demand(this.machine.transmit(limit).length === 0, () => 'wantsTransmit is false and transmit has something')
    this.#settle()
    this.#blame()
  }

  /** The host does something of what a host may do. */
  act (random: Random): void {
    const views = [...this.#views.values()]
    switch (random.below(9)) {
      case 0: return this.#open({ finish: random.oneIn(4), priority: random.below(3) })
      case 1: return this.machine.elapse(random.pick([1, 100, 20_000]))
      case 2: return this.transmit(random.pick([undefined, 1, 30]))
      case 3: return this.perform(this.machine.poll())
      case 4:
        if (random.oneIn(8)) this.machine.goAway(random.pick(REFUSALS))
        return
      default: if (views.length > 0) this.#command(random.pick(views), random)
    }
  }

  #command (view: View, random: Random): void {
    const { id } = view
    switch (random.below(5)) {
      case 0:
        if (view.finished) return
        this.#note(`finish ${id}`)
        this.machine.finish(id)
        view.finished = true
        view.short = false
        return this.#settle()
      case 1:
        this.#note(`reset ${id}`)
        this.machine.reset(id, random.pick(REFUSALS))
        this.#views.delete(id)
        return
      case 2:
        if (!view.finished) {
          const size = random.below(random.pick([10, 200, 3_000]))
          const taken = this.machine.send(id, PAYLOAD.subarray(0, size))
          this.#note(`send ${id} ${size} takes ${taken}`)
          demand(taken >= 0 && taken <= size, () => `send takes ${taken} of ${size}`)
          view.short = taken < size
        }
        return
      default: {
        const bytes = random.oneIn(2) ? view.unread : random.below(view.unread + 1)
        this.#note(`consume ${id} ${bytes}`)
        this.machine.consume(id, bytes)
        view.unread -= bytes
      }
    }
  }

  #open (options: OpenOptions): void {
    try {
      const id = this.machine.open(options)
      demand(!this.#opened.has(id) && !this.#closed, () => `open gives ${id}`)
      this.#opened.add(id)
      this.#note(`open ${id}`)
      this.#locals++
      this.#views.set(id, { id, local: true, type: 0, short: false, finished: options.finish === true, ended: false, unread: 0 })
    } catch (error) {
      const code = error instanceof OneError ? error.code : String(error)
      demand(code === 'SESSION_GONE_AWAY' || (code === 'SESSION_CLOSED' && this.#closed), () => `open throws ${code}`)
    }
  }

  /** Hold actions against what is known, and carry them out. */
  perform (actions: readonly Action[]): void {
    for (const action of actions) {
      this.#note(`  ${actionText(action)}`)
      demand(!this.#closed, () => `${actionText(action)} after close`)
      this.#perform(action)
    }
    this.#settle()
    this.#blame()
  }

  #perform (action: Action): void {
    const say = (): string => actionText(action)
    switch (action.type) {
      case 'close': return this.#close(action.error)
      case 'drain':
        this.#heard = true
        return demand(action.error.code === 'SESSION_GONE_AWAY' && action.debug.length <= 65_536, say)
      case 'accept': return this.#accept(action)
      default: {
        const view = this.#views.get(action.streamId)
        demand(view !== undefined, () => `${say()}, which nobody knows`)
        if (action.type === 'abort') return this.#abort(view, action.error)
        if (action.type === 'resume') {
          demand(view.short && !view.finished && action.credit > 0, () => `${say()}, which is not owed`)
          view.short = false
          return
        }
        demand(!view.ended, () => `${say()} after its end`)
        if (action.type === 'deliver') {
          demand(action.data.length > 0, say)
          view.unread += action.data.length
        } else {
          view.ended = true
        }
      }
    }
  }

  /** Streams that are over are known no more. One that is finished at both ends may still fail while its FIN waits: the machine knows. */
  #settle (): void {
    const over = [...this.#views.values()].filter(({ finished, ended }) => finished && ended)
    if (over.length === 0) return
    const { streams } = this.machine.snapshot()
    for (const { id } of over) if (this.#again.has(id) || !streams.some((stream) => stream.id === id)) this.#views.delete(id)
  }

  #accept ({ streamId, streamType, priority }: Action & { type: 'accept' }): void {
    const { role, wire = 1, extensions = [] } = this.#options
    const text = `accept ${streamId} type ${streamType} priority ${priority}`
    demand(streamId > 0 && streamId <= 0x7fffffff && (streamId % 2 === 1) === (role === 'server'), () => `${text}: no id of the peer`)
    const last = this.#views.get(streamId)
    const again = this.#again.delete(streamId) && last?.finished === true && last.ended
    demand(wire === 1 ? !this.#opened.has(streamId) : last === undefined || again, () => `${text}: used`)
    demand(streamType < RESERVED || extensions.includes(streamType), () => `${text}: reserved`)
    demand(wire === 1 || priority === 0, () => text)
    this.#opened.add(streamId)
    this.#views.set(streamId, { id: streamId, local: false, type: streamType, short: false, finished: false, ended: false, unread: 0 })
  }

  #abort (view: View, error: MuxadoError): void {
    const { code, streamId, retryable } = error
    demand(error instanceof OneError && (streamId === undefined || streamId === view.id), () => `abort ${view.id} with an error of ${streamId}`)
    const clean = code === 'SESSION_CLOSED' && view.type >= RESERVED && (this.#atEnd || this.#heard)
    const atEnd = this.machine.state === 'closed' && (clean || ENDS.has(code) || (this.#atEnd && code === 'PEER_EOF'))
    demand(ABORTS.has(code) || atEnd || code === 'PEER_PROTOCOL', () => `abort ${view.id} ${code}`)
    demand(retryable === (view.local && (code === 'STREAM_REFUSED' || code === 'SESSION_GONE_AWAY')), () => `abort ${view.id} ${code}, retryable ${retryable}`)
    this.#views.delete(view.id)
  }

  #close (error: MuxadoError | undefined): void {
    this.#closed = true
    this.#died = error !== undefined
    // Behind a goodbye, a frame that cannot be is an end (spec 8.5)
    demand(error === undefined ? this.#atEnd || this.#heard : ENDS.has(error.code) || (this.#atEnd && error.code === 'PEER_EOF'), () => `close ${error?.code}`)
    for (const view of this.#views.values()) demand(view.finished && view.ended, () => `closed, and stream ${view.id} was not told`)
  }

  /** What must hold between any two calls. */
  check (): void {
    const snapshot = this.machine.snapshot()
    const { streams, partial, forgotten, budgets, control, state } = snapshot
    const { window = 0, maxWindow = window, memoryBudget = Infinity, maxUnread = Infinity } = this.#options
    const { maxInbound = 1_024, maxReplies = 1_024, maxUseless = 10_000 } = this.#options
    let [committed, queued, inbound, held] = [0, 0, 0, 0]
    for (const stream of streams) {
      const { id, available, unread, consumed, typing, credit } = stream
      const say = (): string => `stream ${id}: ${JSON.stringify(stream)}`
      const coming = partial.state === AT_BODY && this.#body === id ? partial.remaining : 0
      demand(available >= 0 && unread >= 0 && consumed >= 0 && credit >= -4 && credit <= 0x7fffffff, say)
      demand(available + unread + consumed + coming === stream.window, () => `${say()}, with ${coming} to come`)
      demand(stream.window <= Math.max(window, maxWindow), say)
      const view = this.#views.get(id)
      demand(view !== undefined || typing > 0, () => `its host does not know ${say()}`)
      demand(view === undefined || unread === view.unread, () => `${view?.unread} bytes unread at the host of ${say()}`)
      committed += stream.window
      queued += stream.queued
      held += unread
      if (!stream.local && stream.type < RESERVED) inbound++
    }
    demand(queued === this.machine.queued, () => `${queued} bytes in queues, and queued is ${this.machine.queued}`)
    demand(held <= maxUnread, () => `${held} bytes unread`)
    // Only a stream that the host itself opens may go beyond the budget
    const most = Math.max(memoryBudget, this.#committed) + this.#locals * window
    demand(committed <= most, () => `windows of ${committed} bytes, with a budget of ${memoryBudget}`)
    this.#committed = committed
    this.#locals = 0
    demand(inbound <= maxInbound, () => `${inbound} streams of the peer's`)
    demand(forgotten.length <= 4_096 && partial.held.length <= 8, () => `${forgotten.length} forgotten, ${partial.held.length} held`)
    demand(state === 'closed' || (budgets.useless <= maxUseless && budgets.resets >= 0), () => JSON.stringify(budgets))
    const replies = control.filter((item) => typeof item !== 'number' && item.kind === 'rst' && item.answer).length
    demand(state === 'closed' || replies <= maxReplies, () => `${replies} answers wait`)
    demand((state === 'closed') === this.#closed, () => `${state}, and the host was ${this.#closed ? '' : 'not '}told`)
    this.#blame()
  }

  #look (frame: TraceFrame): void {
    this.#note(`    ${traceText(frame)}`)
    const { direction, type, streamId, syn } = frame
    if (direction === 'in') {
      if (type === 'data') this.#body = streamId
      if (syn) this.#begin(streamId)
    }
    // Nor does it mind what comes on an id of our own before we take it (spec 3.3)
    if (direction === 'in' && !syn && !this.#opened.has(streamId) && !this.#views.has(streamId)) return
    const known = countsOf(this.#counts, streamId)
    // RST answers frames on ids that were never opened, may be by us later on, and again when an id has been forgotten for long (spec 4.7)
    if (direction === 'out' && type === 'rst' && (known.rstOut || (!known.synIn && !known.synOut))) return
    const wrong = countFrame(this.#counts, frame)
    if (wrong !== undefined) this.#wrong ??= `sends ${wrong}`
  }

  /** Wire 2 cannot tell an id that is used again from a new one (spec 3.2). The frames say first that the stream before it is over. */
  #begin (streamId: number): void {
    const { rstIn, finOut, finIn, finComing } = countsOf(this.#counts, streamId)
    const over = rstIn || (finOut && (finIn || finComing))
    if (over) this.#again.add(streamId)
    if (over || !this.#views.has(streamId)) this.#counts.splice(0, this.#counts.length, ...this.#counts.filter(({ id }) => id !== streamId))
  }

  #blame (): void {
    if (this.#wrong !== undefined) throw new OracleError(this.#wrong)
  }
}

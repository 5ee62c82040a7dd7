/**
 * A connection in virtual time: two transports, and between them latency, bandwidth, chunks of any size, stalls and every kind of death. Keeps
 * to what a `Transport` promises, and copies bytes only when they arrive, so that bytes changed after they were sent show. Knows no frames.
 *
 * @module
 */
import type { Bytes, Transport } from '@muxado/session'
import { concat } from '../support/bytes.ts'
import { createRandom, type Random } from '../support/random.ts'
import type { DirectionPlan, EndPlan, Fate, LinkPlan } from './plan.ts'
import type { Time } from './time.ts'

interface Waiting<T> { resolve: (value: T) => void, reject: (error: Error) => void }

/** How long the news of an abort travels. */
const NEWS_MS = 5

/** One direction: a sink at one end, a source at the other. */
export class Direction {
  /** Bytes that were given to the sink. */
  written = 0
  /** Bytes that have arrived. */
  arrived = 0
  /** Bytes that the source gave, and when it last did. */
  taken = 0
  takenAt = 0
  /** Asked at each arrival: how many of these bytes arrive before something strikes. */
  limit: (size: number) => number = (size) => size
  /** `limit` let fewer bytes through: it strikes. */
  strike: () => void = () => {}
  readonly #time: Time
  readonly #plan: DirectionPlan
  readonly #random: Random
  /** Written, and not yet cut into chunks. */
  #segments: Uint8Array[] = []
  /** On its way, oldest first; undefined is the end. */
  #flying: Array<Uint8Array[] | undefined> = []
  /** Arrived, and not yet taken. */
  #inbox: Uint8Array[] = []
  /** Small chunks that are still to be made: thousands of them show nothing that a few do not. */
  #small = 40
  /** Bytes written and not yet taken. */
  #outstanding = 0
  #freeAt = 0
  #arriveAt = 0
  /** `ended`: nothing more will be written. `mute`: nothing arrives any more, and nobody is told. */
  #sending: 'open' | 'ended' | 'mute' = 'open'
  #sinkError: Error | undefined
  #receiving: 'open' | 'ending' | 'ended' | 'failed' = 'open'
  #sourceError: Error | undefined
  #room: Waiting<void> | undefined
  #pull: Waiting<IteratorResult<Uint8Array>> | undefined
  #stop: (error: Error) => void = () => {}

  constructor (time: Time, plan: DirectionPlan, seed: number) {
    this.#time = time
    this.#plan = plan
    this.#random = createRandom(seed)
  }

  /** Nothing is on its way or waits to be taken. */
  get idle (): boolean {
    return this.#outstanding === 0
  }

  /** What is on its way is lost, and whatever is written from now on. */
  mute (): void {
    this.#sending = 'mute'
    this.#segments = []
    this.#flying = []
  }

  /** The sink fails. */
  failSink (error: Error): void {
    if (this.#sinkError) return
    this.#sinkError = error
    this.#stop(error)
    this.#room?.reject(error)
    this.#room = undefined
  }

  /** The source fails, or ends if there is no error; what was not taken is lost. */
  stopSource (error?: Error): void {
    if (this.#receiving === 'ended' || this.#receiving === 'failed') return
    this.#receiving = error === undefined ? 'ended' : 'failed'
    this.#sourceError = error
    this.#inbox = []
    const pull = this.#pull
    this.#pull = undefined
    if (error === undefined) pull?.resolve({ done: true, value: undefined })
    else pull?.reject(error)
  }

  /** No more is written: the end travels behind what was. */
  end (): void {
    if (this.#sending !== 'open') return
    this.#sending = 'ended'
    this.#send(undefined, 0)
  }

  async sink (source: AsyncIterable<Bytes>): Promise<void> {
    const iterator = source[Symbol.asyncIterator]()
    const stopped = new Promise<never>((_resolve, reject) => { this.#stop = reject })
    stopped.catch(() => {})
    try {
      if (this.#sinkError) throw this.#sinkError
      for (;;) {
        const { done, value } = await Promise.race([iterator.next(), stopped])
        if (done === true) break
        this.#write(value)
        await this.#below(this.#plan.room)
      }
      this.end()
      await this.#below(1)
    } catch (error) {
      void iterator.return?.()
      throw error
    }
  }

  source (): AsyncIterable<Uint8Array> {
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => this.#next(),
        return: () => {
          this.stopSource()
          return Promise.resolve({ done: true, value: undefined })
        }
      })
    }
  }

  /** Wait until fewer than `room` bytes are under way. */
  async #below (room: number): Promise<void> {
    while (this.#outstanding >= room) {
      if (this.#sinkError) throw this.#sinkError
      await new Promise<void>((resolve, reject) => { this.#room = { resolve, reject } })
    }
  }

  #next (): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#inbox.shift()
    if (chunk) {
      this.#taken(chunk.length)
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#receiving === 'ending') this.#receiving = 'ended'
    if (this.#receiving === 'ended') return Promise.resolve({ done: true, value: undefined })
    if (this.#sourceError) return Promise.reject(this.#sourceError)
    return new Promise((resolve, reject) => { this.#pull = { resolve, reject } })
  }

  /** What is written leaves at once, in chunks, as fast as the connection is. */
  #write (bytes: Bytes): void {
    for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) {
      this.written += part.length
      this.#outstanding += part.length
      if (part.length > 0 && this.#sending === 'open') this.#segments.push(part)
    }
    while (this.#segments.length > 0) {
      const [parts, size] = this.#cut()
      this.#send(parts, size)
    }
  }

  /** The next chunk of what is written. */
  #cut (): [Uint8Array[], number] {
    const { chunk } = this.#plan
    const most = chunk === 0 || this.#small <= 0 ? 65_536 : chunk > 0 ? chunk : this.#random.between(1, -chunk)
    if (most < 500) this.#small--
    const parts: Uint8Array[] = []
    let size = 0
    for (let first = this.#segments[0]; first && size < most; first = this.#segments[0]) {
      const part = first.subarray(0, most - size)
      parts.push(part)
      size += part.length
      if (part.length === first.length) this.#segments.shift()
      else this.#segments[0] = first.subarray(part.length)
    }
    return [parts, size]
  }

  #send (parts: Uint8Array[] | undefined, size: number): void {
    const { bytesPerMs, latencyMs, stall } = this.#plan
    const { now } = this.#time
    this.#freeAt = Math.max(this.#freeAt, now) + Math.ceil(size / bytesPerMs)
    let at = this.#freeAt + latencyMs
    if (stall && at >= stall.at && at < stall.at + stall.ms) at = stall.at + stall.ms
    this.#arriveAt = Math.max(this.#arriveAt, at)
    this.#flying.push(parts)
    this.#time.after(this.#arriveAt - now, () => { this.#arrive() })
  }

  #arrive (): void {
    // One event for each that flies; none of them is left when it has gone mute
    if (this.#flying.length === 0) return
    const parts = this.#flying.shift()
    if (!parts) {
      // What came before is taken first
      if (this.#inbox.length === 0) this.stopSource()
      else this.#receiving = 'ending'
      return
    }
    const chunk = concat(parts)
    const size = this.limit(chunk.length)
    this.arrived += size
    if (size > 0) this.#give(chunk.subarray(0, size))
    if (size < chunk.length) this.strike()
  }

  #give (chunk: Uint8Array): void {
    const pull = this.#pull
    if (this.#receiving !== 'open') {
      this.#taken(chunk.length)
    } else if (pull) {
      this.#pull = undefined
      this.#taken(chunk.length)
      pull.resolve({ done: false, value: chunk })
    } else {
      this.#inbox.push(chunk)
    }
  }

  #taken (size: number): void {
    this.#outstanding -= size
    this.taken += size
    this.takenAt = this.#time.now
    this.#room?.resolve()
    this.#room = undefined
  }
}

/** A connection. */
export class Link {
  /** From the client, and from the server. */
  readonly directions: readonly [Direction, Direction]
  readonly transports: readonly [Transport, Transport]
  /** Whether it carries what it is given; what became of it otherwise. */
  state: 'healthy' | Fate['how'] = 'healthy'
  struckAt = 0
  /** Ends that have aborted it. */
  readonly aborted: [boolean, boolean] = [false, false]
  readonly #time: Time

  constructor (time: Time, plan: LinkPlan, ends: readonly [EndPlan, EndPlan], seed: number) {
    this.#time = time
    const [there, back] = plan.directions
    this.directions = [new Direction(time, there, seed), new Direction(time, back, seed ^ 0x55555555)]
    this.transports = [this.#end(0, ends[0], seed), this.#end(1, ends[1], seed + 1)]
    const { fate } = plan
    if (!fate) return
    const doomed = this.directions[fate.direction]
    doomed.limit = (size) => this.state === 'healthy' ? Math.min(size, Math.max(0, fate.atByte - doomed.arrived)) : size
    doomed.strike = () => { this.#strike(fate) }
  }

  #strike ({ direction, how }: Fate): void {
    this.state = how
    this.struckAt = this.#time.now
    const doomed = this.directions[direction]
    const other = this.directions[direction === 0 ? 1 : 0]
    const error = new Error(`the network: ${how}`)
    doomed.mute()
    if (how === 'dead') other.mute()
    if (how === 'sink' || how === 'reset' || how === 'end') doomed.failSink(error)
    if (how === 'source' || how === 'reset') doomed.stopSource(error)
    if (how === 'half' || how === 'end') doomed.stopSource()
    if (how === 'reset' || how === 'end') {
      other.mute()
      other.failSink(error)
      other.stopSource(how === 'reset' ? error : undefined)
    }
  }

  #end (index: 0 | 1, plan: EndPlan, seed: number): Transport {
    const out = this.directions[index]
    const into = this.directions[index === 0 ? 1 : 0]
    const random = createRandom(seed)
    return {
      source: into.source(),
      sink: (source) => out.sink(source),
      abort: (error) => {
        if (this.aborted[index]) return
        this.aborted[index] = true
        const reason = error ?? new Error('aborted')
        if (plan.abort === 'end') out.end()
        else out.mute()
        out.failSink(reason)
        into.stopSource(reason)
        // The peer learns of it when the news has travelled, unless the network is silent
        this.#time.after(NEWS_MS, () => {
          if (this.state === 'mute' || this.state === 'dead') return
          into.failSink(new Error('reset by the peer'))
          if (plan.abort === 'reset') out.stopSource(new Error('reset by the peer'))
          else if (this.state !== 'healthy') out.stopSource()
        })
      },
      ...(plan.flush !== 'microtasks' && {
        schedule: (flush: () => void) => { this.#time.after(plan.flush === 'late' ? random.pick([0, 0, 1]) : 0, flush) }
      })
    }
  }
}

/**
 * One machine over one libp2p connection: when frames are built, whether the connection takes them, and who waits for room. Knows nothing of
 * what streams are for.
 *
 * @module
 */
import type { MessageStream } from '@libp2p/interface'
import type { Action, Machine, Reason } from '@muxado/core'
import pDefer from 'p-defer'
import type { DeferredPromise } from 'p-defer'
import type { Uint8ArrayList } from 'uint8arraylist'
import { BATCH } from './options.ts'
import { Outbox } from './outbox.ts'

/**
 * Microtasks to wait before what was written goes out, so that code which awaits between two writes, as an answer and its end do, has both in
 * one piece: a message costs the connection some five microseconds, a microtask a tenth of one. Arbitrary: a few times `await`.
 */
const HOPS = 8

/** Not `queueMicrotask`, which makes an async resource of each call in Node. */
const SOON = Promise.resolve()

/**
 * A connection that drains within this takes more at once the next time, one that takes longer than the other less. Arbitrary: what a ping
 * does not notice, and what it does.
 */
const FAST_MS = 1
const SLOW_MS = 4

/** The connection: `ready` for more, `full` until it drains, `gone` for good. */
export type LinkState = 'ready' | 'full' | 'gone'

/** Somebody with bytes to send for whom the connection had no room. */
export interface Waiter {
  /** The connection has room again: send what is left. */
  pump (): void
}

/** A machine, and the connection its bytes travel over. */
export class Link {
  readonly machine: Machine
  readonly #outbox: Outbox
  readonly #conn: MessageStream
  readonly #carryOut: (actions: Action[]) => void
  /** In the order in which they came to wait, so that each gets its turn. */
  readonly #waiting = new Set<Waiter>()
  #state: LinkState = 'ready'
  /** When the connection said that it is full. */
  #fullAt = 0
  /** Microtasks left; 0 while none waits. */
  #hops = 0
  #turn: 'idle' | 'scheduled' | 'flushing' = 'idle'
  #flushed: DeferredPromise<void> | undefined

  /** @param carryOut gets what the machine wants done because of a flush */
  constructor (machine: Machine, conn: MessageStream, carryOut: (actions: Action[]) => void) {
    this.machine = machine
    this.#outbox = new Outbox(machine)
    this.#conn = conn
    this.#carryOut = carryOut
  }

  /** Whether the connection takes bytes. */
  get state (): LinkState {
    return this.#state
  }

  /** Counts what was handed over, for `write`. */
  get round (): number {
    return this.#outbox.round
  }

  /** Queue bytes of a stream, as `Outbox` does. Takes none while the connection is full. */
  write (streamId: number, data: Uint8Array | Uint8ArrayList, apart: boolean): number {
    if (this.#state !== 'ready') return 0
    const taken = this.#outbox.write(streamId, data, apart)
    // `send` must be able to return false in the turn that fills the connection; what does not fill a batch waits for the rest of the turn.
    if (this.#outbox.bytes >= this.#outbox.batch) this.flush(this.#outbox.batch)
    if (this.#outbox.wanted) this.schedule()
    return taken
  }

  /** Return credit for bytes that the application took. */
  consume (streamId: number, bytes: number): void {
    this.machine.consume(streamId, bytes)
    if (this.machine.wantsTransmit) this.schedule()
  }

  /** Half-close a stream behind what is queued. */
  finish (streamId: number): void {
    this.machine.finish(streamId)
    this.schedule()
  }

  /** Kill a stream. */
  reset (streamId: number, reason?: Reason): void {
    this.machine.reset(streamId, reason)
    this.schedule()
  }

  /** Flush once this turn's code has run. */
  schedule (): void {
    if (this.#turn !== 'idle' || this.#state === 'gone') return
    this.#turn = 'scheduled'
    if (this.#hops === 0) void SOON.then(this.#hop)
    this.#hops = HOPS
  }

  /** Hand over frames while the connection takes them, and while `least` bytes wait. */
  flush (least = 0): void {
    if (this.#turn === 'flushing') return
    this.#turn = 'flushing'
    while (this.#state === 'ready' && this.#outbox.wanted && this.#outbox.bytes >= least) {
      try {
        if (!this.#conn.send(this.#outbox.take())) {
          this.#state = 'full'
          this.#fullAt = performance.now()
        }
      } catch {
        // A connection that is closing throws at whatever still comes: credit, RST, GOAWAY. There is nobody left to tell, and its 'close'
        // event ends the streams.
        this.end()
      }
    }
    this.#turn = 'idle'
    if (!this.#outbox.wanted) this.#settle()
    const actions = this.machine.poll()
    // Not at once: a flush happens inside `send`, and whoever sends is not yet waiting for what may be among these.
    if (actions.length > 0) void SOON.then(() => { this.#carryOut(actions) })
  }

  /** Settles when everything queued so far has been handed to the connection, or the connection is gone. */
  async flushed (): Promise<void> {
    if (this.#state === 'gone' || !this.#outbox.wanted) return
    this.#flushed ??= pDefer()
    this.schedule()
    await this.#flushed.promise
  }

  /** Have `waiter` called when the connection has room. */
  wait (waiter: Waiter): void {
    this.#waiting.add(waiter)
  }

  /** Do not call `waiter` any more. */
  leave (waiter: Waiter): void {
    this.#waiting.delete(waiter)
  }

  /** The connection has drained: send what waits here, then let those who wait fill it up, in turn. */
  drain (): void {
    if (this.#state !== 'full') return
    this.#state = 'ready'
    this.#pace(performance.now() - this.#fullAt)
    this.flush()
    for (const waiter of Array.from(this.#waiting)) {
      if (this.#state !== 'ready') return
      if (this.#waiting.delete(waiter)) waiter.pump()
    }
  }

  /** The connection is gone. */
  end (): void {
    this.#state = 'gone'
    this.#waiting.clear()
    this.#settle()
  }

  /** Hand over what a connection takes in a short time, as it took the last. */
  #pace (ms: number): void {
    const { batch } = this.#outbox
    if (ms < FAST_MS) this.#outbox.batch = Math.min(BATCH.most, batch * 2)
    else if (ms > SLOW_MS) this.#outbox.batch = Math.max(BATCH.least, batch / 2)
  }

  readonly #hop = (): void => {
    this.#hops = this.#turn === 'scheduled' ? this.#hops - 1 : 0
    if (this.#hops > 0) void SOON.then(this.#hop)
    else if (this.#turn === 'scheduled') this.flush()
  }

  #settle (): void {
    this.#flushed?.resolve()
    this.#flushed = undefined
  }
}

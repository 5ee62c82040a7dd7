/**
 * Carries bytes between a transport and a machine, each way at its own pace. Knows nothing of what the actions mean.
 *
 * @module
 */
import type { Action, Machine } from '@muxado/core'
import pDefer from 'p-defer'
import { Uint8ArrayList } from 'uint8arraylist'
import type { Clock } from './clock.ts'
import type { Bytes, Transport } from './types.ts'
import { DONE, type DeferredPromise } from './wait.ts'

/** What the pump reports to. */
export interface PumpHost {
  /** Carry these out, in order. Must not throw. */
  perform (actions: Action[]): void
  /** Bytes came at this time. */
  alive (now: number): void
  /** The transport broke. */
  broke (cause: unknown): void
}

/**
 * When a flush comes by default: some microtasks later. A chunk that comes in wakes a reader, whose answer and whose half-close are written some
 * microtasks later: three `await`s deep is common, and all of it should leave in one write. Arbitrary beyond that; a hop costs some 50 ns.
 */
async function afterMicrotasks (flush: () => void): Promise<void> {
  for (let hops = 12; hops > 0; hops--) await DONE
  flush()
}

/** One per session. */
export class Pump {
  bytesReceived: number = 0
  bytesSent: number = 0
  readonly #machine: Machine
  readonly #transport: Transport
  readonly #host: PumpHost
  readonly #clock: Clock
  /** Wakes the outbound direction, which waits because there was nothing to transmit. */
  #parked: DeferredPromise<void> | undefined
  /** A flush is on its way. */
  #coming = false
  #drained: DeferredPromise<void> | undefined

  constructor (machine: Machine, transport: Transport, host: PumpHost, clock: Clock) {
    this.#machine = machine
    this.#transport = transport
    this.#host = host
    this.#clock = clock
  }

  /** Start. Resolves when both directions of the transport have ended. */
  async run (): Promise<void> {
    // Not at once: a transport that fails at its first touch must not end a session that its maker does not hold yet
    await DONE
    await Promise.all([this.#send(), this.#receive()])
  }

  /** The machine may have something to transmit: let it go soon, together with what else is written in this turn. */
  wake (): void {
    if (this.#coming || !this.#parked || !this.#machine.wantsTransmit) return
    this.#coming = true
    ;(this.#transport.schedule ?? afterMicrotasks).call(this.#transport, () => { this.wakeNow() })
  }

  /** Let go at once what is to be transmitted, or find that the machine is closed. */
  wakeNow (): void {
    this.#coming = false
    this.#parked?.resolve()
    this.#parked = undefined
  }

  /** Resolves when the transport has taken all that the machine has for it. */
  drained (): Promise<void> {
    if (this.#parked && !this.#machine.wantsTransmit) return DONE
    this.#drained ??= pDefer()
    this.wakeNow()
    return this.#drained.promise
  }

  async #receive (): Promise<void> {
    let last = this.#clock.now()
    try {
      for await (const chunk of this.#transport.source) {
        const now = this.#clock.now()
        this.#machine.elapse(now - last)
        last = now
        this.bytesReceived += chunk.length
        this.#host.alive(now)
        // What the actions call for goes with one flush behind them: no use to look for it after each
        this.#coming = true
        this.#host.perform(this.#machine.receive(...chunk instanceof Uint8Array ? [chunk] : chunk))
        this.#coming = false
        this.wake()
      }
      this.#host.perform(this.#machine.receiveEnd())
    } catch (error) {
      this.#host.broke(error)
    }
  }

  async #send (): Promise<void> {
    try {
      await this.#transport.sink({ [Symbol.asyncIterator]: () => ({ next: this.#next }) })
      if (this.#machine.state !== 'closed') throw new Error('the transport ended')
    } catch (error) {
      this.#host.broke(error)
    }
  }

  /** Being pulled is the backpressure: nothing is framed before the transport has room for it. No generator, which costs three promises a flush. */
  readonly #next = async (): Promise<IteratorResult<Bytes, undefined>> => {
    for (;;) {
      const segments = this.#machine.transmit()
      if (segments.length > 0) {
        // Room was made, so writers may go on, and what they write goes with the next pull
        this.#host.perform(this.#machine.poll())
        const value = Uint8ArrayList.fromUint8Arrays(segments)
        this.bytesSent += value.length
        return { done: false, value }
      }
      this.#drained?.resolve()
      this.#drained = undefined
      if (this.#machine.state === 'closed') return { done: true, value: undefined }
      this.#parked ??= pDefer()
      await this.#parked.promise
    }
  }
}

/**
 * Random pairs of machines: a schedule drawn from a seed drives both ends through every command and any chunking, and an oracle accounts
 * for every byte, death, stall and leak.
 *
 * @module
 */
import { createMachine, type Machine, type MachineOptions, type OpenOptions, type Reason, type StreamSnapshot } from '@muxado/core'
import { demand, Host, OracleError, type View } from './host.ts'
import { createRandom, type Random } from './random.ts'

/** Alters a machine, to prove that the oracle sees it. */
export type Tamper = (machine: Machine, random: Random) => Machine

/** What a schedule did. */
export interface Run {
  readonly steps: number
  readonly log: readonly string[]
  /** What the oracle found, if anything. */
  readonly wrong: string | undefined
}

const WINDOWS = [1, 2, 3, 4, 5, 7, 8, 16, 50, 100, 1000, 5000, 70_000]
const REASONS: readonly Reason[] = ['cancel', 'refused', 'internal', 'streamClosed', 'reset', 77, 0xffffffff]
const LEAVING: readonly Reason[] = ['none', 'internal', 'cancel', 99]
const RESERVED = { 1: 0xfffffeff, 2: 0xffffffff }
/** No schedule needs as many rounds to come to rest, unless it never will. */
const ROUNDS = 20_000

/** Play the schedule of `seed`, cut off after `most` of its own steps. */
export function runSchedule (seed: number, most = Infinity, tamper?: Tamper): Run {
  const random = createRandom(seed)
  const world = new World(random, seed, tamper)
  const wanted = Math.min(most, random.pick([10, 30, 60, 100, 200]))
  return play(world, (steps) => steps < wanted)
}

/** Play what `draws` says for as long as there is something to draw from; `seed` says how it ends. */
export function playDraws (draws: Random, seed: number, more: () => boolean, tamper?: Tamper): Run {
  return play(new World(draws, seed, tamper), more)
}

function play (world: World, more: (steps: number) => boolean): Run {
  let steps = 0
  try {
    for (; more(steps); steps++) {
      world.step()
      world.check()
    }
    world.conclude()
    return { steps, log: world.log, wrong: undefined }
  } catch (error) {
    const wrong = error instanceof OracleError ? error.message : `threw ${String(error instanceof Error ? error.stack : error)}`
    return { steps, log: world.log, wrong }
  }
}

/** The shortest beginning of a failing schedule that still fails. */
export function shrink (seed: number, tamper?: Tamper): Run & { readonly most: number } {
  for (let most = 0; ; most++) {
    const run = runSchedule(seed, most, tamper)
    if (run.wrong !== undefined || run.steps < most) return { ...run, most }
  }
}

/** A failure as one message: what is wrong, how to see it again, the last steps. */
export function failureText (seed: number, tamper?: Tamper): string {
  const { wrong, log, most } = shrink(seed, tamper)
  return `seed ${seed}: ${wrong}\nreplay: MUXADO_SEED=${seed} MUXADO_STEPS=${most} npx mocha test/random-pairs.spec.ts\n${log.slice(-80).join('\n')}`
}

class World {
  readonly log: string[] = []
  #random: Random
  readonly #seed: number
  readonly #a: Host
  readonly #b: Host
  readonly #leaves: boolean
  readonly #closes: boolean
  readonly #wire: 1 | 2
  readonly #window: number

  constructor (random: Random, seed: number, tamper: Tamper | undefined) {
    this.#random = random
    this.#seed = seed
    this.#wire = random.pick([1, 2])
    this.#window = random.pick(WINDOWS)
    this.#leaves = random.oneIn(4)
    this.#closes = random.oneIn(6)
    const typed = random.oneIn(2)
    const host = (name: string, role: 'client' | 'server', tampered: boolean): Host => {
      const options = this.#options(role, typed)
      this.log.push(`${name} ${JSON.stringify(options)}`)
      const machine = createMachine(options)
      return new Host(name, options, tampered && tamper !== undefined ? tamper(machine, random) : machine, this.log)
    }
    this.#a = host('client', 'client', true)
    this.#b = host('server', 'server', false)
    this.#a.peer = this.#b
    this.#b.peer = this.#a
  }

  #options (role: 'client' | 'server', typed: boolean): MachineOptions {
    const random = this.#random
    const window = this.#window
    return {
      role,
      wire: this.#wire,
      typed,
      window,
      maxWindow: window * random.pick([1, 2, 5, 20]),
      // Frames of one byte in a window of thousands are slow and show nothing that a small window does not.
      maxFrame: Math.max(random.pick([1, 2, 5, 100, 1000, 16_383]), Math.ceil(window / 100)),
      extensions: [RESERVED[this.#wire]],
      ...(random.oneIn(3) ? { maxInbound: random.pick([0, 1, 2, 4]) } : {}),
      ...(random.oneIn(3) ? { memoryBudget: window * random.pick([1, 2, 3, 10]) } : {}),
      ...(random.oneIn(3) ? { maxQueued: random.pick([0, 1, 10, 1000]) } : {})
    }
  }

  /** One random thing happens. */
  step (): void {
    const random = this.#random
    const host = random.oneIn(2) ? this.#a : this.#b
    const draw = random.below(100)
    if (draw < 40) this.#command(host)
    else if (draw < 65) host.transmit(random.pick([undefined, undefined, 1, 20, 100, 5000]))
    else if (draw < 95) this.#receive(host, () => { if (random.oneIn(8)) this.#command(host, true) })
    else if (draw < 98) host.poll(random, () => {})
    else host.machine.elapse(random.below(20))
  }

  #receive (host: Host, between: () => void): void {
    const size = this.#random.oneIn(3) ? 1 : this.#random.oneIn(2) ? this.#random.between(1, 40) : 100_000
    host.receive(size, this.#random, between)
    if (host.pipe.length === 0 && host.peer.closed !== undefined && host.closed === undefined && !host.peer.machine.wantsTransmit) host.receiveEnd(this.#random)
  }

  /** The host asks for something; `within`: while it carries out actions, of which none may follow its own `close`. */
  #command (host: Host, within = false): void {
    const random = this.#random
    const draw = random.below(100)
    if (draw < 12 && host.views.size < 12) return this.#open(host)
    if (draw < 13 && this.#leaves) return host.goAway(random.pick(LEAVING))
    if (draw < 14 && this.#closes && !within) return host.close(random.pick(LEAVING), random)
    const views = [...host.views.values()]
    if (views.length === 0) return
    const view = random.pick(views)
    if (draw < 50) {
      // A host that was short waits, as a rule.
      if (view.owed === 'no' || random.oneIn(8)) host.send(view, random.pick([0, 1, 2, 5, random.below(40), random.below(3000), 2 * this.#window % 100_000]))
    } else if (draw < 58) host.finish(view)
    else if (draw < 62) host.reset(view, random.pick(REASONS))
    else if (draw < 66) host.setPriority(view, random.below(4))
    else {
      const unread = view.delivered - view.consumed
      if (unread > 0) host.consume(view, random.oneIn(2) ? unread : random.between(1, unread))
    }
  }

  #open (host: Host): void {
    const random = this.#random
    const options: OpenOptions = {
      ...(random.oneIn(2) ? { priority: random.below(4) } : {}),
      ...(host.wire === 1 || host.typed ? { type: random.pick([0, 7, 0xfffffefe, RESERVED[this.#wire]]) } : {}),
      ...(random.oneIn(10) ? { finish: true } : {})
    }
    host.open(options)
  }

  /** What must hold at every moment. */
  check (): void {
    const [a, b] = [this.#snapshot(this.#a), this.#snapshot(this.#b)]
    if (this.#a.closed === undefined && this.#b.closed === undefined) {
      this.#checkCredit(this.#a, a, this.#b, b)
      this.#checkCredit(this.#b, b, this.#a, a)
    }
  }

  #snapshot (host: Host): Map<number, StreamSnapshot> {
    const { streams } = host.machine.snapshot()
    const byId = new Map(streams.map((stream) => [stream.id, stream]))
    let [committed, total] = [0, 0]
    for (const stream of streams) {
      const { id, window, available, unread, consumed } = stream
      const state = (): string => `stream ${id} at the ${host.name}: ${JSON.stringify(stream)}`
      const view = host.views.get(id)
      demand(available >= 0 && unread >= 0 && consumed >= 0, () => `less than nothing, ${state()}`)
      const coming = host.got.coming(id)
      demand(available + unread + consumed + coming === window, () => `available, unread, consumed and ${coming} are not the window, ${state()}`)
      demand(window <= Math.max(host.options.maxWindow ?? 0, this.#window), () => `a window too large, ${state()}`)
      if (view !== undefined) {
        const mine = view.delivered - view.consumed
        demand(unread === mine, () => `${mine} unread bytes at the host, ${state()}`)
      }
      committed += window
      total += stream.queued
    }
    host.checkBudget(committed, this.#window)
    demand(total === host.machine.queued, () => `${total} bytes in queues at the ${host.name}, and queued is ${host.machine.queued}`)
    return byId
  }

  /** Credit here, and what is on its way, is what the other end still allows. */
  #checkCredit (from: Host, mine: Map<number, StreamSnapshot>, to: Host, theirs: Map<number, StreamSnapshot>): void {
    for (const [id, stream] of mine) {
      const opposite = theirs.get(id)
      const flying = from.sent.of(id).payload - to.got.of(id).payload
      const returning = to.sent.of(id).credit - from.got.of(id).credit
      const { queued } = stream
      const mineInAll = stream.credit + queued + flying + returning
      if (opposite !== undefined && opposite.receive === 'open') {
        demand(mineInAll + opposite.granting === opposite.available,
          () => `credit of stream ${id} from the ${from.name}: ${mineInAll} and ${opposite.granting} granted against ${opposite.available}`)
      } else if (opposite === undefined && !to.got.of(id).syn && from.views.get(id)?.local === true) {
        demand(mineInAll === this.#window, () => `stream ${id} of the ${from.name}, unknown to its peer, has ${mineInAll} of ${this.#window}`)
      }
    }
  }

  /** Let everything that is on its way arrive. */
  #settle (): void {
    for (let round = 0; round < ROUNDS; round++) {
      let moved = false
      for (const host of [this.#a, this.#b]) {
        const before = this.log.length
        host.poll(this.#random, () => {})
        if (this.log.length > before) moved = true
        while (host.machine.wantsTransmit) {
          host.transmit(this.#random.pick([undefined, 50]))
          moved = true
        }
        while (host.peer.pipe.length > 0) {
          this.#receive(host.peer, () => {})
          moved = true
        }
        if (host.closed !== undefined && host.peer.closed === undefined) {
          host.peer.receiveEnd(this.#random)
          moved = true
        }
      }
      if (!moved) return
    }
    throw new OracleError('never comes to rest')
  }

  /** Bring the schedule to rest, to its end, and account for everything. */
  conclude (): void {
    // Cutting a schedule short must not change what its end draws.
    this.#random = createRandom(this.#seed ^ 0x5bd1e995)
    this.#settle()
    this.check()
    this.#checkStalls()
    this.#checkDeaths()
    this.#a.eager = this.#b.eager = true
    for (const host of [this.#a, this.#b]) for (const view of host.live()) if (view.owed !== 'yes' && view.rest > 0) host.send(view, view.rest)
    do {
      this.#settle()
      this.check()
    } while (this.#readAll())
    this.#checkStalls()
    for (const host of [this.#a, this.#b]) {
      for (const view of host.live()) {
        demand(view.rest === 0, () => `stream ${view.id} at the ${host.name} could not send ${view.rest} bytes although all was read`)
        host.finish(view)
      }
    }
    this.#settle()
    this.check()
    this.#checkDeaths()
    this.#checkLeaks()
    this.#end()
  }

  #readAll (): boolean {
    let some = false
    for (const host of [this.#a, this.#b]) {
      for (const view of host.live()) {
        if (view.delivered === view.consumed) continue
        host.consume(view, view.delivered - view.consumed)
        some = true
      }
    }
    return some
  }

  /** At rest, whoever waits is owed something by the other end's reader. */
  #checkStalls (): void {
    for (const host of [this.#a, this.#b]) {
      if (host.closed !== undefined) continue
      demand(!host.machine.wantsTransmit && host.machine.queued === 0, () => `the ${host.name} has ${host.machine.queued} bytes left at rest`)
      for (const view of host.live()) {
        const opposite = host.peer.views.get(view.id)
        demand(opposite !== undefined, () => `stream ${view.id} lives at the ${host.name} only`)
        demand(opposite.delivered === view.taken, () => `stream ${view.id} of the ${host.name}: ${opposite.delivered} of ${view.taken} bytes came`)
        demand(!view.finished || opposite.ended, () => `stream ${view.id} was finished by the ${host.name}, which nobody was told`)
        demand(view.owed !== 'yes' || opposite.delivered > opposite.consumed, () => `stream ${view.id} at the ${host.name} is owed a resume, and nothing is unread`)
        demand(view.owed !== 'yes' || this.#creditOf(host, view) === 0, () => `stream ${view.id} at the ${host.name} has credit and is owed a resume`)
      }
    }
  }

  #creditOf (host: Host, view: View): number {
    return host.machine.snapshot().streams.find(({ id }) => id === view.id)?.credit ?? 0
  }

  /** At rest, no stream lives at one end only, and each death is known at both or nobody there missed it. */
  #checkDeaths (): void {
    for (const host of [this.#a, this.#b]) {
      for (const view of host.views.values()) {
        const opposite = host.peer.views.get(view.id)
        if (host.isLive(view) || opposite === undefined) continue
        demand(!host.peer.isLive(opposite), () => `stream ${view.id} is dead at the ${host.name} and lives at its peer`)
        if (view.reset === undefined && view.abort === undefined && opposite.reset === undefined && opposite.abort === undefined) {
          demand(view.taken === opposite.delivered, () => `stream ${view.id} ended well, and ${opposite.delivered} of ${view.taken} bytes came`)
        }
      }
    }
  }

  #checkLeaks (): void {
    for (const host of [this.#a, this.#b]) {
      const { streams, control } = host.machine.snapshot()
      const left = streams.map(({ id }) => id)
      demand(left.length === 0, () => `the ${host.name} keeps streams ${left.join()} that are done`)
      demand(control.length === 0, () => `the ${host.name} keeps ${JSON.stringify(control)}`)
      demand(host.machine.queued === 0 && !host.machine.wantsTransmit, () => `the ${host.name} keeps ${host.machine.queued} bytes`)
      demand(host.machine.poll().length === 0, () => `the ${host.name} has actions left`)
    }
  }

  /** The transport ends, in good order. */
  #end (): void {
    for (const host of [this.#a, this.#b]) {
      if (host.closed === undefined) host.receiveEnd(this.#random)
      this.#settle()
      demand(host.closed?.error === undefined || host.closed.error.code !== 'PEER_PROTOCOL', () => 'died at the end')
    }
    for (const host of [this.#a, this.#b]) {
      demand(host.machine.state === 'closed', () => `the ${host.name} is ${host.machine.state} after its end`)
      demand(host.sent.goAways > 0 && host.sent.endsInGoAway || host.leaving.length > 0, () => `the ${host.name} ended without a GOAWAY`)
      demand(host.machine.receive(Uint8Array.of(1, 2, 3)).length === 0, () => 'a closed machine answers')
    }
    this.#checkLeaks()
  }
}

/**
 * A relay between us and a peer that reads every frame that passes, with the reader of test/support, which is not the parser under test. It
 * can hold either direction back, so that frames cross each other when a case says so.
 *
 * @module
 */
import { once } from 'node:events'
import net from 'node:net'
import pDefer from 'p-defer'
import { FrameReader, frameText } from '../support/frames.ts'
import type { SeenFrame } from '../support/frames.ts'
import { Rules } from './rules.ts'
import type { RulesOptions } from './rules.ts'

/** `ours`: from us to the peer. */
export type Direction = 'ours' | 'theirs'

/** Of DATA this many bytes are kept: what a case may want to look at. */
const KEPT = 16

/** One direction: what passed, and what waits. */
class Lane {
  readonly reader: FrameReader
  readonly #see: (frame: SeenFrame) => void
  #seen = 0
  #held: Uint8Array[] | undefined
  #target: net.Socket | undefined
  #ended = false

  constructor (wire: 1 | 2, see: (frame: SeenFrame) => void) {
    this.reader = new FrameReader(wire)
    this.#see = see
  }

  /** How many frames have passed whole. */
  get seen (): number {
    return this.#seen
  }

  relay (source: net.Socket, target: net.Socket): void {
    this.#target = target
    source.on('data', (chunk: Buffer) => {
      this.#read(chunk)
      if (this.#held !== undefined) this.#held.push(chunk)
      else if (!target.write(chunk)) {
        source.pause()
        target.once('drain', () => { source.resume() })
      }
    })
    source.on('end', () => {
      this.#ended = true
      if (this.#held === undefined) target.end()
    })
    source.on('error', () => { target.destroy() })
    source.on('close', () => { if (!this.#ended) target.destroy() })
  }

  hold (): void {
    this.#held ??= []
  }

  release (): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const chunk of held) this.#target?.write(chunk)
    if (this.#ended) this.#target?.end()
  }

  #read (chunk: Uint8Array): void {
    this.reader.push(chunk, (frame, piece) => {
      const room = frame.kind === 'data' ? KEPT - frame.body.length : Infinity
      if (room > 0) frame.body = Buffer.concat([frame.body, piece.subarray(0, room)])
    })
    const { frames, remaining } = this.reader
    const whole = remaining > 0 ? frames.length - 1 : frames.length
    while (this.#seen < whole) {
      const frame = frames[this.#seen++]
      if (frame !== undefined) this.#see(frame)
    }
  }
}

/** A relay for one connection. */
export class Tap {
  /** What we must not send, judged as it passes. */
  readonly rules: Rules
  readonly #server: net.Server
  readonly #lanes: Readonly<Record<Direction, Lane>>
  readonly #sockets = new Set<net.Socket>()
  readonly #waits = new Set<() => void>()

  private constructor (server: net.Server, options: RulesOptions) {
    this.#server = server
    this.rules = new Rules(options)
    const changed = (): void => { for (const look of this.#waits) look() }
    this.#lanes = {
      ours: new Lane(options.wire, (frame) => {
        this.rules.ours(frame)
        changed()
      }),
      theirs: new Lane(options.wire, (frame) => {
        this.rules.theirs(frame)
        changed()
      })
    }
  }

  /** Relays the first connection to `port`; `from` says who makes it. */
  static async open (port: number, from: Direction, options: RulesOptions): Promise<Tap> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true })
    const tap = new Tap(server, options)
    server.on('connection', (near) => {
      const far = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
      for (const socket of [near, far]) tap.#sockets.add(socket)
      tap.#lanes[from].relay(near, far)
      tap.#lanes[from === 'ours' ? 'theirs' : 'ours'].relay(far, near)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return tap
  }

  get port (): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** Frames that have come in whole from one side, also those that are held back. */
  frames (direction: Direction): readonly SeenFrame[] {
    const { reader, seen } = this.#lanes[direction]
    return reader.frames.slice(0, seen)
  }

  /** Waits for the `count`th such frame, counted from the start. */
  async until (direction: Direction, wanted: (frame: SeenFrame) => boolean, count = 1): Promise<SeenFrame> {
    const lane = this.#lanes[direction]
    const found = pDefer<SeenFrame>()
    let at = 0
    let missing = count
    const look = (): void => {
      while (at < lane.seen) {
        const frame = lane.reader.frames[at++]
        if (frame === undefined || !wanted(frame) || --missing > 0) continue
        this.#waits.delete(look)
        found.resolve(frame)
        return
      }
    }
    this.#waits.add(look)
    look()
    return await found.promise
  }

  /** Keep back what one side sends from now on. */
  hold (direction: Direction): void {
    this.#lanes[direction].hold()
  }

  /** Pass on what was held, and what comes. */
  release (direction: Direction): void {
    this.#lanes[direction].release()
  }

  /** The last frames of each direction, for people. */
  describe (): string {
    return (['ours', 'theirs'] as const).map((direction) => `${direction}: ${this.frames(direction).slice(-8).map(frameText).join(', ') || 'nothing'}`).join('\n')
  }

  close (): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

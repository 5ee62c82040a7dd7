/**
 * What must hold for everything that we send, whatever happens: the rules of PROTOCOL.md that keep deployed peers from tripping (those marked
 * A in its appendix A). Every connection of these tests is judged.
 *
 * @module
 */
import { frameText } from '../support/frames.ts'
import type { SeenFrame } from '../support/frames.ts'

/** What the rules depend on. */
export interface RulesOptions {
  readonly wire: 1 | 2
  readonly role: 'client' | 'server'
  readonly typed: boolean
  readonly window: number
  /** Largest payload that we were told to send. */
  readonly maxFrame: number
}

interface Known {
  /** Bytes that the peer has granted and that we have not sent. */
  credit: number
  state: 'open' | 'finished' | 'reset'
  /** We opened it, and its type has not gone out. */
  typeless: boolean
}

/** Judges frames as they pass. */
export class Rules {
  readonly broken: string[] = []
  readonly #options: RulesOptions
  readonly #streams = new Map<number, Known>()
  #opened = 0
  #heartbeats = 0
  #last: SeenFrame | undefined

  constructor (options: RulesOptions) {
    this.#options = options
  }

  /** A frame of the peer, before we get it. */
  theirs (frame: SeenFrame): void {
    if (frame.syn) this.#stream(frame.id)
    if (frame.kind === 'credit') this.#stream(frame.id).credit += number(frame.body, 0) & 0x7fffffff
  }

  /** A frame of ours. */
  ours (frame: SeenFrame): void {
    const say = (rule: string): void => { this.broken.push(`${rule}: we sent ${frameText(frame)}`) }
    const { wire, role, maxFrame } = this.#options
    const before = this.#last
    this.#last = frame
    if (wire === 2 && before?.kind === 'goaway' && !(frame.kind === 'data' && frame.length === 0 && frame.fin && !frame.syn && frame.id === 1)) {
      say('8.2, Q1: eight bytes that may be lost follow a GOAWAY')
    }
    if (frame.id > 0x7fffffff) say('1.3, Q9: the top bit of an id is 0')
    if (frame.kind === 'unknown') say('2.1, R1: no unknown types')
    if (frame.kind === 'goaway' || (wire === 2 && frame.id === 1)) return

    if (frame.syn) {
      if (frame.fin) say('4.1, B4, Q3: no SYN with FIN')
      if (wire === 2 && frame.length > 0) say('4.1, Q2: an opening frame is empty')
      if (frame.id % 2 !== (role === 'client' ? 1 : 0) || frame.id < 2) say('3.1: ids of our own parity')
      if (frame.id <= this.#opened) say('3.2, Q6: ids increase')
      this.#opened = frame.id
      if (wire === 1 && frame.length === 8 && number(frame.body, 5) === 0xfffffeff) this.#heartbeat(say)
      if (wire === 2 && this.#options.typed) this.#stream(frame.id).typeless = true
    } else if (frame.id % 2 === (role === 'client' ? 1 : 0) && frame.id > this.#opened) {
      say('4.1, Q4, Q5: the opening frame goes first')
    }
    const stream = this.#stream(frame.id)
    if (frame.kind === 'credit' && number(frame.body, 0) === 0) say('5.2: no increment of 0')
    if (stream.state === 'reset') say(frame.kind === 'rst' ? '4.7, B10, Q10: one RST for each id' : '4.6: nothing follows RST')
    if (frame.kind === 'rst') stream.state = 'reset'
    if (frame.kind !== 'data') return
    if (stream.state === 'finished') say('4.5: nothing follows FIN, and there is one')
    if (frame.fin) stream.state = 'finished'
    if (frame.length > maxFrame) say(`5.5: no payload over ${maxFrame}`)
    stream.credit -= frame.length
    if (stream.credit < 0) say('5.1, B5: no payload beyond the credit')
    if (stream.typeless && !frame.syn) {
      if (frame.length < 4) say('9.2: the type goes out first, and in one piece')
      else if (number(frame.body, 0) === 0xffffffff) this.#heartbeat(say)
      stream.typeless = false
    }
  }

  #heartbeat (say: (rule: string) => void): void {
    if (++this.#heartbeats > 1) say('9.3: one heartbeat stream')
  }

  #stream (id: number): Known {
    let stream = this.#streams.get(id)
    if (stream === undefined) {
      stream = { credit: this.#options.window, state: 'open', typeless: false }
      this.#streams.set(id, stream)
    }
    return stream
  }
}

function number (bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at)
}

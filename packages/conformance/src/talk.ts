/**
 * One conversation with the endpoint under test: raw frames out, frames in, waits with a deadline. Answers heartbeats and nothing else by itself.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { type Heard, unheard } from './heard.ts'
import { field, type Frame, frameText, Reader, synFields } from './reader.ts'
import { Unmet } from './unmet.ts'
import { FIN, HEARTBEAT, join, LARGEST, numberOf, type Reason, reasonText, type Terms, Writer } from './wire.ts'

/** A short text as payload. */
export const HELLO: Uint8Array = Buffer.from('hello')
const shownFrames = 12
const shownBytes = 40

/** One connection to the endpoint under test. */
export class Talk {
  readonly terms: Terms
  readonly w: Writer
  /** Every frame that came, in order. */
  readonly frames: Frame[] = []
  /** How the transport is. */
  state: 'open' | 'ended' | 'failed' = 'open'
  /** Whether the transport ended inside a frame. */
  cut = false
  /** Echo the endpoint's heartbeats, as a peer has to. */
  answersHeartbeat = true
  readonly #socket: Duplex
  #expired = false
  /** What was sent ends inside a frame; answers of our own wait until it does not. */
  #midFrame = false
  #answers: Uint8Array[] = []
  readonly #reader: Reader
  readonly #streams = new Map<number, Heard>()
  readonly #sent: string[] = []
  #sentCount = 0
  #next: number
  #news: Array<() => void> = []
  #witness: number | undefined

  constructor (socket: Duplex, terms: Terms) {
    this.terms = terms
    this.w = new Writer(terms)
    this.#socket = socket
    this.#next = terms.role === 'client' ? 3 : 2
    this.#reader = new Reader(terms.wire, {
      frame: (frame) => { this.#frame(frame) },
      payload: (frame, bytes) => { this.#payload(frame, bytes) },
      end: (frame) => { if (frame.fin) this.on(frame.id).fin = true }
    })
    socket.on('data', (chunk: Uint8Array) => {
      this.#reader.push(chunk)
      this.#tell()
    })
    socket.on('end', () => { this.#over('ended') })
    socket.on('error', () => { this.#over('failed') })
    socket.on('close', () => { this.#over('failed') })
  }

  /** The dialect. */
  get wire (): 1 | 2 {
    return this.terms.wire
  }

  /** Bytes that the type takes at the front of each stream's payload. */
  get lead (): number {
    return this.wire === 2 && this.terms.typed ? 4 : 0
  }

  /** What has come on a stream. */
  on (id: number): Heard {
    let heard = this.#streams.get(id)
    if (heard === undefined) {
      heard = unheard(id, this.terms.window)
      this.#streams.set(id, heard)
    }
    return heard
  }

  /** Streams that the endpoint has opened, heartbeats left out. In wire 2 typed only those whose type has come. */
  get theirs (): readonly Heard[] {
    const ours = this.terms.role === 'client' ? 1 : 0
    return [...this.#streams.values()].filter(({ id, opened, type }) =>
      opened !== undefined && id % 2 !== ours && type !== undefined && type !== HEARTBEAT[this.wire])
  }

  /** Streams that the endpoint has opened for its heartbeat. */
  get heartbeats (): readonly Heard[] {
    return [...this.#streams.values()].filter(({ opened, type }) => opened !== undefined && type === HEARTBEAT[this.wire])
  }

  /** The next id of ours. */
  id (): number {
    const id = this.#next
    this.#next += 2
    return id
  }

  /** Ids up to `id` are used, by frames that a case writes itself. */
  used (id: number): void {
    if (id >= this.#next && id % 2 === this.#next % 2) this.#next = id + 2
  }

  /** An id of the endpoint's that it has not reached. */
  get foreign (): number {
    return this.terms.role === 'client' ? 1000 : 1001
  }

  /** Send these bytes in one write. They end with a frame. */
  put (...parts: readonly Uint8Array[]): void {
    this.#write(join(...parts, ...this.#answers))
    this.#answers = []
    this.#midFrame = false
  }

  /** Send the front of what `put` or another `part` goes on with. */
  part (...parts: readonly Uint8Array[]): void {
    this.#midFrame = true
    this.#write(join(...parts))
  }

  /** Send whole frames in pieces of `size`, each as a write of its own that has left before the next. */
  async drip (bytes: Uint8Array, size: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size)
      if (at + size < bytes.length) this.part(piece)
      else this.put(piece)
      await this.turn()
    }
  }

  /** What was sent has left. */
  async turn (): Promise<void> {
    await new Promise((resolve) => { setImmediate(resolve) })
  }

  /** Open a stream. Returns its id. */
  open (type: number = 0): number {
    const id = this.id()
    this.on(id).credit -= this.lead
    this.put(this.w.open(id, type))
    return id
  }

  /** Send payload on a stream, in frames as large as they may be, and FIN with the last if asked. */
  say (id: number, payload: Uint8Array, flags: 0 | typeof FIN = 0): void {
    const frames: Uint8Array[] = []
    for (let at = 0; at < payload.length || at === 0; at += LARGEST[this.wire]) {
      const body = payload.subarray(at, at + LARGEST[this.wire])
      frames.push(this.w.data(id, body, at + body.length >= payload.length ? flags : 0))
    }
    this.on(id).credit -= payload.length
    this.put(...frames)
  }

  /** Wait until `look` finds something. Fails at the deadline, and when the transport ends before. */
  async until<T> (expected: string, look: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined && found !== false) return found
      if (this.#reader.broken !== undefined && this.goodbye === undefined) throw new Unmet(expected, this.#reader.broken)
      if (this.state !== 'open') throw new Unmet(expected, `the end of the transport${this.#afterwards()}`)
      if (this.#expired) throw new Unmet(expected, `nothing of it in time${this.#afterwards()}`)
      await new Promise<void>((resolve) => { this.#news.push(resolve) })
    }
  }

  /** Wait for the first `count` bytes on a stream, and fail when it is reset first. */
  async bytes (id: number, count: number): Promise<Uint8Array> {
    const heard = this.on(id)
    const expected = `${count} bytes on stream ${id}`
    await this.until(expected, () => {
      if (heard.bytes >= count) return true
      const [reset] = heard.resets
      if (reset !== undefined) throw new Unmet(expected, `${heard.bytes} and RST(${reasonText(this.wire, reset)})`)
      if (heard.fin) throw new Unmet(expected, `${heard.bytes} and FIN`)
      return undefined
    })
    return Buffer.concat(heard.parts)
  }

  /** Wait until exactly `payload` has come back on a stream since its byte `from`. */
  async back (id: number, payload: Uint8Array, from: number = 0): Promise<void> {
    const got = (await this.bytes(id, from + payload.length)).subarray(from, from + payload.length)
    if (Buffer.compare(payload, got) === 0) return
    const at = payload.findIndex((byte, i) => byte !== got[i])
    throw new Unmet(`the same ${payload.length} bytes back on stream ${id}`, `another byte at ${at}`)
  }

  /** Wait for FIN on a stream. */
  async finished (id: number): Promise<void> {
    const heard = this.on(id)
    await this.until(`FIN on stream ${id}`, () => {
      const [reset] = heard.resets
      if (reset !== undefined && !heard.fin) throw new Unmet(`FIN on stream ${id}`, `RST(${reasonText(this.wire, reset)})`)
      return heard.fin
    })
  }

  /** Wait for RST on a stream, with one of `reasons`; none: with any. */
  async reset (id: number, ...reasons: ReadonlyArray<Reason>): Promise<void> {
    const wanted = `RST(${reasons.join(' or ')}) on stream ${id}`
    const [number] = await this.until(wanted, () => this.on(id).resets.length > 0 && this.on(id).resets)
    if (number !== undefined && reasons.length > 0 && !reasons.some((reason) => numberOf(this.wire, reason) === number)) {
      throw new Unmet(wanted, `RST(${reasonText(this.wire, number)})`)
    }
  }

  /** A whole conversation on a stream of its own: what is sent comes back, and so does FIN. Returns the id, which is closed then. */
  async whole (payload: Uint8Array = HELLO, type: number = 0): Promise<number> {
    const id = this.open(type)
    this.say(id, payload, FIN)
    await this.back(id, payload)
    await this.finished(id)
    return id
  }

  /** Wait until the endpoint has seen everything that was sent and has had the time to answer: two echoes, one after the other. */
  async settle (): Promise<void> {
    this.#witness ??= this.open()
    const id = this.#witness
    for (let round = 0; round < 2; round++) {
      const from = this.on(id).bytes
      this.say(id, HELLO)
      await this.back(id, HELLO, from)
    }
  }

  /** Settle on this stream from now on, one that is open and in step: for when no other can be opened. */
  witness (id: number): void {
    this.#witness = id
  }

  /** After `settle`: nothing has come on the stream since there were `mark` frames. */
  silent (id: number, mark: number, but: (frame: Frame) => boolean = () => false): void {
    const frame = this.frames.slice(mark).find((late) => late.id === id && late.kind !== 'goaway' && !but(late))
    if (frame !== undefined) throw new Unmet(`nothing more on stream ${id}`, frameText(this.wire, frame))
  }

  /** A stream opens, is echoed and ends: the session lives. */
  async lives (): Promise<void> {
    try {
      await this.whole()
    } catch (error) {
      throw error instanceof Unmet ? new Unmet(`the session to live on: ${error.expected}`, error.came) : error
    }
  }

  /** The session dies: GOAWAY with this reason comes, then the transport ends (spec 8.4). */
  async dies (reason: Reason): Promise<void> {
    const expected = `GOAWAY(${reason}), then the end of the transport`
    try {
      await this.until(expected, () => this.state !== 'open')
    } catch (error) {
      const last = this.goodbye
      throw error instanceof Unmet && last !== undefined ? new Unmet(expected, `${frameText(this.wire, last)}, and no end in time`) : error
    }
    // Whether it is well made and the very last frame, cases of their own ask (spec 8.2, 8.4): one fault there is not to fail all others.
    const last = this.goodbye
    if (last === undefined || field(last, 1) !== numberOf(this.wire, reason)) throw new Unmet(expected, `the end of the transport${this.#afterwards()}`)
  }

  /** Wait until the endpoint has ended the transport. */
  async over (): Promise<void> {
    await this.until('the end of the transport', () => this.state !== 'open')
  }

  /** The last GOAWAY that came. */
  get goodbye (): Frame | undefined {
    return this.frames.findLast(({ kind }) => kind === 'goaway')
  }

  /** End our side of the transport; go on reading. */
  end (): void {
    this.#socket.end()
  }

  /** Stop reading, or go on. */
  read (on: boolean): void {
    if (on) this.#socket.resume()
    else this.#socket.pause()
  }

  /** The time is over: whatever is waited for has not come. */
  expire (): void {
    this.#expired = true
    this.#tell()
  }

  /** Hang up. */
  destroy (): void {
    this.#socket.destroy()
  }

  /** Hang up with RST of TCP, where there is one. */
  abort (): void {
    const socket = this.#socket as Duplex & { resetAndDestroy?: () => void } // what a TCP socket has, and TLS has not
    if (socket.resetAndDestroy === undefined) socket.destroy()
    else socket.resetAndDestroy()
  }

  /** What was sent, in hexadecimal, one line for each write; the first few. */
  get sent (): readonly string[] {
    const more = this.#sentCount - this.#sent.length
    return more === 0 ? this.#sent : [...this.#sent, `... and ${more} more`]
  }

  /** What came, a line for each frame; the last few. */
  get received (): readonly string[] {
    const shown = this.frames.slice(-shownFrames).map((frame) => frameText(this.wire, frame))
    const lines = this.frames.length > shownFrames ? [`${this.frames.length - shownFrames} frames, then`, ...shown] : shown
    return this.state === 'open' ? lines : [...lines, this.cut ? 'the end, inside a frame' : 'the end']
  }

  #write (bytes: Uint8Array): void {
    this.#sentCount++
    if (this.#sent.length < shownFrames) this.#sent.push(hex(bytes))
    if (!this.#socket.writableEnded && !this.#socket.destroyed) this.#socket.write(bytes)
  }

  #afterwards (): string {
    const last = this.frames.at(-1)
    return last === undefined ? ', after no frame' : ` after ${frameText(this.wire, last)}`
  }

  #frame (frame: Frame): void {
    this.frames.push(frame)
    const heard = this.on(frame.id)
    if (frame.syn && heard.opened === undefined) {
      heard.opened = frame
      heard.type = frame.kind === 'syn' ? synFields(frame).type : this.lead === 0 ? 0 : undefined
    }
    if (frame.kind === 'syn' && frame.fin) heard.fin = true
    if (frame.kind === 'rst') heard.resets.push(field(frame, 0))
    if (frame.kind === 'wndinc') {
      heard.increments.push(field(frame, 0))
      heard.credit += field(frame, 0)
    }
  }

  #payload (frame: Frame, bytes: Uint8Array): void {
    const heard = this.on(frame.id)
    heard.parts.push(bytes)
    heard.bytes += bytes.length
    let fresh = bytes
    if (heard.opened !== undefined && heard.type === undefined && heard.bytes >= 4) {
      const all = Buffer.concat(heard.parts)
      heard.type = Buffer.from(all).readUInt32BE(0)
      fresh = all.subarray(4)
    }
    if (heard.type !== HEARTBEAT[this.wire] || heard.opened === undefined || !this.answersHeartbeat || fresh.length === 0) return
    const answer = this.w.data(frame.id, fresh)
    if (this.#midFrame) this.#answers.push(answer)
    else this.#write(answer)
  }

  #over (state: 'ended' | 'failed'): void {
    if (this.state !== 'open') return
    this.cut = this.#reader.end()
    this.state = state
    this.#tell()
  }

  #tell (): void {
    const waiting = this.#news
    this.#news = []
    for (const look of waiting) look()
  }
}

function hex (bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, shownBytes)).toString('hex')
  return bytes.length > shownBytes ? `${text}... (${bytes.length} bytes)` : text
}

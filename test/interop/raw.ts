/**
 * One end of a connection by hand: bytes out as a case says, frames in as the reader of test/support reads them.
 *
 * @module
 */
import { once } from 'node:events'
import net from 'node:net'
import pDefer from 'p-defer'
import { FrameReader, frameText, wire1, wire2 } from '../support/frames.ts'
import type { FrameBuilder, SeenFrame } from '../support/frames.ts'

/** A scripted end. */
export class Raw {
  /** Builds frames of its dialect. */
  readonly frame: FrameBuilder
  /** Resolves when the other end is there. */
  readonly connected: Promise<void>
  readonly #connected = pDefer<void>()
  readonly #reader: FrameReader
  readonly #ended = pDefer<void>()
  readonly #waits = new Set<() => void>()
  #server: net.Server | undefined
  #socket: net.Socket | undefined
  #taken = 0
  #over = false

  private constructor (wire: 1 | 2) {
    this.frame = wire === 1 ? wire1 : wire2
    this.#reader = new FrameReader(wire)
    this.connected = this.#connected.promise
  }

  /** Waits for one connection. */
  static async listen (wire: 1 | 2): Promise<Raw> {
    const raw = new Raw(wire)
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => { raw.#use(socket) })
    raw.#server = server
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return raw
  }

  /** Connects to `port`. */
  static async dial (wire: 1 | 2, port: number): Promise<Raw> {
    const raw = new Raw(wire)
    const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    raw.#use(socket)
    return raw
  }

  get port (): number {
    const address = this.#server?.address()
    return address !== null && typeof address === 'object' ? address.port : 0
  }

  /** Resolves when the other end has ended, or dropped, the transport. */
  get ended (): Promise<void> {
    return this.#ended.promise
  }

  /** Resolves when the system has taken it all: a peer that does not read holds this back. */
  async send (...frames: Uint8Array[]): Promise<void> {
    const sent = pDefer<void>()
    this.#socket?.write(Buffer.concat(frames), () => { sent.resolve() })
    await sent.promise
  }

  /** The next whole frame; undefined when the transport ended before one. */
  async next (): Promise<SeenFrame | undefined> {
    for (;;) {
      const { frames, remaining } = this.#reader
      const whole = remaining > 0 ? frames.length - 1 : frames.length
      if (this.#taken < whole) return frames[this.#taken++]
      if (this.#over) return undefined
      const more = pDefer<void>()
      const wake = (): void => {
        this.#waits.delete(wake)
        more.resolve()
      }
      this.#waits.add(wake)
      await more.promise
    }
  }

  /** Next frames, in words; `end` for the end of the transport. */
  async words (count: number): Promise<string[]> {
    const words: string[] = []
    while (words.length < count) {
      const frame = await this.next()
      words.push(frame === undefined ? 'end' : frameText(frame))
      if (frame === undefined) break
    }
    return words
  }

  /** Frames up to one that is `wanted`, which comes last; up to the end otherwise. */
  async upTo (wanted: (frame: SeenFrame) => boolean): Promise<SeenFrame[]> {
    const frames: SeenFrame[] = []
    for (let frame = await this.next(); frame !== undefined; frame = await this.next()) {
      frames.push(frame)
      if (wanted(frame)) break
    }
    return frames
  }

  /** Stop and start reading. */
  pause (): void {
    this.#socket?.pause()
  }

  resume (): void {
    this.#socket?.resume()
  }

  /** End our writing side. */
  end (): void {
    this.#socket?.end()
  }

  close (): void {
    this.#server?.close()
    this.#socket?.destroy()
  }

  #use (socket: net.Socket): void {
    this.#socket = socket
    const over = (): void => {
      this.#over = true
      this.#ended.resolve()
      this.#wake()
    }
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk)
      this.#wake()
    })
    socket.on('end', over)
    socket.on('close', over)
    socket.on('error', over)
    this.#connected.resolve()
  }

  #wake (): void {
    for (const wake of this.#waits) wake()
  }
}

// An endpoint on core alone, with one fault of ours in it: frames that go missing or come out wrong on their way in or out, options that do not
// fit, a host that does the wrong thing. Without a fault it is sound, so that what a case complains about is the fault.
import { createMachine } from '@muxado/core'
import type { Action, Machine, MachineOptions } from '@muxado/core'
import * as net from 'node:net'

/** One frame on its way, as bytes. */
export interface Passing {
  readonly type: 'syn' | 'rst' | 'data' | 'wndinc' | 'goaway' | 'other'
  readonly id: number
  readonly bytes: Buffer
}

/** What is wrong. */
export interface Fault {
  readonly options?: Partial<MachineOptions>
  /** A frame that comes in, as what the machine gets; whole frames only. */
  readonly inbound?: (frame: Passing, host: Host) => readonly Buffer[]
  /** A frame that goes out, as what the peer gets. */
  readonly outbound?: (frame: Passing, host: Host) => readonly Buffer[]
  readonly consume?: 'never' | 'at once'
  readonly finish?: 'never' | 'at once'
  /** What is sent back for a piece of payload. */
  readonly echo?: (payload: Buffer) => Buffer
  /** Stop reading while an answer waits for credit. */
  readonly stopsReading?: true
  /** What happens when the session has died. */
  readonly death?: 'keeps the transport' | 'ends the program'
}

const heartbeat = { 1: 0xfffffeff, 2: 0xffffffff } as const

/** A listening endpoint. */
export interface FaultyEndpoint {
  readonly url: string
  close (): Promise<void>
}

/** Start one. */
export async function faulty (wire: 1 | 2, fault: Fault = {}): Promise<FaultyEndpoint> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => { sockets.delete(socket) })
    socket.on('error', () => {})
    new Host(socket, { role: 'server', wire, extensions: [heartbeat[wire]], ...fault.options }, fault, () => { void close() }).start()
  })
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => { server.close(resolve) })
  }
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return { url: `tcp://127.0.0.1:${(server.address() as net.AddressInfo).port}`, close }
}

interface Echo {
  readonly queue: Buffer[]
  ended: boolean
}

/** A machine and its echo over one socket. */
export class Host {
  readonly machine: Machine
  readonly wire: 1 | 2
  /** Anything that a fault has to remember. */
  readonly notes: Map<number, number> = new Map()
  readonly #socket: net.Socket
  readonly #fault: Fault
  readonly #streams = new Map<number, Echo>()
  readonly #quit: () => void
  #inbound: Buffer = Buffer.alloc(0)

  constructor (socket: net.Socket, options: MachineOptions, fault: Fault, quit: () => void) {
    this.machine = createMachine(options)
    this.wire = options.wire ?? 1
    this.#socket = socket
    this.#fault = fault
    this.#quit = quit
  }

  start (): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#carry(this.machine.receive(this.#fault.inbound === undefined ? chunk : this.#filter(chunk)))
    })
    this.#socket.on('end', () => { this.#carry(this.machine.receiveEnd()) })
  }

  /** Bytes past the machine. */
  say (bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  #filter (chunk: Buffer): Buffer {
    this.#inbound = Buffer.concat([this.#inbound, chunk])
    const { frames, rest } = split(this.wire, this.#inbound)
    this.#inbound = rest
    return Buffer.concat(frames.flatMap((frame) => this.#fault.inbound?.(frame, this) ?? []))
  }

  #carry (actions: readonly Action[]): void {
    for (const action of actions) {
      switch (action.type) {
        case 'accept':
          this.#streams.set(action.streamId, { queue: [], ended: false })
          break
        case 'deliver': this.#deliver(action.streamId, Buffer.from(action.data))
          break
        case 'finish': {
          const stream = this.#streams.get(action.streamId)
          if (stream !== undefined) stream.ended = true
          this.#pump(action.streamId)
          break
        }
        case 'resume': this.#pump(action.streamId)
          break
        case 'abort': this.#streams.delete(action.streamId)
          break
        case 'close': this.#flush()
          if (this.#fault.death === undefined) this.#socket.end()
          if (this.#fault.death === 'ends the program') this.#quit()
          return
        default:
      }
    }
    this.#flush()
  }

  #deliver (id: number, data: Buffer): void {
    const { echo, consume } = this.#fault
    if (consume === 'at once') this.machine.consume(id, data.length)
    this.#streams.get(id)?.queue.push(echo?.(data) ?? data)
    this.#pump(id)
  }

  #pump (id: number): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    const { consume, finish, stopsReading } = this.#fault
    for (let [head] = stream.queue; head !== undefined; [head] = stream.queue) {
      const taken = this.machine.send(id, head)
      if (consume === undefined && taken > 0) this.machine.consume(id, taken)
      if (taken < head.length) {
        stream.queue[0] = head.subarray(taken)
        break
      }
      stream.queue.shift()
    }
    if (stopsReading === true && stream.queue.length > 0) this.#socket.pause()
    if (stream.ended && finish !== 'never' && (stream.queue.length === 0 || finish === 'at once')) {
      this.machine.finish(id)
      this.#streams.delete(id)
    }
  }

  #flush (): void {
    while (this.machine.wantsTransmit) {
      const bytes = Buffer.concat(this.machine.transmit())
      const { outbound } = this.#fault
      this.say(outbound === undefined ? bytes : Buffer.concat(split(this.wire, bytes).frames.flatMap((frame) => outbound(frame, this))))
    }
    const late = this.machine.poll()
    if (late.length > 0) this.#carry(late)
  }
}

function split (wire: 1 | 2, bytes: Buffer): { frames: Passing[], rest: Buffer } {
  const names = wire === 1 ? ['other', 'syn', 'rst', 'data', 'wndinc', 'other', 'goaway'] as const : ['rst', 'data', 'wndinc', 'goaway'] as const
  const frames: Passing[] = []
  let at = 0
  while (bytes.length - at >= 8) {
    const length = wire === 1 ? bytes.readUInt16BE(at) & 0x3fff : bytes.readUIntBE(at, 3)
    if (bytes.length - at < 8 + length) break
    const type = names[wire === 1 ? (bytes[at + 3] ?? 0) & 31 : (bytes[at + 3] ?? 0) >>> 4] ?? 'other'
    const isSyn = wire === 2 && type === 'data' && ((bytes[at + 3] ?? 0) & 2) !== 0
    frames.push({ type: isSyn ? 'syn' : type, id: bytes.readUInt32BE(at + 4), bytes: Buffer.from(bytes.subarray(at, at + 8 + length)) })
    at += 8 + length
  }
  return { frames, rest: bytes.subarray(at) }
}

/** A copy of a frame with a number of its body changed. */
export function withField (frame: Passing, index: number, value: number): Buffer {
  const bytes = Buffer.from(frame.bytes)
  bytes.writeUInt32BE(value, 8 + 4 * index)
  return bytes
}

/** A copy of a frame with bits of its header set. */
export function withBits (frame: Passing, at: number, bits: number): Buffer {
  const bytes = Buffer.from(frame.bytes)
  bytes[at] = (bytes[at] ?? 0) | bits
  return bytes
}

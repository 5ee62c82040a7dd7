/**
 * A stream with the face of a `net.Socket`, for the many libraries that expect one. Stands on the stream's callback path.
 *
 * @module
 */
import type { MuxadoError } from '@muxado/core'
import type { Stream } from '@muxado/session'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { parseAddress } from './address.ts'
import { socketError } from './explain.ts'

/** How a stream becomes a socket. */
export interface StreamSocketOptions {
  /** Whether writing goes on after the peer has finished. `false` ends our half with the peer's. Default true. */
  readonly allowHalfOpen?: boolean
  /** Bytes that may wait to be written before `write` returns false. Default: Node's own, 16 or 64 KiB. */
  readonly writableHighWaterMark?: number
}

/** A write that is not done. */
interface Pending {
  readonly chunks: ReadonlyArray<{ readonly chunk: Uint8Array }>
  next: number
  readonly done: (error?: Error | null) => void
}

/**
 * Use `stream` as a `net.Socket`. Takes the stream over for good: its own `read` and iteration throw from here on.
 *
 * Credit returns to the peer as the socket is read, so that an unread socket holds at most the stream's window. Bytes that are written are
 * given away: a buffer must not be changed afterwards, not even once the callback of its `write` was called.
 */
export function toSocket (stream: Stream, options: StreamSocketOptions = {}): StreamSocket {
  return new StreamSocket(stream, options)
}

/**
 * The socket that `toSocket` makes. Every public member of `net.Socket` is there; what makes no sense on a stream does nothing and says so.
 */
export class StreamSocket extends Duplex {
  /** The stream underneath. */
  readonly stream: Stream
  /** A stream is open from its first moment: it never connects. */
  readonly connecting: boolean = false
  /** A stream is open from its first moment. */
  readonly pending: boolean = false
  // Absent where the session has no host and port: getters, defined below, since an accessor's type cannot say `?` as net.Socket's do.
  declare readonly localAddress?: string
  declare readonly localPort?: number
  declare readonly localFamily?: string
  declare readonly remoteAddress: string | undefined
  declare readonly remotePort: number | undefined
  declare readonly remoteFamily: string | undefined
  /** Milliseconds, as given to `setTimeout`; undefined before. */
  timeout?: number
  #timer: NodeJS.Timeout | undefined
  /** Bytes given to the Readable whose credit has not returned. */
  #owed = 0
  #read = 0
  #written = 0
  /** Bytes of the write that is under way, which Writable counts until it is done. */
  #underway = 0
  /** The rest of a write, while the stream has no room. */
  #pending: Pending | undefined
  #peer: 'sending' | 'finished' = 'sending'
  #farewell: 'kind' | 'reset' = 'kind'
  #greeting: 'none' | 'due' = 'none'

  constructor (stream: Stream, options: StreamSocketOptions = {}) {
    // A net.Socket tells its 'close' whether there was an error, which Duplex does not: see _destroy.
    super({ allowHalfOpen: true, emitClose: false, ...options })
    this.stream = stream
    stream.consume({
      data: (chunk) => this.#receive(chunk),
      end: () => { guard(() => { this.#end() }) },
      error: (error) => { guard(() => { this.#fail(error) }) },
      drain: () => { guard(() => { this.#resume() }) }
    })
    // Only who dialled sees 'connect' on a net.Socket; who opened a stream is in its parity (spec 3.1).
    if ((stream.id % 2 === 1) === (stream.session.role === 'client')) this.#greet()
  }

  override _read (): void {}

  // Every way to read ends here, but for chunks that go straight to 'data' listeners (see #receive). Readable calls `_read` too early and too
  // seldom to tell from it what was taken.
  override read (size?: number): Buffer | string | null {
    const chunk = super.read(size) as Buffer | string | null // bytes, or text once an encoding is set
    this.#settle()
    return chunk
  }

  override _write (chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#push({ chunks: [{ chunk }], next: 0, done })
  }

  override _writev (chunks: ReadonlyArray<{ chunk: Uint8Array }>, done: (error?: Error | null) => void): void {
    this.#push({ chunks, next: 0, done })
  }

  override _final (finished: (error?: Error | null) => void): void {
    this.stream.closeWrite().then(() => { finished() }, (error: MuxadoError) => { this.#fail(error) })
  }

  override _destroy (error: Error | null, done: (error?: Error | null) => void): void {
    // Cleared alone it would start again with the next `refresh`.
    clearTimeout(this.#timer)
    this.#timer = undefined
    const pending = this.#pending
    this.#pending = undefined
    if (this.#farewell === 'reset') {
      this.stream.reset('cancel')
    } else if (error === null && this.writableFinished) {
      // After `end` everything is on its way and still arrives, as with a socket of the system.
      this.stream.closeRead()
    } else if (pending === undefined && this.#written > 0) {
      // The system would have taken what was written: Node's server answers 400 and destroys the socket in one go. Let it leave with the next
      // flush, then tell the peer that this is no good end.
      setImmediate(() => { this.stream.reset('cancel') })
    } else {
      this.stream.reset('cancel')
    }
    done(error)
    pending?.done(error)
    process.nextTick(() => { this.emit('close', error !== null) })
  }

  /** Emit 'timeout' after `ms` without a byte either way; 0 switches it off. Does not keep the process alive, and closes nothing by itself. */
  setTimeout (ms: number, callback?: () => void): this {
    if (this.destroyed) return this
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.timeout = ms
    if (callback !== undefined) {
      if (ms === 0) this.off('timeout', callback)
      else this.once('timeout', callback)
    }
    if (ms > 0) this.#timer = setTimeout(() => { this.emit('timeout') }, ms).unref()
    return this
  }

  /** Does nothing: frames are never delayed for more to come. */
  setNoDelay (_noDelay?: boolean): this {
    return this
  }

  /** Does nothing: the session's heartbeat finds dead peers. */
  setKeepAlive (_enable?: boolean, _initialDelay?: number): this {
    return this
  }

  /** Does nothing: packets belong to the session's own socket. */
  setTypeOfService (_typeOfService: number): this {
    return this
  }

  /** 0: packets belong to the session's own socket. */
  getTypeOfService (): number {
    return 0
  }

  /** Does nothing: the session's own socket decides whether the process lives. */
  ref (): this {
    return this
  }

  /** Does nothing: the session's own socket decides whether the process lives. */
  unref (): this {
    return this
  }

  /** Does nothing but to emit 'connect' once more, for libraries that connect the socket they are given. Arguments but a listener are ignored. */
  connect (...args: unknown[]): this {
    const listener = args.at(-1)
    if (typeof listener === 'function') this.once('connect', () => { Reflect.apply(listener, this, []) })
    this.#greet()
    return this
  }

  /** End, and destroy once everything is written. */
  destroySoon (): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => { this.destroy() })
  }

  /** Destroy, and reset the stream even if everything was written. */
  resetAndDestroy (): this {
    this.#farewell = 'reset'
    return this.destroy()
  }

  /** Where this end of the session is; `{}` when that is no host and port. */
  address (): ReturnType<Socket['address']> {
    return parseAddress(this.stream.session.localAddress) ?? {}
  }

  /** Empty: nothing was tried. */
  get autoSelectFamilyAttemptedAddresses (): string[] { return [] }

  /** Bytes received, read or not. */
  get bytesRead (): number { return this.#read }
  /** Bytes written, those that wait included. */
  get bytesWritten (): number { return this.#written + this.writableLength }
  /** Bytes that wait to be written; deprecated in Node, where it is `writableLength`. */
  get bufferSize (): number { return this.writableLength }

  /** `open`, `readOnly`, `writeOnly` or `closed`. */
  get readyState (): 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.readable) return this.writable ? 'open' : 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }

  #receive (chunk: Uint8Array): number {
    if (this.destroyed) return chunk.byteLength
    this.#refresh()
    const size = chunk.byteLength
    this.#read += size
    this.#owed += size
    guard(() => { this.push(chunk) })
    if (this.#owed === size && this.readableLength === 0) {
      this.#owed = 0
      return size
    }
    this.#settle()
    return 0
  }

  #end (): void {
    this.#peer = 'finished'
    this.#refresh()
    this.push(null)
    // As net.Socket does: 'end' comes even while nobody reads, if there is nothing to read.
    this.read(0)
  }

  #resume (): void {
    const pending = this.#pending
    this.#pending = undefined
    if (pending !== undefined) this.#push(pending)
  }

  // What was read since last time: its credit goes back. Text of `setEncoding` and what was unshifted count differently: never more than is
  // owed, and all of it once the buffer is empty.
  #settle (): void {
    const taken = this.#owed - this.readableLength
    if (taken <= 0) return
    this.#owed -= taken
    this.stream.took(taken)
  }

  #push (pending: Pending): void {
    const { chunks, done } = pending
    try {
      while (pending.next < chunks.length) {
        const chunk = chunks[pending.next++]?.chunk
        if (chunk === undefined || chunk.byteLength === 0) continue
        this.#underway += chunk.byteLength
        if (this.stream.push(chunk)) continue
        this.#pending = pending
        return
      }
    } catch (error) {
      done(error as MuxadoError)
      return
    }
    this.#written += this.#underway
    this.#underway = 0
    this.#refresh()
    done()
  }

  // The stream ended early, both ways. Who still reads what came before the peer's good end may finish that first, as its bytes are complete.
  #fail (cause: MuxadoError): void {
    if (this.destroyed) return
    const error = socketError(cause)
    if (this.#peer === 'finished' && this.readableLength > 0 && this.readableFlowing !== null) this.once('end', () => { this.destroy(error) })
    else this.destroy(error)
  }

  #refresh (): void {
    this.#timer?.refresh()
  }

  #greet (): void {
    if (this.#greeting === 'due') return
    this.#greeting = 'due'
    process.nextTick(() => {
      this.#greeting = 'none'
      if (this.destroyed) return
      this.emit('connect')
      this.emit('ready')
    })
  }
}

for (const side of ['local', 'remote'] as const) {
  for (const [name, part] of [['Address', 'address'], ['Port', 'port'], ['Family', 'family']] as const) {
    Object.defineProperty(StreamSocket.prototype, side + name, {
      configurable: true,
      get (this: StreamSocket) { return parseAddress(this.stream.session[`${side}Address`])?.[part] }
    })
  }
}

// Listeners are called from within the session, which takes an exception for the stream's end and goes on. On a socket it is uncaught, and a
// bug in a request handler must stay one.
function guard (callback: () => void): void {
  try {
    callback()
  } catch (error) {
    queueMicrotask(() => { throw error })
  }
}

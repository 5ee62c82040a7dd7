/**
 * One libp2p stream on a machine: libp2p's states and events over the machine's credit. Overrides what the shared base class would get wrong.
 *
 * @module
 */
import { StreamResetError, StreamStateError, StreamMessageEvent } from '@libp2p/interface'
import type { AbortOptions, EventHandler, MessageStreamEvents } from '@libp2p/interface'
import { AbstractStream, StreamClosedError } from '@libp2p/utils'
import type { AbstractStreamInit, SendResult } from '@libp2p/utils'
import pDefer from 'p-defer'
import type { DeferredPromise } from 'p-defer'
import type { Uint8ArrayList } from 'uint8arraylist'
import type { Link, Waiter } from './link.ts'
import { MAX_FRAME } from './options.ts'
import { race } from './race.ts'
import { Reader } from './reader.ts'

/**
 * Messages of one round that get a frame each; more are joined, which carries ten times as many. Arbitrary: more than a protocol says at once,
 * fewer than a transfer.
 */
const FEW = 16

type ListenOptions = boolean | AddEventListenerOptions

/** What a stream needs of its muxer. */
export interface StreamHost {
  readonly link: Link
  /** Bytes went out or came in on it. */
  touch (stream: MuxadoStream): void
  /** It is over, and nothing more will be asked of it. */
  forget (stream: MuxadoStream): void
}

/** How a `MuxadoStream` is made. */
export interface MuxadoStreamInit extends AbstractStreamInit {
  readonly host: StreamHost
  readonly streamId: number
}

/**
 * A stream. Credit goes back to the peer when the application takes bytes: when a 'message' listener has been called with them, or when
 * iteration hands them out. What nobody takes stays here and holds the peer up; it never resets the stream.
 */
export class MuxadoStream extends AbstractStream implements Waiter {
  /** The number on the wire. */
  readonly streamId: number
  readonly #host: StreamHost
  /** Whether the peer's FIN came: after it no reset can take anything from the reader. */
  #input: 'open' | 'finished' = 'open'
  /** Whether the application still reads. */
  #output: 'wanted' | 'unwanted' = 'wanted'
  /** Bytes in the read buffer that the application put there: no credit is due for them. */
  #foreign = 0
  /** The link's round in which this stream wrote last. */
  #round = -1
  /** Messages it wrote in that round before. */
  #messages = 0
  #failure: Error | undefined
  #reader: Reader | undefined
  #drained: DeferredPromise<void> | undefined
  #closing: DeferredPromise<void> | undefined

  constructor (init: MuxadoStreamInit) {
    super(init)
    this.#host = init.host
    this.streamId = init.streamId
  }

  // The base class listens to its own 'drain' and 'close' for what is overridden here: two of seven microseconds a stream, and a kilobyte of it.
  override addEventListener<K extends keyof MessageStreamEvents> (type: K, listener: EventHandler<MessageStreamEvents[K]> | null, options?: ListenOptions): void
  override addEventListener (type: string, listener: EventHandler<Event>, options?: ListenOptions): void
  override addEventListener (type: string, listener: EventHandler<Event>, options?: ListenOptions): void {
    if (#host in this || (type !== 'drain' && type !== 'close')) super.addEventListener(type, listener, options)
  }

  /** Dispatch an event if anybody listens: making one costs more than most of what is told with it. */
  override safeDispatchEvent<Detail> (type: keyof MessageStreamEvents, detail?: CustomEventInit<Detail>): boolean {
    return this.listenerCount(type) === 0 || super.safeDispatchEvent(type, detail)
  }

  /** Why the stream failed; undefined while it has not, and after a clean end. */
  get failure (): Error | undefined {
    return this.#failure
  }

  /** Whether the peer has said all it will, or can. */
  get inputEnded (): boolean {
    return this.#input === 'finished' || this.remoteWriteStatus === 'closed' || this.readStatus === 'closing' || this.readStatus === 'closed'
  }

  // Sending

  /** Queue bytes; they are given away. False means: wait for 'drain' before sending more. Never blocks, never drops. */
  override send (data: Uint8Array | Uint8ArrayList): boolean {
    const { link } = this.#host
    const { byteLength } = data
    // The base class takes every chunk through three lists; this is the way of a stream on which nothing unusual happens.
    if (this.writeStatus !== 'writable' || this.sendingData || link.state === 'gone' || byteLength === 0) return super.send(data)
    if (this.writableNeedsDrain || this.writeBuffer.byteLength > 0 || link.state === 'full') return this.#sendLater(data)
    const taken = this.#write(data)
    if (taken < byteLength) return this.#sendLater(data instanceof Uint8Array ? data.subarray(taken) : data.sublist(taken))
    this.safeDispatchEvent('idle')
    return this.#hasRoom()
  }

  override sendData (data: Uint8ArrayList): SendResult {
    const { byteLength } = data
    const { link } = this.#host
    const sentBytes = this.#write(data)
    if (link.state === 'full') link.wait(this)
    return { sentBytes, canSendMore: sentBytes === byteLength && link.state === 'ready' }
  }

  /** The connection has room, or the peer gave credit: send what waits, then tell the application. */
  pump (): void {
    const { link } = this.#host
    if (link.state === 'full') {
      link.wait(this)
      return
    }
    const awaited = this.writableNeedsDrain
    this.writableNeedsDrain = false
    const sent = this.#sendWaiting()
    this.#finishIfSent()
    if (!awaited || !sent || this.writeStatus === 'closed') return
    this.#drained?.resolve()
    this.#drained = undefined
    if (this.listenerCount('drain') > 0) this.dispatchEvent(new Event('drain'))
  }

  /** Resolves with the next 'drain', every time; at once while the stream takes bytes. Rejects when the stream ends first. */
  override async onDrain (options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted()
    if (!this.writableNeedsDrain) return
    if (this.writeStatus === 'closed') throw this.#failure ?? new StreamClosedError()
    this.#drained ??= quiet()
    await race(this.#drained.promise, options?.signal)
  }

  /** Half-close: resolves when all that was sent, and the FIN behind it, has been handed to the connection. The signal ends the wait only. */
  override async close (options?: AbortOptions): Promise<void> {
    if (this.writeStatus === 'writable') {
      this.writeStatus = 'closing'
      this.#closing = quiet()
      this.#finishIfSent()
    }
    if (this.#closing !== undefined) await race(this.#closing.promise, options?.signal)
  }

  override async sendCloseWrite (): Promise<void> {
    const { link } = this.#host
    link.finish(this.streamId)
    await link.flushed()
  }

  override sendReset (): void {
    this.#host.link.reset(this.streamId)
  }

  // The protocol has no frame to stop reading with, nor needs one to pause: credit does it.
  override async sendCloseRead (): Promise<void> {}
  override sendPause (): void {}
  override sendResume (): void {}

  // The base muxer calls these on every stream at once, also on those that are out of credit: the link calls `pump` on those that can send.
  override onMuxerNeedsDrain (): void {}
  override onMuxerDrain (): void {}

  // Receiving

  /** Bytes came; `dispatchReadBuffer` follows when the chunk they came in is done. */
  receive (data: Uint8Array): void {
    if (this.readStatus === 'closing' || this.readStatus === 'closed') this.#host.link.consume(this.streamId, data.byteLength)
    else this.readBuffer.append(data)
  }

  override onData (data: Uint8Array | Uint8ArrayList): void {
    for (const chunk of data instanceof Uint8Array ? [data] : data) this.receive(chunk)
    this.dispatchReadBuffer()
  }

  /** Hand buffered bytes to whoever reads. */
  override dispatchReadBuffer (): void {
    const { byteLength } = this.readBuffer
    if (byteLength === 0 || this.readStatus === 'paused') return
    if (this.readStatus === 'closing' || this.readStatus === 'closed') {
      this.#discard()
      return
    }
    if (this.listenerCount('message') === 0) {
      this.#reader?.wake()
      return
    }
    const data = this.readBuffer.sublist()
    this.readBuffer.consume(byteLength)
    this.#returnCredit(byteLength)
    this.#reader?.push(data)
    this.dispatchEvent(new StreamMessageEvent(data))
    this.#endIfRead()
  }

  /** Take the oldest message for the application, or what has come of it, and return the credit for it. */
  take (): Uint8Array | undefined {
    if (this.readBuffer.byteLength === 0) return undefined
    for (const data of this.readBuffer) {
      this.readBuffer.consume(data.byteLength)
      this.#returnCredit(data.byteLength)
      this.#endIfRead()
      return data
    }
    return undefined
  }

  override push (data: Uint8Array | Uint8ArrayList): void {
    super.push(data)
    // Nothing is buffered any more when that was too much.
    this.#foreign = Math.min(this.#foreign + data.byteLength, this.readBuffer.byteLength)
    this.#reader?.wake()
  }

  /** Put bytes that were taken back in front. They had their credit; the base class would count them against the peer's limit once more. */
  override unshift (data: Uint8Array | Uint8ArrayList): void {
    if (this.#output === 'unwanted' || this.status === 'aborted') throw new StreamStateError('Cannot put bytes back on a stream that is not read')
    if (data.byteLength === 0) return
    this.readBuffer.prepend(data)
    this.#foreign += data.byteLength
    // A listener may have taken all there is, and put back what is not for it, after the peer's FIN.
    if (this.readStatus === 'closed') this.readStatus = 'readable'
    queueMicrotask(() => { this.dispatchReadBuffer() })
  }

  override async closeRead (options?: AbortOptions): Promise<void> {
    if (this.#output === 'unwanted') return
    this.#output = 'unwanted'
    this.#discard()
    await super.closeRead(options)
    this.#reader?.wake()
  }

  override resume (): void {
    super.resume()
    this.#reader?.wake()
  }

  /** Iterate over what comes, holding at most what the peer had credit for. Ends after the peer's FIN, throws when the stream fails. */
  override [Symbol.asyncIterator] (): AsyncGenerator<Uint8Array | Uint8ArrayList> {
    return this.#reader = new Reader(this, this.#reader)
  }

  /** An iteration is over. */
  leave (reader: Reader): void {
    if (this.#reader === reader) this.#reader = reader.earlier
  }

  // Ends

  /** The peer's FIN. */
  override onRemoteCloseWrite (): void {
    this.#input = 'finished'
    super.onRemoteCloseWrite()
    this.#reader?.wake()
  }

  override abort (err: Error): void {
    if (this.status !== 'open' && this.status !== 'closing') return
    this.#failure = err
    super.abort(err)
    this.#end(err)
  }

  override onRemoteReset (): void {
    if (this.status !== 'open' && this.status !== 'closing') return
    if (this.#input === 'open') this.#failure = new StreamResetError()
    super.onRemoteReset()
    this.#end(new StreamResetError())
  }

  /** The connection is gone: a clean end only for a stream that was complete in both directions. */
  override onTransportClosed (err?: Error): void {
    if (this.status !== 'open' && this.status !== 'closing') return
    const complete = this.#input === 'finished' && this.writeBuffer.byteLength === 0 && this.writeStatus !== 'closing'
    if (err !== undefined && !complete) {
      this.abort(err)
      return
    }
    super.onTransportClosed()
    this.#end()
  }

  #write (data: Uint8Array | Uint8ArrayList): number {
    const { link } = this.#host
    const again = this.#round === link.round
    this.#messages = again ? this.#messages + 1 : 0
    this.#round = link.round
    // What is cut into frames anyway has no end worth keeping, and who sends many at once sends a stream of bytes.
    const taken = link.write(this.streamId, data, again && data.byteLength <= MAX_FRAME && this.#messages < FEW)
    if (taken > 0) this.#host.touch(this)
    return taken
  }

  /** Keep for `pump` what cannot go now. */
  #sendLater (data: Uint8Array | Uint8ArrayList): boolean {
    const { link } = this.#host
    this.writeBuffer.append(data)
    if (link.state === 'full') {
      link.wait(this)
      // Worth the wait only once it fills a frame: a stream among many would wait for 'drain' behind each small message.
      if (!this.writableNeedsDrain && this.writeBuffer.byteLength < Math.min(MAX_FRAME, this.maxWriteBufferLength ?? Infinity)) return true
    }
    this.writableNeedsDrain = true
    // Nothing but a look at `maxWriteBufferLength`.
    return this.processSendQueue()
  }

  /** Send what was kept. Returns whether more can go. */
  #sendWaiting (): boolean {
    const { writeBuffer } = this
    const { byteLength } = writeBuffer
    if (byteLength === 0) return true
    this.sendingData = true
    let taken = 0
    try {
      taken = this.#write(writeBuffer)
    } finally {
      this.sendingData = false
    }
    writeBuffer.consume(taken)
    if (writeBuffer.byteLength === 0) this.safeDispatchEvent('idle')
    if (taken === byteLength) return this.#hasRoom()
    this.writableNeedsDrain = true
    if (this.#host.link.state === 'full') this.#host.link.wait(this)
    return false
  }

  #hasRoom (): boolean {
    const { link } = this.#host
    if (link.state === 'ready') return true
    this.writableNeedsDrain = true
    link.wait(this)
    return false
  }

  /** Send the FIN once the bytes before it are in the machine's hands. */
  #finishIfSent (): void {
    if (this.writeStatus !== 'closing' || this.writeBuffer.byteLength > 0 || this.#closing === undefined) return
    const closing = this.#closing
    void this.sendCloseWrite().then(() => {
      if (this.writeStatus !== 'closing') return
      this.writeStatus = 'closed'
      closing.resolve()
      if (this.remoteWriteStatus === 'closed') this.onTransportClosed()
    }, closing.reject)
  }

  /** What was taken last may have been the last there is. */
  #endIfRead (): void {
    if (this.readBuffer.byteLength > 0 || this.remoteWriteStatus !== 'closed') return
    this.readStatus = 'closed'
    this.maybeDispatchEnd()
  }

  #discard (): void {
    const { byteLength } = this.readBuffer
    if (byteLength === 0) return
    this.readBuffer.consume(byteLength)
    this.#returnCredit(byteLength)
  }

  #returnCredit (bytes: number): void {
    const due = Math.max(0, bytes - this.#foreign)
    this.#foreign -= bytes - due
    if (due > 0) this.#host.link.consume(this.streamId, due)
  }

  /** Settle every wait. */
  #end (err?: Error): void {
    this.#host.link.leave(this)
    if (err === undefined) this.#closing?.resolve()
    else this.#closing?.reject(err)
    this.#drained?.reject(err ?? new StreamClosedError())
    this.#drained = undefined
    this.#reader?.wake()
    this.#host.forget(this)
  }
}

/** A promise that may be rejected before, or without, anybody waiting for it. */
function quiet (): DeferredPromise<void> {
  const deferred = pDefer<void>()
  deferred.promise.catch(() => {})
  return deferred
}

/**
 * A WHATWG stream of bytes as an async iterator that can be left without harm. Knows nothing of writing.
 *
 * @module
 */

type Result = IteratorResult<Uint8Array, undefined>

const DONE: Result = { done: true, value: undefined }

/** What one read of a byte stream takes at most: Workers hand out 4 KiB unless asked for more. */
const BUFFER = 65_536

/** Up to here a read is copied out and its buffer used again, or a few bytes that wait for their reader would keep 64 KiB. */
const SMALL = 16_384

interface Waiter {
  readonly resolve: (result: Result) => void
  readonly reject: (error: Error) => void
}

interface AnyReader {
  read (view?: Uint8Array): Promise<{ readonly done: boolean, readonly value?: Uint8Array | undefined }>
  cancel (reason?: unknown): Promise<void>
}

/** What a stream has. It reads when somebody asks, and nothing ahead. */
export class StreamReader implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #reader: AnyReader
  readonly #over: (error?: Error) => void
  /** To read into; undefined for a stream that brings its own chunks. */
  #fresh: (() => Uint8Array) | undefined
  #spare: ArrayBufferLike | undefined
  #waiters: Waiter[] = []
  #read: 'idle' | 'pending' = 'idle'
  #state: 'open' | 'failed' | 'ended' | 'left' | 'discarding' = 'open'
  #error: Error | undefined

  /** @param over called once when the end was read, or reading failed */
  constructor (stream: ReadableStream<Uint8Array>, over: (error?: Error) => void) {
    this.#over = over
    try {
      this.#reader = stream.getReader({ mode: 'byob' }) as AnyReader
      this.#fresh = () => {
        const view = new Uint8Array(this.#spare ?? new ArrayBuffer(BUFFER))
        // The stream takes the buffer, and what it reads for nobody does not come back
        this.#spare = undefined
        return view
      }
    } catch { // a stream of chunks
      this.#reader = stream.getReader()
    }
  }

  [Symbol.asyncIterator] (): this {
    return this
  }

  next (): Promise<Result> {
    if (this.#state === 'open') {
      return new Promise((resolve, reject) => {
        this.#waiters.push({ resolve, reject })
        this.#pull()
      })
    }
    if (this.#state !== 'failed') return Promise.resolve(DONE)
    this.#state = 'ended'
    return Promise.reject(this.#error)
  }

  /** Stop reading. The stream lives on. */
  return (): Promise<Result> {
    if (this.#state === 'failed') this.#state = 'ended'
    this.#stop('left')
    return Promise.resolve(DONE)
  }

  /** The connection failed: whoever waits, or comes next, is told so. The first error counts. */
  fail (error: Error): void {
    if (this.#state === 'ended' || this.#state === 'failed') return
    const waiter = this.#waiters.shift()
    const left = this.#state !== 'open'
    this.#error = error
    this.#stop(waiter === undefined ? 'failed' : 'ended')
    if (left) this.#state = 'ended'
    waiter?.reject(error)
  }

  /** The stream itself is to end. */
  cancel (error: Error): Promise<void> {
    return this.#reader.cancel(error)
  }

  /** If nobody reads any more, read to nowhere until the end. */
  discard (): void {
    if (this.#state !== 'left') return
    this.#state = 'discarding'
    this.#pull()
  }

  #stop (state: 'failed' | 'ended' | 'left'): void {
    if (this.#state === 'open') this.#state = state
    for (const waiter of this.#waiters) waiter.resolve(DONE)
    this.#waiters = []
  }

  #pull (): void {
    if (this.#read === 'pending') return
    this.#read = 'pending'
    this.#reader.read(this.#fresh?.()).then(({ done, value }) => {
      this.#read = 'idle'
      if (done) this.#ended()
      else this.#took(value ?? new Uint8Array(0))
    }, (error: Error) => { this.#over(error) })
  }

  #took (bytes: Uint8Array): void {
    const waiter = bytes.byteLength > 0 ? this.#waiters.shift() : undefined
    waiter?.resolve({ done: false, value: this.#take(bytes) })
    if (this.#waiters.length > 0 || this.#state === 'discarding') this.#pull()
  }

  #ended (): void {
    if (this.#state === 'failed') return
    this.#state = 'ended'
    this.#stop('ended')
    this.#over()
  }

  #take (bytes: Uint8Array): Uint8Array {
    if (this.#fresh === undefined || bytes.byteLength > SMALL) return bytes
    this.#spare = bytes.buffer
    return bytes.slice()
  }
}

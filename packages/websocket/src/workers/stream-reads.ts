/**
 * A WHATWG stream of bytes, read with a call. Knows nothing of iterators or of writing.
 *
 * @module
 */

/** What one read of a byte stream takes at most: Workers hand out 4 KiB unless asked for more. */
const BUFFER = 65_536

/** Up to here a read is copied out and its buffer used again, or a few bytes that wait for their reader would keep 64 KiB. */
const SMALL = 16_384

/** The ways into a stream. */
export interface StreamReads {
  /** What came, or undefined at the end. */
  read (): Promise<Uint8Array | undefined>
  /** The stream itself is to end. */
  cancel (error: Error): Promise<void>
}

/** Take a stream over, into buffers of ours if it is one of bytes; one of chunks brings its own. */
export function readsOf (stream: ReadableStream<Uint8Array>): StreamReads {
  let reader: ReadableStreamBYOBReader
  try {
    reader = stream.getReader({ mode: 'byob' })
  } catch {
    const chunks = stream.getReader()
    return {
      read: async () => (await chunks.read()).value,
      cancel: async (error) => { await chunks.cancel(error) }
    }
  }
  let spare: ArrayBuffer | undefined
  return {
    async read () {
      const view = new Uint8Array(spare ?? new ArrayBuffer(BUFFER))
      // The stream takes the buffer, and gives it back with what it read
      spare = undefined
      const { done, value } = await reader.read(view)
      if (done) return undefined
      const came = new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      if (came.length > SMALL) return came
      spare = value.buffer as ArrayBuffer // the one that the stream was given
      return came.slice()
    },
    cancel: async (error) => { await reader.cancel(error) }
  }
}

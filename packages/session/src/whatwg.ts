/**
 * A stream's halves as WHATWG streams, one of each per stream, made when first asked for. Knows only the stream's own methods.
 *
 * @module
 */
import { asError } from './errors.ts'
import type { MuxadoStream } from './stream.ts'

// Beside the streams, not in them: few streams have them, every stream would pay for the fields
const readables: WeakMap<MuxadoStream, ReadableStream<Uint8Array<ArrayBuffer>>> = /* @__PURE__ */ new WeakMap()
const writables: WeakMap<MuxadoStream, WritableStream<Uint8Array>> = /* @__PURE__ */ new WeakMap()

/** The incoming half. Reads, and so returns credit, only when it is pulled. */
export function readableOf (stream: MuxadoStream): ReadableStream<Uint8Array<ArrayBuffer>> {
  let readable = readables.get(stream)
  if (readable === undefined) {
    readable = new ReadableStream({
      type: 'bytes',
      start (controller) {
        // A pull may never come; `reader.closed` must settle all the same
        void stream.closed.then((error) => { if (stream.reading === 'failed') controller.error(error) })
      },
      async pull (controller) {
        const request = controller.byobRequest ?? undefined
        const view = request?.view ?? undefined
        const list = await stream.read(view === undefined ? {} : { max: view.byteLength })
        if (list === undefined) {
          controller.close()
          request?.respond(0)
        } else if (request !== undefined && view !== undefined) {
          new Uint8Array(view.buffer, view.byteOffset, list.byteLength).set(list.subarray())
          request.respond(list.byteLength)
        } else {
          controller.enqueue(own(list))
        }
      },
      cancel () { stream.closeRead() }
    })
    readables.set(stream, readable)
  }
  return readable
}

/** A copy in a buffer of its own: a byte stream detaches the buffer of what it is given, and ours hold other streams' bytes too. */
function own (chunks: Iterable<Uint8Array> & { readonly byteLength: number }): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.byteLength)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** The outgoing half. Closing it half-closes the stream, aborting it resets the stream. */
export function writableOf (stream: MuxadoStream): WritableStream<Uint8Array> {
  let writable = writables.get(stream)
  if (writable === undefined) {
    writable = new WritableStream({
      start (controller) {
        void stream.closed.then((error) => { if (error !== undefined) controller.error(error) })
        // `abort` of the sink is called only after a write under way, which may wait for ever; the signal comes at once
        controller.signal.addEventListener('abort', () => { stream.abort(asError(controller.signal.reason)) })
      },
      write (chunk) { return stream.write(chunk) },
      close () { return stream.closeWrite() }
    })
    writables.set(stream, writable)
  }
  return writable
}

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
  return once(readables, stream, () => new ReadableStream({
    type: 'bytes',
    start (controller) {
      // A pull may never come; `reader.closed` must settle all the same
      void stream.closed.then((error) => { if (stream.reading === 'failed') controller.error(error) })
    },
    async pull (controller) {
      const request = controller.byobRequest
      const view = request?.view
      const list = await stream.read({ max: view?.byteLength ?? Infinity })
      if (!list) {
        controller.close()
        request?.respond(0)
        return
      }
      // A copy in a buffer of its own: a byte stream detaches the buffer of what it is given, and ours hold other streams' bytes too
      const bytes = view ? new Uint8Array(view.buffer, view.byteOffset) : new Uint8Array(list.length)
      let at = 0
      for (const chunk of list) {
        bytes.set(chunk, at)
        at += chunk.length
      }
      if (request) request.respond(at)
      else controller.enqueue(bytes)
    },
    cancel () { stream.closeRead() }
  }))
}

/** The outgoing half. Closing it half-closes the stream, aborting it resets the stream. */
export function writableOf (stream: MuxadoStream): WritableStream<Uint8Array> {
  return once(writables, stream, () => new WritableStream({
    start (controller) {
      void stream.closed.then((error) => { if (error) controller.error(error) })
      // `abort` of the sink is called only after a write under way, which may wait for ever; the signal comes at once
      controller.signal.addEventListener('abort', () => { stream.abort(asError(controller.signal.reason)) })
    },
    write (chunk) { return stream.write(chunk) },
    close () { return stream.closeWrite() }
  }))
}

/** What `made` holds for `stream`, which is made now if need be. */
function once<T> (made: WeakMap<MuxadoStream, T>, stream: MuxadoStream, make: () => T): T {
  const one = made.get(stream) ?? make()
  made.set(stream, one)
  return one
}

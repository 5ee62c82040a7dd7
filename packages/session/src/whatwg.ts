/**
 * A stream's halves as WHATWG streams. Knows only the stream's own methods.
 *
 * @module
 */
import { asError } from './errors.ts'
import type { MuxadoStream } from './stream.ts'

/** The incoming half. Reads, and so returns credit, only when it is pulled. */
export function readableOf (stream: MuxadoStream): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    type: 'bytes',
    start (controller) {
      // A pull may never come; `reader.closed` must settle all the same
      void stream.closed.then((error) => { if (stream.reading === 'failed') controller.error(error) })
    },
    async pull (controller) {
      const list = await stream.read()
      if (list) {
        // A copy in a buffer of its own: a byte stream detaches the buffer of what it is given, and ours hold other streams' bytes too
        controller.enqueue(new Uint8Array(list.subarray()))
      } else {
        controller.close()
        controller.byobRequest?.respond(0)
      }
    },
    cancel () { stream.closeRead() }
  })
}

/** The outgoing half. Closing it half-closes the stream, aborting it resets the stream. */
export function writableOf (stream: MuxadoStream): WritableStream<Uint8Array> {
  return new WritableStream({
    start (controller) {
      void stream.closed.then((error) => { if (error) controller.error(error) })
      // `abort` of the sink is called only after a write under way, which may wait for ever; the signal comes at once
      controller.signal.addEventListener('abort', () => { stream.abort(asError(controller.signal.reason)) })
    },
    write (chunk) { return stream.write(chunk) },
    close () { return stream.closeWrite() }
  })
}

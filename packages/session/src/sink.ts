/**
 * Writing a whole source to a stream. Knows iterators; the pace and the fate of the stream are the stream's.
 *
 * @module
 */
import pDefer from 'p-defer'
import { asError } from './errors.ts'
import type { MuxadoStream } from './stream.ts'
import type { Bytes, ByteSource } from './types.ts'
import { DONE } from './wait.ts'

/** Write `source`, then half-close. Pulls only while there is room. */
export function drain (stream: MuxadoStream, source: ByteSource): Promise<void> {
  const done = pDefer<void>()
  const iterator: AsyncIterator<Bytes> | Iterator<Bytes> = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let phase: 'pulling' | 'over' = 'pulling'

  // The stream takes no more. The source is told, not awaited: a generator parked in an `await` cannot be ended from outside
  const stop = (error: unknown): void => {
    if (phase === 'over') return
    phase = 'over'
    done.reject(error)
    void DONE.then(() => iterator.return?.()).catch(() => {})
  }

  const pull = async (): Promise<void> => {
    for (;;) {
      let result: IteratorResult<Bytes, unknown>
      try {
        const next = iterator.next()
        // Sync sources may have many chunks, none of which is worth a promise
        result = 'then' in next ? await next : next
      } catch (error) {
        // What the peer has is not the whole, and must not look like it
        if (phase === 'pulling') stream.abort(asError(error))
        phase = 'over'
        done.reject(error)
        return
      }
      if (phase === 'over') return
      if (result.done === true) {
        phase = 'over'
        stream.closeWrite().then(done.resolve, done.reject)
        return
      }
      const room = stream.write(result.value)
      if (room !== DONE) await room
    }
  }

  // No `next` may be under way for ever when the stream dies, or is half-closed by another hand
  void stream.closed.then((error) => {
    stop(error ?? stream.tooLate())
  })
  pull().catch(stop)
  return done.promise
}

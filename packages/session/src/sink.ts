/**
 * Writing a whole source to a stream. Knows iterators; the pace and the fate of the stream are the stream's.
 *
 * @module
 */
import pDefer from 'p-defer'
import { MuxadoError } from '@muxado/core'
import { asError } from './errors.ts'
import type { Bytes, ByteSource, Stream } from './types.ts'
import { DONE } from './wait.ts'

type Result = IteratorResult<Bytes, unknown>

/** Write `source`, then half-close. Pulls only while there is room. */
export function drain (stream: Stream, source: ByteSource): Promise<void> {
  const done = pDefer<void>()
  const iterator: AsyncIterator<Bytes> | Iterator<Bytes> = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let phase: 'pulling' | 'over' = 'pulling'

  // The stream takes no more. The source is told, not awaited: a generator parked in an `await` cannot be ended from outside
  const stop = (error: unknown): void => {
    if (phase === 'over') return
    phase = 'over'
    done.reject(error)
    new Promise((resolve) => { resolve(iterator.return?.()) }).catch(() => {})
  }

  // The source failed: what the peer has is not the whole, and must not look like it
  const spoil = (error: unknown): void => {
    if (phase === 'over') return
    phase = 'over'
    stream.abort(asError(error))
    done.reject(error)
  }

  /** Returns what to wait for before the next chunk, if there is to be one. */
  const take = (result: Result): Promise<void> | undefined => {
    if (phase === 'over') return undefined
    if (result.done !== true) return stream.write(result.value)
    phase = 'over'
    stream.closeWrite().then(done.resolve, done.reject)
    return undefined
  }

  // A loop, because a sync source may have more chunks than a stack has frames
  const step = (): void => {
    let room: Promise<void> | undefined = DONE
    while (room === DONE) {
      let next
      try {
        next = iterator.next()
      } catch (error) {
        spoil(error)
        return
      }
      if ('then' in next) {
        next.then(resume, spoil)
        return
      }
      room = take(next)
    }
    room?.then(step, stop)
  }

  const resume = (result: Result): void => {
    const room = take(result)
    if (room === DONE) step()
    else room?.then(step, stop)
  }

  // No `next` may be under way for ever when the stream dies, or is half-closed by another hand
  void stream.closed.then((error) => {
    stop(error ?? new MuxadoError('API_SEND_AFTER_FINISH', 'the stream was half-closed under its sink', { streamId: stream.id }))
  })
  step()
  return done.promise
}

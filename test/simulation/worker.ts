/**
 * A worker of `npm run simulate`: plays pieces of schedules as it is told.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads'
import { drawPlan } from './plan.ts'
import { play } from './world.ts'

/** What came of a piece. */
export interface Piece {
  readonly events: number
  readonly streams: number
  readonly bytes: number
  readonly seconds: number
  /** Seeds that failed. */
  readonly failed: readonly number[]
}

/** Play the schedules of `count` seeds from `from` on. */
export async function playPiece (from: number, count: number): Promise<Piece> {
  // Before any schedule takes the clock's place
  const start = performance.now()
  const sum = { events: 0, streams: 0, bytes: 0, failed: [] as number[] }
  for (let seed = from; seed < from + count; seed++) {
    const { wrong, events, streams, bytes } = await play(drawPlan(seed))
    sum.events += events
    sum.streams += streams
    sum.bytes += bytes
    if (wrong !== undefined) sum.failed.push(seed)
  }
  return { ...sum, seconds: (performance.now() - start) / 1000 }
}

parentPort?.on('message', ({ from, count }: { from: number, count: number }) => {
  void playPiece(from, count).then((piece) => { parentPort?.postMessage(piece) })
})

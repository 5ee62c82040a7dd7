/** Two muxers over libp2p's own connection in memory, and what tests wait for. */
import type { MultiaddrConnection } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { muxado } from '../src/index.ts'
import type { MuxadoInit, MuxadoMuxer, MuxadoStream } from '../src/index.ts'

export interface Ends {
  readonly a: MuxadoMuxer
  readonly b: MuxadoMuxer
  readonly connA: MultiaddrConnection
  readonly connB: MultiaddrConnection
}

/** Two muxers; `a` dialled. */
export function ends (initA: MuxadoInit = {}, initB: MuxadoInit = initA): Ends {
  const [connA, connB] = multiaddrConnectionPair({ capacity: 64 })
  return { connA, connB, a: muxado(initA)().createStreamMuxer(connA), b: muxado(initB)().createStreamMuxer(connB) }
}

/** A stream from `from` to `to`, as both ends see it. */
export async function open (from: MuxadoMuxer, to: MuxadoMuxer, options = {}): Promise<[MuxadoStream, MuxadoStream]> {
  const arrived = event<CustomEvent<MuxadoStream>>(to, 'stream')
  const local = await from.createStream(options)
  return [local, (await arrived).detail]
}

/** The next event of a kind. */
export async function event<E extends Event = Event> (target: EventTarget, type: string): Promise<E> {
  return new Promise((resolve) => {
    target.addEventListener(type, (evt) => { resolve(evt as E) }, { once: true })
  })
}

/** Turns of the event loop until `met`; fails after some seconds. */
export async function until (what: string, met: () => boolean, seconds = 2): Promise<void> {
  const end = performance.now() + seconds * 1_000
  while (!met()) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => { setTimeout(resolve, 1) })
  }
}

/** Resolves once nothing has moved between two muxers for some turns of the event loop. */
export async function quiet (): Promise<void> {
  for (let i = 0; i < 40; i++) await new Promise((resolve) => { setImmediate(resolve) })
}

/** Send until told to stop; returns how many bytes that took. */
export function fill (stream: MuxadoStream, chunk = 16_384): number {
  for (let sent = chunk; ; sent += chunk) {
    if (!stream.send(new Uint8Array(chunk))) return sent
    if (sent > 64 * 1_048_576) throw new Error('send never returned false')
  }
}

/** Send `total` bytes, counting up, waiting for 'drain' as applications do; then close. */
export async function pour (stream: MuxadoStream, total: number, chunk = 32_768): Promise<void> {
  for (let at = 0; at < total; at += chunk) {
    const data = Uint8Array.from({ length: Math.min(chunk, total - at) }, (_, i) => at + i)
    if (!stream.send(data)) await stream.onDrain()
  }
  await stream.close()
}

/** Iterate to the end; returns the bytes, and fails when they do not count up. */
export async function drink (stream: MuxadoStream): Promise<number> {
  let at = 0
  for await (const data of stream) {
    for (const byte of data.subarray()) if (byte !== (at++ & 255)) throw new Error(`byte ${at - 1} is ${byte}`)
  }
  return at
}

/** What `promise` rejects with. */
export async function failure (promise: Promise<unknown>): Promise<Error> {
  return promise.then(() => new Error('it did not fail'), (err: Error) => err)
}

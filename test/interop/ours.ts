/**
 * Our end of a case: reading and writing as the peers are told to, with the same counts and hashes.
 *
 * @module
 */
import { MuxadoError } from '@muxado/core'
import type { OpenOptions, Session, Stream } from '@muxado/session'
import { createHash } from 'node:crypto'
import { sequence } from '../support/bytes.ts'
import type { Read } from './peer.ts'

/** The hash of `n` bytes of the sequence of `key`. */
export function hashOf (key: number, n: number, at = 0): string {
  return createHash('sha256').update(sequence(key, at, n)).digest('hex')
}

/** What a read of `n` bytes of the sequence of `key` tells, when they and the end came. */
export function whole (key: number, n: number): Read {
  return { n, sha: hashOf(key, n), eof: true }
}

/** What a read tells that was asked for just `n` bytes. */
export function part (key: number, n: number, at = 0): Read {
  return { n, sha: hashOf(key, n, at), eof: false }
}

/** Send `n` bytes of the sequence of `key`, from `at`. */
export async function write (stream: Stream, key: number, n: number, at = 0): Promise<void> {
  for (let sent = 0; sent < n; sent += 50_000) await stream.write(sequence(key, at + sent, Math.min(50_000, n - sent)))
}

/** Take `n` bytes, or all there is until the end. */
export async function read (stream: Stream, n = Infinity): Promise<Read> {
  const hash = createHash('sha256')
  let got = 0
  while (got < n) {
    const chunk = await stream.read(n === Infinity ? {} : { max: n - got })
    if (chunk === undefined) return { n: got, sha: hash.digest('hex'), eof: true }
    for (const bytes of chunk) hash.update(bytes)
    got += chunk.byteLength
  }
  return { n: got, sha: hash.digest('hex'), eof: false }
}

/** What a wait fails with. */
export async function failure (promise: Promise<unknown>): Promise<MuxadoError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof MuxadoError) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** Write a byte at a time until it fails. */
export async function writeUntilFailure (stream: Stream): Promise<MuxadoError> {
  return await failure((async () => {
    for (;;) await stream.write(new Uint8Array(1))
  })())
}

/** Send back what comes on every stream of the peer, then half-close. */
export function serve (session: Session): void {
  void (async () => {
    // It ends with the session, whose fate a case looks at itself
    try {
      for await (const stream of session) stream.sink(stream).catch(() => {})
    } catch {}
  })()
}

/** What to open: stream i carries the sequence of `key` + i, as many bytes as `sizes` says in turn. */
export interface FloodOptions extends OpenOptions {
  readonly n: number
  readonly key: number
  readonly sizes: readonly number[]
  readonly atOnce: number
}

/** Open `n` streams, so many at a time, send on each bytes that only it has, and compare what comes back. */
export async function flood (session: Session, options: FloodOptions): Promise<{ bytes: number }> {
  const { n, key, sizes, atOnce, ...how } = options
  let next = 0
  let bytes = 0
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let number = next++; number < n; number = next++) {
      const size = sizes[number % sizes.length] ?? 0
      const stream = session.open(how)
      const [back] = await Promise.all([
        read(stream),
        write(stream, key + number, size).then(async () => { await stream.closeWrite() })
      ])
      const wanted = whole(key + number, size)
      if (back.n !== size || back.sha !== wanted.sha) throw new Error(`stream ${number} of ${size} bytes: ${back.n} came back${back.n === size ? ', others' : ''}`)
      bytes += size
    }
  }))
  return { bytes }
}

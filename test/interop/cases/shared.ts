/**
 * What several groups of cases share: how they begin, what they look for, and one case that is the same in both dialects.
 *
 * @module
 */
import { assert } from 'chai'
import { write } from '../ours.ts'
import { PeerError } from '../peer.ts'
import type { Peer, PeerStream, Read } from '../peer.ts'
import type { Raw } from '../raw.ts'
import type { PairOptions, Role, Trial } from '../trial.ts'

/** The first ids: of the other end, and of `role`. */
export function ids (role: Role): [theirs: number, own: number] {
  return role === 'client' ? [2, 3] : [3, 2]
}

/** Streams carry no type. */
export const plain = { typed: false } as const

/** A peer with one stream. */
interface Met {
  readonly raw: Raw
  readonly peer: Peer
  readonly id: number
  readonly stream: PeerStream
}

/** A peer that has accepted stream `id`, untyped, and read the byte that it came with. */
export async function met (trial: Trial, options: PairOptions = {}): Promise<Met> {
  const { raw, peer } = await trial.provoke({ ...plain, ...options })
  const [, id] = ids(trial.role)
  await raw.send(raw.frame.syn(id, { data: Uint8Array.of(1) }))
  const stream = await peer.accept()
  assert.equal((await stream.read(1)).n, 1)
  await raw.upTo(({ kind }) => kind === 'credit')
  return { raw, peer, id, stream }
}

/** Whether nothing comes of a wait. Nothing tells that it never will: this is time enough for a peer on this machine to answer, were it to. */
export async function silence (wait: Promise<unknown>): Promise<boolean> {
  const late = Symbol('late')
  return await Promise.race([wait.catch((error: unknown) => error), new Promise((resolve) => { setTimeout(resolve, 300, late) })]) === late
}

/** The number that the peer gives for a failure. */
export async function codeOf (wait: Promise<unknown>): Promise<number> {
  try {
    await wait
  } catch (error) {
    if (error instanceof PeerError) return error.code
    throw error
  }
  throw new Error('it did not fail')
}

/** How much the peer reads until the end. */
export async function sizes (stream: PeerStream): Promise<Omit<Read, 'sha'>> {
  const { n, eof } = await stream.read()
  return { n, eof }
}

/** We go on reading while the peer reads nothing of what we send, and answer each id once. */
export async function readsOn (trial: Trial, wire: 1 | 2): Promise<void> {
  const { session, raw } = await trial.script(wire, plain)
  const [theirs] = ids(trial.role)
  const { frame } = raw
  await raw.send(frame.syn(theirs), frame.syn(theirs + 200))
  const stream = await session.accept()
  void write(stream, 1, 65_536).catch(() => {})
  raw.pause()
  // Far more than what sockets and relay hold, on ids that were skipped: `send` waits until it has been taken
  for (let i = 0; i < 400; i++) {
    const id = theirs + 2 + 2 * (i % 90)
    await raw.send(...Array.from({ length: 4 }, () => frame.data(id, new Uint8Array(16_000))))
  }
  raw.resume()
  const rst = (await raw.upTo(({ kind, id }) => kind === 'rst' && id === theirs + 180)).filter(({ kind }) => kind === 'rst')
  assert.lengthOf(new Set(rst.map(({ id }) => id)), rst.length)
  assert.equal(session.state, 'open')
}

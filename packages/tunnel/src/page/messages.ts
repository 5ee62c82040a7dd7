/**
 * What a page and its gateway say to each other before the bytes of a stream: one JSON object, behind its length. Knows no wishes.
 *
 * @module
 */
import type { Stream, WaitOptions } from '@muxado/session'

/** A JSON object of a peer, with nothing known about what is in it. */
export type Message = Readonly<Record<string, unknown>>

/** The most bytes of JSON that a message may have, since its length takes two bytes. */
export const maxMessage = 65_535

/**
 * A message as bytes: its length in two of them, big-endian, and its JSON.
 * @throws {RangeError} it is longer than `maxMessage`
 */
export function encodeMessage (value: object): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(value))
  if (json.length > maxMessage) throw new RangeError(`a message of ${json.length} bytes, over ${maxMessage}`)
  const out = new Uint8Array(2 + json.length)
  new DataView(out.buffer).setUint16(0, json.length)
  out.set(json, 2)
  return out
}

/** Send a message ahead of what the stream carries. */
export async function writeMessage (stream: Stream, value: object, options?: WaitOptions): Promise<void> {
  await stream.write(encodeMessage(value), options)
}

/**
 * Take the message that leads a stream. What follows it stays in the stream.
 * @throws {Error} it broke off, or is no JSON object; what `stream.read` throws
 */
export async function readMessage (stream: Stream, options: WaitOptions = {}): Promise<Message> {
  const length = new DataView((await take(stream, 2, options)).buffer).getUint16(0)
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await take(stream, length, options)))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('the message is not an object')
  return value as Message // an object that JSON made has string keys
}

async function take (stream: Stream, bytes: number, options: WaitOptions): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(bytes)
  for (let at = 0; at < bytes;) {
    const chunk = await stream.read({ ...options, max: bytes - at })
    if (chunk === undefined) throw new Error('the message broke off')
    out.set(chunk.subarray(), at)
    at += chunk.length
  }
  return out
}

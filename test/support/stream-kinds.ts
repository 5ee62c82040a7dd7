/**
 * Streams for tests that do what their type says. Knows no transport.
 *
 * @module
 */
import type { Stream } from '@muxado/session'
import { pattern } from './transport-contract.ts'

/** Types of streams that the test server serves. */
export const KIND = {
  /** What comes goes back. */
  echo: 0,
  /** Reads all, then answers with how many bytes and with their sum, as text. */
  sink: 1,
  /** Reads how many bytes are wanted, as text, and sends them. */
  source: 2,
  /** Takes what comes and says nothing, without reading. */
  unread: 3,
  /** Sends on and on. */
  endless: 4,
  /** Ends the process's side of the connection at once, as a crash would. */
  crash: 5,
  /** Reads all and looks at nothing, as fast as it comes. */
  drain: 6
} as const

/** A simple sum that notices lost, doubled and swapped bytes. */
export function sum (bytes: Uint8Array, before = 0): number {
  let value = before
  for (const byte of bytes) value = Math.imul(value, 31) + byte >>> 0
  return value
}

/** Be the peer of `stream`. Settles with it. */
export async function serveStream (stream: Stream): Promise<void> {
  switch (stream.type) {
    case KIND.echo:
      await stream.sink(stream)
      return
    case KIND.sink: {
      let length = 0
      let value = 0
      for await (const chunk of stream) {
        for (const part of chunk) {
          length += part.byteLength
          value = sum(part, value)
        }
      }
      await stream.closeWrite(new TextEncoder().encode(`${length} ${value}`))
      return
    }
    case KIND.drain:
      for await (const _ of stream) { /* read is enough */ }
      await stream.closeWrite()
      return
    case KIND.source: {
      const size = Number(await textOf(stream))
      const chunk = pattern(65_536, 1)
      for (let left = size; left > 0; left -= chunk.byteLength) await stream.write(left < chunk.byteLength ? chunk.subarray(0, left) : chunk)
      await stream.closeWrite()
      return
    }
    case KIND.endless:
      for (const chunk = pattern(65_536, 1); ;) await stream.write(chunk)
    case KIND.crash:
      stream.session.abort()
      return
    default:
      await stream.closed
  }
}

/** All of `stream` as text. */
export async function textOf (stream: Stream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += new TextDecoder().decode(chunk.subarray())
  return text
}

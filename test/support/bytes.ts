/**
 * Bytes for tests: hexadecimal both ways, joining, and the payload patterns. Knows nothing of muxado.
 *
 * @module
 */

/** Bytes from hexadecimal; blanks are ignored. */
export function hex (text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/\s+/g, '')
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hexadecimal: ${text}`)
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16))
}

/** Hexadecimal of bytes. */
export function toHex (bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** One array of all parts. */
export function concat (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The characters of `text` as bytes. */
export function ascii (text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** Printable bytes as text; undefined when one is not printable. */
export function toAscii (bytes: Uint8Array): string | undefined {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(...bytes) : undefined
}

/** The payload of the vectors: byte k is k modulo 251. */
export function pattern (length: number, start = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = (start + at) % 251
  return bytes
}

/** Byte `offset` of a sequence that only `key` knows: what a stream carries, so that a byte that strays is seen. */
export function sequenceByte (key: number, offset: number): number {
  let mixed = Math.imul(key ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(offset + 1, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 13)) & 0xff
}

/** `length` bytes of the sequence of `key`, from `offset`. */
export function sequence (key: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = sequenceByte(key, offset + at)
  return bytes
}

/**
 * A set of states by their hashes, 64 bits each, in a few bytes of memory per state.
 *
 * @module
 */

/** The two halves of the hash that was last made. */
export const hash = { a: 0, b: 0 }

/** Begin a hash. */
export function begin (): void {
  hash.a = 0x9e3779b9
  hash.b = 0x85ebca6b
}

/** Add a number, of 32 bits or fewer, to the hash. */
export function mix (value: number): void {
  let a = Math.imul(hash.a ^ value, 0xcc9e2d51)
  a = Math.imul((a << 15) | (a >>> 17), 0x1b873593)
  hash.a = (a ^ (a >>> 13)) | 0
  let b = Math.imul(hash.b ^ (value + 0x7f4a7c15), 0x2c1b3c6d)
  b = Math.imul((b << 13) | (b >>> 19), 0x297a2d39)
  hash.b = (b ^ (b >>> 16)) + hash.a | 0
}

const words = new Map<string, number>()

/** Add any plain data to the hash: numbers, text, lists and objects. */
export function mixAny (value: unknown): void {
  switch (typeof value) {
    case 'number':
      // Numbers of more than 32 bits count as well: ids and credit have 31, types 32
      mix(value | 0)
      if (value > 0x7fffffff || value < -0x80000000) mix(Math.floor(value / 0x100000000))
      return
    case 'string': {
      let word = words.get(value)
      if (word === undefined) words.set(value, word = words.size + 1)
      mix(word)
      return
    }
    case 'boolean':
      mix(value ? 3 : 5)
      return
    case 'undefined':
      mix(7)
      return
    default:
  }
  if (value === null) {
    mix(11)
  } else if (Array.isArray(value) || value instanceof Uint8Array) {
    mix(value.length)
    for (const one of value) mixAny(one)
  } else {
    const fields = value as { [name: string]: unknown } // plain data
    // A snapshot of an opened machine also has what was private, by names with a dollar: how payload lies in memory, which nobody can see
    for (const name in fields) if (name.charCodeAt(0) !== 0x24) mixAny(fields[name])
    mix(13)
  }
}

/** Hashes that have been seen. */
export class Table {
  size = 0
  #slots: Int32Array
  #mask: number

  constructor (capacity = 1 << 16) {
    this.#slots = new Int32Array(2 * capacity)
    this.#mask = capacity - 1
  }

  /** Add the hash that was last made. Returns whether it is new. */
  add (): boolean {
    if (this.size * 2 > this.#mask) this.#grow()
    // 0, 0 stands for a free slot
    const fresh = this.#put(hash.a, hash.a === 0 && hash.b === 0 ? 1 : hash.b)
    if (fresh) this.size++
    return fresh
  }

  #put (a: number, b: number): boolean {
    const slots = this.#slots
    for (let at = a & this.#mask; ; at = (at + 1) & this.#mask) {
      const x = slots[2 * at]
      const y = slots[2 * at + 1]
      if (x === a && y === b) return false
      if (x === 0 && y === 0) {
        slots[2 * at] = a
        slots[2 * at + 1] = b
        return true
      }
    }
  }

  #grow (): void {
    const old = this.#slots
    this.#slots = new Int32Array(2 * old.length)
    this.#mask = this.#slots.length / 2 - 1
    for (let at = 0; at < old.length; at += 2) {
      const a = old[at] ?? 0
      const b = old[at + 1] ?? 0
      if (a !== 0 || b !== 0) this.#put(a, b)
    }
  }
}
